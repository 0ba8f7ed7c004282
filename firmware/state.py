"""What the terminal knows, and the questions asked of it. Frozen: only `machine` makes the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from firmware.events import Banner, Fault, TrustLoaded, TrustRefused
from firmware.model import ClockLevel, Family, Idle, Light, Moment, Profile, Verdict

CHINA: Final = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the machine goes by; constant while it runs."""

    profile: Profile
    language: str = "zh"
    hold_s: float = 6.0
    stall_s: float = 3.0  # frames stopped this long: out of service
    give_up_s: float = 10.0  # this long: the process ends, and systemd starts a new one
    start_s: float = 20.0  # a camera may take this long for its first frame
    finite: bool = False  # a folder or a video: it ends, and it never stalls
    once: bool = False  # end after the first verdict
    run_s: float | None = None  # end after this time
    linger_s: float = 0.0  # how long the last screen stands when a finite source has ended
    dim_s: float | None = None  # nothing happened for this long: little light
    sleep_s: float | None = None  # and for this long: none, until a code or a key
    name: str = ""
    lane: str = ""
    version: str = ""
    receipts: bool = False  # each verdict on a code that was read gets one


@dataclass(frozen=True, slots=True)
class Seen:
    """A code that was presented: its digest, how well it was read, and whether its second read is still wanted."""

    digest: bytes
    reads: int
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """An unconfirmed verdict: shown only if no second read comes before `until_s`."""

    payload: bytes
    verdict: Verdict
    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Kept:
    """A verdict that may be looked at again, in memory alone."""

    verdict: Verdict
    since_s: float  # monotonic
    receipt: str = ""  # the code of its receipt, once that is on the disk


@dataclass(frozen=True, slots=True)
class Page:
    """What a person looks at by key: the terminal (`place` None), or a kept verdict (0: the newest) and a page about it."""

    place: int | None
    detail: int | None = None
    until_s: float = 0.0
    day: date | None = None  # the day that is being chosen


@dataclass(frozen=True, slots=True)
class State:
    """All that the terminal knows. `moment` and `now_s` are those of the last event that brought them."""

    settings: Settings
    moment: Moment
    now_s: float
    started_s: float
    newest_frame_s: float | None = None
    down_s: float | None = None
    trust: TrustLoaded | None = None
    refused: TrustRefused | None = None
    fault: Fault | None = None
    reminded_s: float = 0.0
    drawn: Fault | Idle | Page | Banner | None = None  # what is on the screen when no verdict stands
    drawn_s: float = 0.0
    seen: tuple[Seen, ...] = ()
    pending: Pending | None = None
    standing: Verdict | None = None
    standing_since_s: float = 0.0
    receipted: bool = False  # the screen of the standing verdict says its receipt's code
    today: date | None = None
    verdicts_today: int = 0
    late_today: int = 0
    families: tuple[tuple[Family, int], ...] = ()
    floor_kept_s: float = 0.0
    kept: tuple[Kept, ...] = ()  # newest first
    page: Page | None = None
    light: Light = Light.FULL
    active_s: float = 0.0  # when something last happened that a person did or should see
    brightness: int | None = None  # the step that was asked for; None: as configured
    torch_since_s: float | None = None
    asked: date | None = None  # codes are judged for this day; None: for now
    banner: Banner | None = None  # the camera can be seen from outside: said as long as it is so
    ended_s: float | None = None


def status_line(state: State) -> str:
    """One line for systemctl: 有效 137 停 3 名单3h, with what is wrong before it."""
    families = dict(state.families)
    go = families.get(Family.GO, 0) + families.get(Family.GO_NOTICE, 0)
    stop = families.get(Family.STOP, 0) + families.get(Family.ALERT, 0)
    age_s = status_age_s(state)
    age = "无" if age_s is None else f"{int(age_s // 3600)}h"
    line = f"有效 {go} 停 {stop} 名单{age}" + (f" 补报 {state.late_today}" if state.late_today else "")
    if state.refused is not None:
        line = f"新数据未采用: {state.refused.what}; {state.refused.next_step} | {line}"
    if state.fault is not None:
        line = f"{state.fault.number} {state.fault.word} | {line}"
    return line


def fault_of(state: State) -> Fault | None:
    if state.trust is None and state.refused is not None:
        return Fault.NO_TRUST
    if state.down_s is not None or (silent_s(state) > state.settings.stall_s and not state.settings.finite):
        return Fault.NO_FRAMES
    if state.newest_frame_s is None or state.trust is None:
        return Fault.STARTING
    return None


def silent_s(state: State) -> float:
    """How long frames have been missing; negative while a camera may still be starting."""
    expected_s = state.newest_frame_s
    if expected_s is None:
        expected_s = state.started_s + state.settings.start_s if state.down_s is None else state.down_s
    return state.now_s - expected_s


def idle_of(state: State) -> Idle:
    known = state.moment.level in (ClockLevel.T2, ClockLevel.T3)
    age_s = status_age_s(state)
    return Idle(
        time=_local(state.moment).strftime("%H:%M") if known else "--:--",
        clock_level=state.moment.level,
        status_age_s=None if age_s is None else age_s // 60 * 60,
        verdicts_today=state.verdicts_today,
        asked="" if state.asked is None else state.asked.strftime("%m-%d"),
        late=state.late_today,
        demo=state.trust is not None and state.trust.demo,
    )


def status_age_s(state: State) -> float | None:
    """How old the oldest status list in use is; None without one."""
    if state.trust is None or state.trust.status_utc_s is None:
        return None
    return max(0.0, state.moment.utc_s - state.trust.status_utc_s)


def _local(moment: Moment) -> datetime:
    return datetime.fromtimestamp(moment.utc_s, UTC).astimezone(CHINA)


def noon_of(day: date) -> float:
    """The middle of a day in China: what a day stands for when no hour is asked about."""
    return datetime.combine(day, time(12), CHINA).timestamp()


def day_of(moment: Moment) -> date:
    return _local(moment).date()
