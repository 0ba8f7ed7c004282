"""A moment that the document shall answer for, beside the moment of the scan: two clocks that must not be confused."""

from __future__ import annotations

import pytest

from firmware.model import CheckName, Moment, Outcome, Reason, Scan, SecondOpinion, Verdict, Word
from firmware.verify.verifier import verify
from firmware.verify.wire import Claim, Field, Status, Ways
from tests.world import DAY, LICENCE, MARK, NOW, POLICE, TODAY, World, text

YESTERDAY = NOW - DAY


def judged(world: World, cose: bytes, asked_s: float | None) -> Verdict:
    scan = Scan(text(cose), "test", 0.0, reads=2, second=SecondOpinion.AGREES)
    asked = None if asked_s is None else Moment.exactly(asked_s)
    return verify(scan, world.trust(), Moment.exactly(NOW, 1.0), POLICE, asked=asked)


def outcome(verdict: Verdict, name: CheckName) -> Outcome:
    return next(check.outcome for check in verdict.checks if check.name is name)


@pytest.fixture
def world() -> World:
    return World(status_issued=YESTERDAY - 3600)


def test_a_live_code_of_now_answers_for_yesterday(world: World) -> None:
    verdict = judged(world, world.live(), YESTERDAY)
    assert verdict.reason is Reason.VALID
    assert verdict.ages.code_s == 5


def test_a_live_code_of_yesterday_does_not_pass_for_fresh_when_yesterday_is_asked_about(world: World) -> None:
    """The defect it stops: a screenshot of the day of the accident answers for that day."""
    assert judged(world, world.live(made=YESTERDAY - 5), YESTERDAY).reason is Reason.CODE_STALE


def test_an_inspection_that_ended_today_was_good_last_week(world: World) -> None:
    old = MARK | {Field.INSPECTED_UNTIL: TODAY - 1}
    cose = world.credential(old, claims={Claim.EXP: NOW + DAY})
    assert judged(world, cose, None).reason is Reason.EXPIRED
    past = World(status_issued=NOW - 8 * DAY)
    assert judged(past, past.credential(old, claims={Claim.EXP: NOW + DAY}), NOW - 7 * DAY).family == "GO+"


def test_what_was_issued_after_the_day_does_not_answer_for_it(world: World) -> None:
    cose = world.credential(claims={Claim.IAT: NOW - 3600, Claim.NBF: NOW - 3600})
    verdict = judged(world, cose, YESTERDAY)
    assert (verdict.reason, verdict.facts.word) == (Reason.CANNOT_TELL, Word.ISSUED_LATER)


def test_a_list_of_today_does_not_answer_for_last_week() -> None:
    world = World(states={5: Status.SUSPENDED})
    verdict = judged(world, world.credential(), NOW - 7 * DAY)
    assert (verdict.reason, verdict.facts.word) == (Reason.DATA_TOO_OLD, Word.LIST_MISSING)
    assert outcome(verdict, CheckName.SIGNATURE) is Outcome.GOOD
    assert outcome(verdict, CheckName.DATES) is Outcome.GOOD


def test_without_a_question_both_moments_are_one(world: World) -> None:
    cose = world.server_live(LICENCE | {Field.WAYS: int(Ways.LIVE)})
    assert judged(world, cose, None) == judged(world, cose, None)
    assert judged(world, cose, None).reason in (Reason.VALID, Reason.VALID_NOTICE)
