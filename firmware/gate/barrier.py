"""The decision that moves the barrier: nothing but a GO or GO+ verdict reaches the relay, and only within limits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from firmware.gate.limits import FailMode, GateLimits
from firmware.gate.passback import Direction, MemoryBook, Passback, PassbackRules
from firmware.gate.relay import LoopInput, Relay, RelayError
from firmware.model import Family, Moment, Verdict

OPENING: Final = frozenset({Family.GO, Family.GO_NOTICE})
MINUTE_S: Final = 60.0


class GateWord(StrEnum):
    """What happened at the barrier. Granting is ours; opened and passed are told by the barrier's own input."""

    GRANTED = "granted"
    WITHHELD = "withheld"  # the verdict was GO, a limit said no
    OPENED = "opened"
    OPENED_BY_HAND = "opened-by-hand"  # the input moved without a grant
    PASSED = "passed"
    TIMED_OUT = "timed-out"  # granted, and the input never moved: 开闸超时
    HELD_OPEN = "held-open"  # out of service in fail mode "open"
    RELEASED = "released"
    FAILED = "failed"  # the relay could not be driven


@dataclass(frozen=True, slots=True)
class GateEvent:
    what: GateWord
    monotonic_s: float
    why: str = ""


GateEvents = tuple[GateEvent, ...]


class Gate(Protocol):
    """What the app asks of a barrier. No method blocks; none raises for a broken relay."""

    def weigh(self, verdict: Verdict, moment: Moment) -> Verdict: ...

    def decide(self, verdict: Verdict, now_s: float) -> GateEvents: ...

    def poll(self, now_s: float) -> GateEvents: ...

    def out_of_service(self, now_s: float) -> GateEvents: ...

    def in_service(self, now_s: float) -> GateEvents: ...

    def close(self) -> None: ...


class NoGate:
    """No barrier fitted."""

    def weigh(self, verdict: Verdict, moment: Moment) -> Verdict:
        return verdict

    def decide(self, verdict: Verdict, now_s: float) -> GateEvents:
        return ()

    def poll(self, now_s: float) -> GateEvents:
        return ()

    def out_of_service(self, now_s: float) -> GateEvents:
        return ()

    def in_service(self, now_s: float) -> GateEvents:
        return ()

    def close(self) -> None:
        return


class Barrier:
    """A relay with its limits, and the barrier's own input when there is one. Owns both and closes them.

    `started_s` is the monotonic time at which the process began: the settle time counts from there.
    """

    def __init__(
        self,
        relay: Relay,
        limits: GateLimits,
        started_s: float,
        loop: LoopInput | None = None,
        passback: Passback | None = None,
    ) -> None:
        self._relay = relay
        self._limits = limits
        self._started_s = started_s
        self._loop = loop
        self._passback = passback or Passback(PassbackRules(), "", Direction.IN, MemoryBook())
        self._loop_active = loop.active() if loop else False
        self._pulses_s: deque[float] = deque(maxlen=limits.max_pulses_per_minute)
        self._waiting_since_s: float | None = None
        self._holding = False
        self._out_of_service = False

    def weigh(self, verdict: Verdict, moment: Moment) -> Verdict:
        """The verdict after the rule on cars that pass again: what it makes worse is shown, and decided, so."""
        return self._passback.weigh(verdict, moment)

    def decide(self, verdict: Verdict, now_s: float) -> GateEvents:
        """Pulse the relay for a GO or GO+ whose family and reason agree; every other verdict leaves it alone."""
        if verdict.family not in OPENING or verdict.reason.family is not verdict.family:
            return ()
        refusal = self._refusal(now_s)
        if refusal:
            return (GateEvent(GateWord.WITHHELD, now_s, refusal),)
        self._pulses_s.append(now_s)
        try:
            self._relay.pulse(self._limits.pulse_ms)
        except RelayError as error:
            return (GateEvent(GateWord.FAILED, now_s, str(error)),)
        self._passback.granted(verdict)
        if self._loop is None:
            self._passback.passed()  # nobody will tell more than that it was let through
        self._waiting_since_s = now_s if self._loop else None
        return (GateEvent(GateWord.GRANTED, now_s),)

    def _refusal(self, now_s: float) -> str:
        """Why no pulse may be given now; empty when one may."""
        if self._out_of_service:
            return "out of service"
        if now_s - self._started_s < self._limits.settle_s:
            return "settling after start"
        if self._pulses_s and (now_s - self._pulses_s[-1]) * 1000 < self._limits.lockout_ms:
            return "lock-out after the last pulse"
        if len(self._pulses_s) == self._pulses_s.maxlen and now_s - self._pulses_s[0] < MINUTE_S:
            return "too many pulses in a minute"
        return ""

    def poll(self, now_s: float) -> GateEvents:
        """Look at the input: opened, passed, or nothing in time. Begins a hold that had to wait for the settle time."""
        return self._look_at_loop(now_s) + self._hold_if_due(now_s)

    def _look_at_loop(self, now_s: float) -> GateEvents:
        if self._loop is None:
            return ()
        try:
            active = self._loop.active()
        except RelayError as error:
            self._loop = None
            return (GateEvent(GateWord.FAILED, now_s, str(error)),)
        before, self._loop_active = self._loop_active, active
        if active and not before:
            word = GateWord.OPENED_BY_HAND if self._waiting_since_s is None else GateWord.OPENED
            self._waiting_since_s = None
            return (GateEvent(word, now_s),)
        if before and not active:
            self._passback.passed()
            return (GateEvent(GateWord.PASSED, now_s),)
        if self._waiting_since_s is not None and now_s - self._waiting_since_s >= self._limits.open_timeout_s:
            self._waiting_since_s = None
            self._passback.forgone()
            return (GateEvent(GateWord.TIMED_OUT, now_s, "开闸超时"),)
        return ()

    def out_of_service(self, now_s: float) -> GateEvents:
        """The terminal cannot judge: apply the fail mode. In mode "open" never before the settle time is over."""
        self._out_of_service = True
        if self._limits.fail_mode is FailMode.CLOSED:
            return self._switch_off(now_s)
        return self._hold_if_due(now_s)

    def _hold_if_due(self, now_s: float) -> GateEvents:
        due = self._out_of_service and self._limits.fail_mode is FailMode.OPEN and not self._holding
        if not due or now_s - self._started_s < self._limits.settle_s:
            return ()
        try:
            self._relay.hold()
        except RelayError as error:
            return (GateEvent(GateWord.FAILED, now_s, str(error)),)
        self._holding = True
        return (GateEvent(GateWord.HELD_OPEN, now_s),)

    def in_service(self, now_s: float) -> GateEvents:
        """The terminal judges again: end a hold."""
        self._out_of_service = False
        if not self._holding:
            return ()
        self._holding = False
        return (*self._switch_off(now_s), GateEvent(GateWord.RELEASED, now_s))

    def _switch_off(self, now_s: float) -> GateEvents:
        try:
            self._relay.off()
        except RelayError as error:
            return (GateEvent(GateWord.FAILED, now_s, str(error)),)
        return ()

    def close(self) -> None:
        """Relay off, in every mode, and the pins given back."""
        self._relay.close()
        if self._loop is not None:
            self._loop.close()
