"""The same car again: each mode, soft and hard, tailgating, amnesty, lost ways out, and a power cut in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.gate.barrier import Barrier, GateWord
from firmware.gate.limits import GateLimits
from firmware.gate.passback import (
    MOST_PASSAGES,
    SAME_PASSAGE_S,
    Direction,
    MemoryBook,
    Passage,
    Passback,
    PassbackMode,
    PassbackRules,
)
from firmware.model import (
    Check,
    CheckName,
    Facts,
    Family,
    Identity,
    Kind,
    Moment,
    Outcome,
    Reason,
    Sighting,
    Verdict,
    Word,
)
from tests.gate.test_barrier import LATER_S, Loop, TracedRelay

NOON = datetime(2026, 6, 12, 4, 0, tzinfo=UTC).timestamp()  # in China
CHECKS = tuple(Check(name, Outcome.GOOD) for name in CheckName)


def car(plate: str | None = "京A12345", reason: Reason = Reason.VALID) -> Verdict:
    sighting = Sighting(Identity(b"cti", b"kid"), Kind.INSPECTION_MARK, "1", NOON, plate=plate)
    return Verdict(reason.family, reason, CHECKS, Facts(plate=plate), sighting=sighting)


def at(seconds: float) -> Moment:
    return Moment.exactly(NOON + seconds, 1.0)


class Zone:
    """Lanes that share one book."""

    def __init__(self, mode: PassbackMode, **rules: object) -> None:
        self.rules = PassbackRules(mode, **rules)  # type: ignore[arg-type]
        self.book = MemoryBook()

    def lane(self, name: str, direction: Direction = Direction.IN) -> Passback:
        return Passback(self.rules, name, direction, self.book)


def go_through(lane: Passback, seconds: float, verdict: Verdict | None = None) -> Reason:
    """A car is shown, and drives through when it may."""
    weighed = lane.weigh(verdict or car(), at(seconds))
    if weighed.family in (Family.GO, Family.GO_NOTICE):
        lane.granted(weighed)
        lane.passed()
    return weighed.reason


def test_without_a_rule_a_car_may_pass_as_often_as_it_likes() -> None:
    lane = Zone(PassbackMode.OFF, hard=True).lane("1")
    assert [go_through(lane, 60.0 * n) for n in range(5)] == [Reason.VALID] * 5


@pytest.mark.parametrize(("hard", "said"), [(False, Reason.VALID_NOTICE), (True, Reason.SUSPENDED)])
def test_a_soft_rule_mentions_it_and_a_hard_one_stops_the_car(hard: bool, said: Reason) -> None:
    lane = Zone(PassbackMode.LANE, hard=hard).lane("1")
    assert go_through(lane, 0) is Reason.VALID
    weighed = lane.weigh(car(), at(100))
    assert weighed.reason is said
    assert weighed.family is said.family
    assert weighed.facts.word is Word.PASSED_BEFORE
    assert [check.name for check in weighed.checks] == list(CheckName)


def test_the_time_of_a_timed_rule_ends() -> None:
    lane = Zone(PassbackMode.LANE, hard=True, again_s=300.0).lane("1")
    go_through(lane, 0)
    assert lane.weigh(car(), at(300)).reason is Reason.SUSPENDED
    assert lane.weigh(car(), at(301)).reason is Reason.VALID


def test_another_lane_is_free_under_a_rule_of_the_lane_and_not_under_one_of_the_zone() -> None:
    for mode, said in ((PassbackMode.LANE, Reason.VALID), (PassbackMode.ZONE, Reason.SUSPENDED)):
        zone = Zone(mode, hard=True)
        go_through(zone.lane("1"), 0)
        assert zone.lane("2").weigh(car(), at(60)).reason is said


def test_a_rule_of_the_zone_lets_a_car_out_again_at_once() -> None:
    zone = Zone(PassbackMode.ZONE, hard=True)
    go_through(zone.lane("1"), 0)
    assert go_through(zone.lane("2", Direction.OUT), 60) is Reason.VALID


def test_in_out_wants_a_way_out_before_the_next_way_in() -> None:
    zone = Zone(PassbackMode.IN_OUT, hard=True)
    way_in, way_out = zone.lane("1"), zone.lane("2", Direction.OUT)
    assert go_through(way_in, 0) is Reason.VALID
    assert go_through(way_in, 100) is Reason.SUSPENDED
    assert go_through(way_out, 200) is Reason.VALID
    assert go_through(way_in, 300) is Reason.VALID


@pytest.mark.parametrize("mode", PassbackMode)
def test_nobody_is_ever_locked_in(mode: PassbackMode) -> None:
    """The defect it stops: a car that tailgated in, or whose way in was lost, is held at the way out."""
    zone = Zone(mode, hard=True)
    way_out = zone.lane("2", Direction.OUT)
    reasons = [go_through(way_out, 40.0 * n) for n in range(4)]
    assert set(reasons) <= {Reason.VALID, Reason.VALID_NOTICE}


def test_a_way_out_that_was_missed_locks_out_no_longer_than_the_rule_says() -> None:
    lane = Zone(PassbackMode.IN_OUT, hard=True, lockout_s=3600.0).lane("1")
    go_through(lane, 0)
    assert lane.weigh(car(), at(3599)).reason is Reason.SUSPENDED
    assert lane.weigh(car(), at(3600)).reason is Reason.VALID


def test_at_the_hour_of_amnesty_all_is_forgiven() -> None:
    lane = Zone(PassbackMode.IN_OUT, hard=True, amnesty_hour=13).lane("1")
    go_through(lane, 0)
    assert lane.weigh(car(), at(3599)).reason is Reason.SUSPENDED
    assert lane.weigh(car(), at(3601)).reason is Reason.VALID


def test_an_amnesty_of_yesterday_does_not_forgive_today() -> None:
    lane = Zone(PassbackMode.IN_OUT, hard=True, amnesty_hour=13).lane("1")
    go_through(lane, -3600)
    assert lane.weigh(car(), at(0)).reason is Reason.SUSPENDED


def test_a_code_shown_twice_before_the_same_barrier_is_one_passage() -> None:
    lane = Zone(PassbackMode.IN_OUT, hard=True).lane("1")
    go_through(lane, 0)
    assert lane.weigh(car(), at(SAME_PASSAGE_S)).reason is Reason.VALID
    assert lane.weigh(car(), at(SAME_PASSAGE_S + 1)).reason is Reason.SUSPENDED


def test_a_grant_that_nobody_drove_through_is_forgotten() -> None:
    lane = Zone(PassbackMode.IN_OUT, hard=True).lane("1")
    lane.granted(lane.weigh(car(), at(0)))
    lane.forgone()
    lane.passed()
    assert lane.weigh(car(), at(100)).reason is Reason.VALID


def test_a_second_car_behind_the_first_is_not_taken_for_the_first() -> None:
    """Tailgating: one grant, two cars. The loop tells of two; only one of them is known."""
    zone = Zone(PassbackMode.IN_OUT, hard=True)
    lane = zone.lane("1")
    lane.granted(lane.weigh(car("京A00001"), at(0)))
    lane.passed()
    lane.passed()
    assert lane.weigh(car("京A00002"), at(60)).reason is Reason.VALID
    assert lane.weigh(car("京A00001"), at(60)).reason is Reason.SUSPENDED


def test_after_a_power_cut_between_in_and_out_nobody_is_stopped() -> None:
    zone = Zone(PassbackMode.IN_OUT, hard=True)
    go_through(zone.lane("1"), 0)
    zone.book = MemoryBook()
    assert go_through(zone.lane("2", Direction.OUT), 60) is Reason.VALID
    assert go_through(zone.lane("1"), 120) is Reason.VALID


@given(st.sampled_from(Reason), st.sampled_from(PassbackMode), st.booleans())
def test_the_rule_never_makes_a_verdict_better(reason: Reason, mode: PassbackMode, hard: bool) -> None:
    lane = Zone(mode, hard=hard).lane("1")
    go_through(lane, 0)
    weighed = lane.weigh(car(reason=reason), at(60))
    if reason.family not in (Family.GO, Family.GO_NOTICE):
        assert weighed == car(reason=reason)
    else:
        assert weighed.family in (reason.family, Family.GO_NOTICE, Family.STOP)


def test_what_was_a_notice_already_keeps_its_word() -> None:
    lane = Zone(PassbackMode.LANE).lane("1")
    go_through(lane, 0)
    due = replace(car(reason=Reason.VALID_NOTICE), facts=Facts(word=Word.DUE_SOON, notices=(Word.DUE_SOON,)))
    weighed = lane.weigh(due, at(60))
    assert weighed.facts.word is Word.DUE_SOON
    assert weighed.facts.notices == (Word.DUE_SOON, Word.PASSED_BEFORE)


def test_a_document_of_no_car_is_nobodys_second_passage() -> None:
    lane = Zone(PassbackMode.LANE, hard=True).lane("1")
    assert [go_through(lane, 60.0 * n, car(plate=None)) for n in range(3)] == [Reason.VALID] * 3


def test_the_book_holds_digests_and_forgets_the_oldest_when_it_is_full() -> None:
    book = MemoryBook(most=3)
    for n in range(5):
        book.add(Passage(book.mark(str(n)), "1", Direction.IN, float(n)))
    assert [bool(book.of(str(n), 5.0).passages) for n in range(5)] == [False, False, True, True, True]
    zone = Zone(PassbackMode.LANE)
    go_through(zone.lane("1"), 0)
    assert "12345" not in repr(vars(zone.book))
    assert MOST_PASSAGES < 10**5


@pytest.mark.parametrize(("drives_through", "said"), [(True, Reason.SUSPENDED), (False, Reason.VALID)])
def test_with_a_loop_only_a_car_that_passed_has_passed(drives_through: bool, said: Reason) -> None:
    loop = Loop()
    passback = Zone(PassbackMode.IN_OUT, hard=True).lane("1")
    barrier = Barrier(TracedRelay(), GateLimits(), 0.0, loop, passback)
    barrier.decide(barrier.weigh(car(), at(0)), LATER_S)
    if drives_through:
        loop.value = True
        barrier.poll(LATER_S + 1)
        loop.value = False
        barrier.poll(LATER_S + 4)
    else:
        assert barrier.poll(LATER_S + 11)[0].what is GateWord.TIMED_OUT
    assert barrier.weigh(car(), at(60)).reason is said


def test_a_car_that_a_hard_rule_stops_does_not_move_the_barrier() -> None:
    relay = TracedRelay()
    barrier = Barrier(relay, GateLimits(), 0.0, None, Zone(PassbackMode.LANE, hard=True).lane("1"))
    assert barrier.decide(barrier.weigh(car(), at(0)), LATER_S)[0].what is GateWord.GRANTED
    assert barrier.decide(barrier.weigh(car(), at(60)), LATER_S + 60) == ()
    assert relay.trace == ["pulse 500"]


@pytest.mark.parametrize("wrong", [{"again_s": 0.5}, {"lockout_s": 1.0}, {"amnesty_hour": 24}])
def test_a_rule_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PassbackRules(PassbackMode.LANE, **wrong)  # type: ignore[arg-type]
