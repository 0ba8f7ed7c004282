"""What is counted since the start, and the figures of one moment: plain values, no files."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from firmware.display.signals import shown_family
from firmware.display.wear import WearSummary
from firmware.model import Alive, ClockLevel, Moment, Reason, ScannerDown, ScannerEvent, Unread
from firmware.ports import Told
from firmware.state import State, status_age_s
from firmware.vitals.commissioned import Commissioned

LAST_VERDICTS: Final = 10
#: What a bystander sees of a WANTED verdict is this one's screen (docs/field-guide.md).
_SHOWN_AS: Final = {Reason.WANTED: Reason.DATA_TOO_OLD}

Fields = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One verdict of the last few: no more than its code and its time. `utc_s` None: the time was not known."""

    utc_s: float | None
    family: str
    reason: str


@dataclass(slots=True)
class Tally:
    """Counters of one run, in fixed memory. Fed by the loop's thread alone."""

    verdicts: Counter[str] = field(default_factory=Counter)
    last: deque[Seen] = field(default_factory=lambda: deque(maxlen=LAST_VERDICTS))
    frames: int = 0
    frames_before: int = 0  # of scanner processes that are gone
    decode_s: float | None = None
    unread: int = 0
    scanner_restarts: int = 0
    relay_pulses: int = 0
    sync_failures: int = 0

    def verdict(self, told: Told) -> None:
        reason = _SHOWN_AS.get(told.verdict.reason, told.verdict.reason)
        known = told.moment.level not in (ClockLevel.T0, ClockLevel.T1)
        self.verdicts[reason] += 1
        self.last.appendleft(Seen(told.moment.utc_s if known else None, shown_family(told.verdict), reason))

    def event(self, name: str) -> None:
        self.relay_pulses += name == "gate-granted"
        self.sync_failures += name == "trust-refused"

    def scanned(self, events: Iterable[ScannerEvent]) -> None:
        for event in events:
            match event:
                case Alive():
                    self.frames = self.frames_before + event.frames
                    self.decode_s = dict(event.stage_ms).get("decode", (self.decode_s or 0.0) * 1e3) / 1e3
                case Unread():
                    self.unread += 1
                case ScannerDown():
                    self.scanner_restarts = event.restarts
                    self.frames_before = self.frames


@dataclass(frozen=True, slots=True)
class Health:
    """What other parts count: asked once a report. None where nobody knows."""

    display_errors: int = 0
    ledger_dropped: int = 0
    ledger_errors: int = 0
    cpu_celsius: float | None = None
    undervoltage: bool | None = None
    wear: WearSummary | None = None
    commissioned: Commissioned | None = None


def status(state: State, tally: Tally, health: Health, now_s: float) -> dict[str, object]:
    """The status as JSON will have it (docs/metrics.md). Ages and lengths of time in seconds."""
    settings, moment, trust = state.settings, state.moment, state.trust
    known = moment.level not in (ClockLevel.T0, ClockLevel.T1)
    return {
        "version": 1,
        "uptime_s": round(now_s - state.started_s, 1),
        "terminal": {
            "id": settings.name,
            "lane": settings.lane,
            "profile": settings.profile.name,
            "firmware": settings.version,
            "language": settings.language,
        },
        "fault": state.fault.number if state.fault else None,
        "clock": {
            "time": _iso(moment.utc_s) if known else None,
            "level": moment.level,
            "doubt_s": round(moment.doubt_s, 1) if moment.doubt_s < 1e6 else None,
        },
        "frames": {"total": tally.frames, "age_s": frame_age_s(state, now_s), "decode_s": tally.decode_s},
        "trust": {
            "version": trust.version if trust else None,
            "demo": trust.demo if trust else None,
            "list_age_s": status_age_s(state),
            "refused": state.refused is not None,
            "sync_failures": tally.sync_failures,
        },
        "verdicts": {
            "today": state.verdicts_today,
            "codes": dict(sorted(tally.verdicts.items())),
            "last": [
                {"time": None if one.utc_s is None else _iso(one.utc_s), "family": one.family, "reason": one.reason}
                for one in tally.last
            ],
        },
        "unread_episodes": tally.unread,
        "scanner_restarts": tally.scanner_restarts,
        "relay_pulses": tally.relay_pulses,
        "display_errors": health.display_errors,
        "display_wear": _wear(health.wear),
        "ledger": {"dropped": health.ledger_dropped, "errors": health.ledger_errors},
        "cpu_celsius": health.cpu_celsius,
        "undervoltage": health.undervoltage,
        "commissioning": _commissioning(health.commissioned, moment),
    }


def _commissioning(found: Commissioned | None, moment: Moment) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "number": found.number,
        "time": None if found.made_s is None else _iso(found.made_s),
        "age_s": found.age_s(moment),
        "signature": found.signature,
        "lines": [{"name": line.name, "outcome": line.outcome, "why": line.why or ""} for line in found.lines],
    }


def _wear(wear: WearSummary | None) -> dict[str, float | None] | None:
    if wear is None:
        return None
    ratio = None if wear.ratio is None else round(wear.ratio, 3)
    return {"max_hours": round(wear.max_hours, 3), "mean_hours": round(wear.mean_hours, 3), "ratio": ratio}


def frame_age_s(state: State, now_s: float) -> float | None:
    """How old the newest frame is; None before the first."""
    return None if state.newest_frame_s is None else round(max(0.0, now_s - state.newest_frame_s), 3)


def _iso(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="seconds")
