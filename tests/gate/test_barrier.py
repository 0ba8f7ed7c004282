"""The barrier: only GO and GO+ move it, within the limits, and what it says of itself is told apart from what we grant."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.gate.barrier import Barrier, GateEvents, GateWord, NoGate
from firmware.gate.limits import FailMode, GateLimits
from firmware.gate.relay import RelayError
from firmware.model import Family, Reason, Verdict

GO = Verdict(Family.GO, Reason.VALID)
GO_NOTICE = Verdict(Family.GO_NOTICE, Reason.VALID_NOTICE)
LATER_S = 100.0  # well after the settle time of a process started at 0


@dataclass
class TracedRelay:
    """A relay that writes down what was asked of it."""

    trace: list[str] = field(default_factory=list)
    broken: bool = False

    def pulse(self, pulse_ms: int) -> None:
        self._note(f"pulse {pulse_ms}")

    def hold(self) -> None:
        self._note("hold")

    def off(self) -> None:
        self._note("off")

    def close(self) -> None:
        self.trace.append("close")

    def _note(self, what: str) -> None:
        if self.broken:
            raise RelayError("no such line")
        self.trace.append(what)


@dataclass
class Loop:
    """An input that is what the test says."""

    value: bool = False
    closed: bool = False
    broken: bool = False

    def active(self) -> bool:
        if self.broken:
            raise RelayError("unplugged")
        return self.value

    def close(self) -> None:
        self.closed = True


def words(events: GateEvents) -> list[GateWord]:
    return [event.what for event in events]


@pytest.fixture
def relay() -> TracedRelay:
    return TracedRelay()


@given(st.sampled_from(Family), st.sampled_from(Reason), st.floats(0, 1e6))
def test_no_verdict_but_go_and_go_notice_can_move_the_relay(family: Family, reason: Reason, now_s: float) -> None:
    relay = TracedRelay()
    Barrier(relay, GateLimits(), 0.0).decide(Verdict(family, reason), now_s)
    opens = (family, reason) in {(Family.GO, Reason.VALID), (Family.GO_NOTICE, Reason.VALID_NOTICE)} and now_s >= 10
    assert relay.trace == (["pulse 500"] if opens else [])


@pytest.mark.parametrize("verdict", [GO, GO_NOTICE], ids=lambda verdict: verdict.family)
def test_a_good_verdict_gives_one_pulse(relay: TracedRelay, verdict: Verdict) -> None:
    events = Barrier(relay, GateLimits(pulse_ms=700), 0.0).decide(verdict, LATER_S)
    assert words(events) == [GateWord.GRANTED]
    assert relay.trace == ["pulse 700"]


def test_a_verdict_whose_family_is_not_that_of_its_reason_opens_nothing(relay: TracedRelay) -> None:
    events = Barrier(relay, GateLimits(), 0.0).decide(Verdict(Family.GO, Reason.REVOKED), LATER_S)
    assert (events, relay.trace) == ((), [])


@pytest.mark.parametrize(("after_start_s", "opens"), [(0.0, False), (9.999, False), (10.0, True)])
def test_nothing_moves_in_the_first_ten_seconds(relay: TracedRelay, after_start_s: float, opens: bool) -> None:
    events = Barrier(relay, GateLimits(), 50.0).decide(GO, 50.0 + after_start_s)
    assert words(events) == [GateWord.GRANTED if opens else GateWord.WITHHELD]
    assert bool(relay.trace) is opens


@pytest.mark.parametrize(("after_pulse_s", "opens"), [(0.0, False), (2.999, False), (3.0, True)])
def test_a_second_pulse_waits_for_the_lock_out(relay: TracedRelay, after_pulse_s: float, opens: bool) -> None:
    barrier = Barrier(relay, GateLimits(lockout_ms=3000), 0.0)
    barrier.decide(GO, LATER_S)
    events = barrier.decide(GO, LATER_S + after_pulse_s)
    assert words(events) == [GateWord.GRANTED if opens else GateWord.WITHHELD]
    assert len(relay.trace) == 1 + opens


def test_there_are_never_more_pulses_in_a_minute_than_allowed(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(lockout_ms=1000, max_pulses_per_minute=3), 0.0)
    for second in range(180):
        barrier.decide(GO, LATER_S + second)
    assert len(relay.trace) == 9
    assert relay.trace == ["pulse 500"] * 9
    barrier.decide(GO, LATER_S + 180)
    barrier.decide(GO, LATER_S + 181)
    barrier.decide(GO, LATER_S + 182)
    (withheld,) = barrier.decide(GO, LATER_S + 239)
    assert (withheld.what, withheld.why) == (GateWord.WITHHELD, "too many pulses in a minute")


def test_without_an_input_nothing_is_ever_called_opened(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(), 0.0)
    seen = words(barrier.decide(GO, LATER_S))
    for second in range(60):
        seen += words(barrier.poll(LATER_S + second))
    assert seen == [GateWord.GRANTED]


def test_granted_opened_and_passed_are_three_events(relay: TracedRelay) -> None:
    loop = Loop()
    barrier = Barrier(relay, GateLimits(), 0.0, loop)
    seen = words(barrier.decide(GO, LATER_S)) + words(barrier.poll(LATER_S + 1))
    assert seen == [GateWord.GRANTED]
    loop.value = True
    assert words(barrier.poll(LATER_S + 2)) == [GateWord.OPENED]
    assert words(barrier.poll(LATER_S + 3)) == []
    loop.value = False
    assert words(barrier.poll(LATER_S + 8)) == [GateWord.PASSED]
    assert words(barrier.poll(LATER_S + 60)) == []


@pytest.mark.parametrize(("waited_s", "told"), [(9.9, []), (10.0, [GateWord.TIMED_OUT])])
def test_a_barrier_that_does_not_open_in_time_is_told(
    relay: TracedRelay, waited_s: float, told: list[GateWord]
) -> None:
    barrier = Barrier(relay, GateLimits(open_timeout_s=10.0), 0.0, Loop())
    barrier.decide(GO, LATER_S)
    events = barrier.poll(LATER_S + waited_s)
    assert words(events) == told
    assert all(event.why == "开闸超时" for event in events)
    assert words(barrier.poll(LATER_S + 30)) == ([] if told else [GateWord.TIMED_OUT])


def test_a_barrier_opened_by_hand_is_not_called_granted(relay: TracedRelay) -> None:
    loop = Loop()
    barrier = Barrier(relay, GateLimits(), 0.0, loop)
    loop.value = True
    assert words(barrier.poll(LATER_S)) == [GateWord.OPENED_BY_HAND]


def test_an_input_that_was_active_at_start_is_no_event(relay: TracedRelay) -> None:
    assert Barrier(relay, GateLimits(), 0.0, Loop(value=True)).poll(1.0) == ()


def test_an_input_that_breaks_is_told_once_and_the_lane_goes_on(relay: TracedRelay) -> None:
    loop = Loop()
    barrier = Barrier(relay, GateLimits(), 0.0, loop)
    loop.broken = True
    assert words(barrier.poll(LATER_S)) == [GateWord.FAILED]
    assert barrier.poll(LATER_S + 1) == ()
    assert words(barrier.decide(GO, LATER_S + 2)) == [GateWord.GRANTED]


def test_a_relay_that_cannot_be_driven_is_told_and_raises_nothing(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(fail_mode=FailMode.OPEN), 0.0)
    relay.broken = True
    assert words(barrier.decide(GO, LATER_S)) == [GateWord.FAILED]
    assert words(barrier.out_of_service(LATER_S)) == [GateWord.FAILED]
    relay.broken = False
    assert words(barrier.poll(LATER_S + 1)) == [GateWord.HELD_OPEN]
    relay.broken = True
    assert words(barrier.in_service(LATER_S + 2)) == [GateWord.FAILED, GateWord.RELEASED]


def test_fail_mode_closed_cuts_a_pulse_and_grants_nothing(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(fail_mode=FailMode.CLOSED), 0.0)
    barrier.decide(GO, LATER_S)
    assert barrier.out_of_service(LATER_S + 0.1) == ()
    assert words(barrier.decide(GO, LATER_S + 50)) == [GateWord.WITHHELD]
    assert relay.trace == ["pulse 500", "off"]
    barrier.in_service(LATER_S + 60)
    assert words(barrier.decide(GO, LATER_S + 61)) == [GateWord.GRANTED]


def test_fail_mode_last_lets_a_pulse_end_by_itself(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(fail_mode=FailMode.LAST), 0.0)
    barrier.decide(GO, LATER_S)
    barrier.out_of_service(LATER_S + 0.1)
    barrier.poll(LATER_S + 5)
    assert relay.trace == ["pulse 500"]


def test_fail_mode_open_holds_until_service_returns(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(fail_mode=FailMode.OPEN), 0.0)
    assert words(barrier.out_of_service(LATER_S)) == [GateWord.HELD_OPEN]
    assert barrier.poll(LATER_S + 1) == ()
    assert words(barrier.in_service(LATER_S + 2)) == [GateWord.RELEASED]
    assert relay.trace == ["hold", "off"]


def test_fail_mode_open_waits_for_the_settle_time_too(relay: TracedRelay) -> None:
    barrier = Barrier(relay, GateLimits(fail_mode=FailMode.OPEN), 0.0)
    assert barrier.out_of_service(1.0) == ()
    assert barrier.poll(9.9) == ()
    assert words(barrier.poll(10.0)) == [GateWord.HELD_OPEN]


def test_closing_switches_off_and_gives_the_pins_back(relay: TracedRelay) -> None:
    loop = Loop()
    Barrier(relay, GateLimits(), 0.0, loop).close()
    assert relay.trace == ["close"]
    assert loop.closed


@pytest.mark.parametrize(
    "wrong",
    [
        {"pulse_ms": 49},
        {"pulse_ms": 5001},
        {"pulse_ms": 500, "lockout_ms": 499},
        {"max_pulses_per_minute": 0},
        {"settle_s": 9.9},
        {"open_timeout_s": 0.5},
    ],
    ids=str,
)
def test_limits_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"gate\.\w+ must lie in"):
        GateLimits(**wrong)  # type: ignore[arg-type]


def test_without_a_barrier_nothing_happens() -> None:
    gate = NoGate()
    assert gate.decide(GO, LATER_S) == gate.poll(0) == gate.out_of_service(0) == gate.in_service(0) == ()
    gate.close()
