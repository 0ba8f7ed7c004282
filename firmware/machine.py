"""The terminal's behaviour as one pure function: step(state, event) -> (state, effects).

No clock, no file, no pin and no screen in here: time comes with the events, and effects say what the loop shall do, in
this order. What a person sees follows from three questions, asked after every event: is there a fault, is a verdict
standing, or is the terminal idle.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import singledispatch
from typing import Final

from firmware.browse import ASKED_S, TORCH_S, press, receipted, wake
from firmware.display.brightness import next_step
from firmware.events import (
    Banner,
    Brighten,
    Event,
    Finish,
    Judge,
    Judged,
    KeepFloor,
    LateFound,
    Play,
    ReceiptMade,
    ShowStopping,
    StopAsked,
    SwitchTorch,
    Tell,
    Tick,
    TrustLoaded,
    TrustRefused,
)
from firmware.model import (
    Alive,
    ClockLevel,
    Facts,
    Family,
    Key,
    KeyPress,
    Light,
    Moment,
    Reason,
    Scan,
    ScannerDown,
    SceneShown,
    Signal,
    SourceEnded,
    Unread,
    Verdict,
    Word,
)
from firmware.presenting import Effects, look_after, present, receipt_due
from firmware.refusal import ExitCode
from firmware.state import Pending, Seen, Settings, State, day_of, status_age_s

CONFIRM_S: Final = 0.6  # how long a first bad read waits for the second
SEEN_PLACES: Final = 8
KEEP_FLOOR_EACH_S: Final = 600.0
#: Levels at which a Moment's lower end is certainly past: an unauthenticated clock may be ahead of the truth, and at T1 it may be
#: the word of phones (docs/decisions/0023); what is certain of T1 is on the disk already.
CERTAIN: Final = frozenset({ClockLevel.T3})


def begin(settings: Settings, moment: Moment, now_s: float) -> tuple[State, Effects]:
    """The state at start, with the screen "starting": lamps dark, gate not in service."""
    state = State(settings, moment, now_s, started_s=now_s, floor_kept_s=now_s, active_s=now_s)
    return look_after(state, ())


def step(state: State, event: Event) -> tuple[State, Effects]:
    """What the event makes of the state, and what is to be done about it, in order."""
    state, effects = look_after(*_on(event, state))
    # A scan is judged last: what its verdict shows must not be drawn over by what was due before it.
    return state, tuple(sorted(effects, key=lambda effect: isinstance(effect, Judge)))


@singledispatch
def _on(event: object, state: State) -> tuple[State, Effects]:
    raise TypeError(f"no such event: {type(event).__name__}")


@_on.register
def _tick(event: Tick, state: State) -> tuple[State, Effects]:
    state = replace(state, moment=event.moment, now_s=event.now_s)
    day = day_of(event.moment)
    if day != state.today:
        state = replace(state, today=day, verdicts_today=0, late_today=0)
    effects: Effects = ()
    if state.pending is not None and event.now_s >= state.pending.until_s:
        pending = state.pending
        state, effects = present(state, pending.verdict, pending.since_s, pending.payload)
    if event.now_s - state.floor_kept_s >= KEEP_FLOOR_EACH_S:
        state = replace(state, floor_kept_s=event.now_s)
        if event.moment.level in CERTAIN:
            effects = (*effects, KeepFloor(event.moment.lo_s))
    if state.standing is not None and event.now_s - state.standing_since_s >= state.settings.hold_s:
        state = replace(state, standing=None)
        effects = (*effects, Play(Signal()))
    state, code = receipt_due(state)
    effects = (*effects, *code)
    if state.page is not None and event.now_s >= state.page.until_s:
        state = replace(state, page=None)
    if state.asked is not None and event.now_s - state.active_s >= ASKED_S:
        state = replace(state, asked=None)
        effects = (*effects, _told_day(state))
    if state.torch_since_s is not None and event.now_s - state.torch_since_s >= TORCH_S:
        state = replace(state, torch_since_s=None)
        effects = (*effects, SwitchTorch(on=False))
    return state, effects


@_on.register
def _key(event: KeyPress, state: State) -> tuple[State, Effects]:
    after = press(state, event)
    effects: Effects = ()
    if state.standing is not None and after.standing is None:
        effects = (Play(Signal()),)
    if (after.torch_since_s is None) is not (state.torch_since_s is None):
        effects = (*effects, SwitchTorch(on=after.torch_since_s is not None))
    if event.key is Key.MODE and event.long and state.light is not Light.DARK:
        effects = (*effects, Tell("commissioning-asked"))
    if after.asked != state.asked:
        effects = (*effects, _told_day(after))
    return after, effects


def _told_day(state: State) -> Tell:
    return Tell("asked-day", (("day", state.asked.isoformat() if state.asked else None),))


@_on.register
def _banner(event: Banner, state: State) -> tuple[State, Effects]:
    return wake(replace(state, banner=event if event.lines else None)), ()


@_on.register
def _scan(event: Scan, state: State) -> tuple[State, Effects]:
    state = _with_frame(state, event.monotonic_s)
    if state.trust is None:
        return state, ()
    digest = hashlib.sha256(event.payload).digest()
    before = next((seen for seen in state.seen if seen.digest == digest), None)
    others = tuple(seen for seen in state.seen if seen.digest != digest)
    state = replace(state, seen=(Seen(digest, event.reads), *others)[:SEEN_PLACES])
    second_read = before is not None and before.reads == 1 and event.reads > 1
    if second_read and before is not None and not before.wanted:
        return state, ()  # the same presentation, read once more: its verdict stands already
    return state, (Judge(event, state.asked),)


@_on.register
def _judged(event: Judged, state: State) -> tuple[State, Effects]:
    state = replace(state, moment=event.moment, now_s=event.now_s)
    if event.scan.reads < 2 and _wants_second_read(event.verdict):
        digest = hashlib.sha256(event.scan.payload).digest()
        seen = tuple(replace(seen, wanted=True) if seen.digest == digest else seen for seen in state.seen)
        pending = Pending(event.scan.payload, event.verdict, event.scan.monotonic_s, event.now_s + CONFIRM_S)
        return replace(state, seen=seen, pending=pending), ()
    return present(state, event.verdict, event.scan.monotonic_s, event.scan.payload)


@_on.register
def _unread(event: Unread, state: State) -> tuple[State, Effects]:
    state = _with_frame(state, event.monotonic_s)
    coaching = state.standing is None or state.standing.reason is Reason.UNREADABLE
    if state.trust is None or not (coaching or state.settings.finite):
        return state, ()  # a verdict on the screen is worth more than advice on a code that nobody could read
    verdict = Verdict(Family.RETRY, Reason.UNREADABLE, facts=Facts(word=event.cause))
    return present(state, verdict, event.monotonic_s)


@_on.register
def _alive(event: Alive, state: State) -> tuple[State, Effects]:
    if not event.frames:
        return state, ()
    state = _with_frame(state, event.newest_frame_s)
    step = state.brightness if event.lux is None else next_step(state.brightness, event.lux)
    if step is None or step == state.brightness:
        return state, ()
    return replace(state, brightness=step), (Brighten(step),)


@_on.register
def _down(event: ScannerDown, state: State) -> tuple[State, Effects]:
    tell = Tell("scanner-down", (("why", event.why), ("restarts", event.restarts)))
    if state.settings.finite and state.newest_frame_s is None:
        return state, (tell, Finish(ExitCode.UNAVAILABLE))
    since_s = event.monotonic_s if state.down_s is None else state.down_s
    return replace(state, down_s=since_s), (tell,)


@_on.register
def _scene(event: SceneShown, state: State) -> tuple[State, Effects]:
    tell = Tell("scene", (("caption", event.caption), ("say", event.say)))
    return _with_frame(state, event.monotonic_s), (tell,)


@_on.register
def _ended(event: SourceEnded, state: State) -> tuple[State, Effects]:
    return replace(state, ended_s=state.now_s), (Tell("source-ended", (("frames", event.frames),)),)


@_on.register
def _trust_loaded(event: TrustLoaded, state: State) -> tuple[State, Effects]:
    after = replace(state, trust=event, refused=event.instead_of)
    tell = Tell("trust-loaded", (("version", event.version), ("demo", event.demo)))
    return after, (tell,) if event.instead_of is None else (tell, _refusal(event.instead_of, after))


@_on.register
def _trust_refused(event: TrustRefused, state: State) -> tuple[State, Effects]:
    tell = _refusal(event, state)
    if state.settings.finite and state.trust is None:
        return replace(state, refused=event), (tell, Finish(ExitCode.UNAVAILABLE))
    return replace(state, refused=event), (tell,)


def _refusal(event: TrustRefused, state: State) -> Tell:
    """What cannot be believed, and what is used meanwhile: its version, and how old its status data is."""
    kept, age_s = state.trust.version if state.trust else None, status_age_s(state)
    fields = (("what", event.what), ("next_step", event.next_step), ("kept_version", kept))
    return Tell("trust-refused", (*fields, ("kept_status_age_s", None if age_s is None else round(age_s))))


@_on.register
def _late_found(event: LateFound, state: State) -> tuple[State, Effects]:
    """The operator is told quietly: on the waiting screen, in the log, in the ledger. No lamp: the car is long gone."""
    fields = (("count", event.count), ("newest_s", round(event.newest_utc_s)), ("oldest_s", round(event.oldest_utc_s)))
    return replace(state, late_today=state.late_today + event.count), (Tell("late", fields),)


@_on.register
def _receipt_made(event: ReceiptMade, state: State) -> tuple[State, Effects]:
    state, code = receipt_due(receipted(state, event.verdict, event.code))
    return state, (*code, Tell("receipt", (("code", event.code),)))


@_on.register
def _stop_asked(event: StopAsked, state: State) -> tuple[State, Effects]:
    return state, (ShowStopping(), Finish(ExitCode.OK))


def _with_frame(state: State, frame_s: float) -> State:
    """A frame of that instant has arrived; one from before the scanner went down does not bring it back."""
    newest_s = frame_s if state.newest_frame_s is None else max(frame_s, state.newest_frame_s)
    back = state.down_s is not None and newest_s > state.down_s
    return replace(
        state, newest_frame_s=newest_s, down_s=None if back else state.down_s, now_s=max(state.now_s, newest_s)
    )


def _wants_second_read(verdict: Verdict) -> bool:
    """A bad signature on one read only: before anybody is alarmed, the same bytes must come from a second frame."""
    words = {verdict.facts.word, *(check.word for check in verdict.checks)}
    return verdict.reason is Reason.UNREADABLE and Word.READS_DIFFER in words
