"""Edges: one below, at, and one above, with a clock that has no doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from firmware.model import CheckName, Identity, Kind, Moment, Outcome, Reason, Scan, Sighting, Way, Word
from firmware.verify import recall, verifier, window
from firmware.verify.days import start_of
from firmware.verify.document import Document
from firmware.verify.inspection import age_months, group_of, period_at
from firmware.verify.rules import Period
from firmware.verify.wire import Claim, Field, PeriodGroup, Status, Ways
from firmware.verify.workdays import parse_calendar
from tests.world import DAY, DELEGATED, DRIVER, MARK, NOW, POLICE, TAG, TODAY, World, judge, require_well_formed, text

PATIENT = replace(POLICE, status_unsure_s=1e9, status_warn_s=1e9)


def at(moment_s: float, world: World, cose: bytes, **more: Any) -> tuple[Reason, Word | None]:
    verdict = judge(world, cose, at=moment_s, doubt=0, **more)
    return verdict.reason, verdict.facts.word


@pytest.mark.parametrize(("before", "answer"), [(1, (Reason.VALID, None)), (0, (Reason.DATA_TOO_OLD, Word.LIST_OLD))])
def test_list_serves_until_its_own_end(before: int, answer: tuple[Reason, Word | None]) -> None:
    world = World(status_issued=NOW - 30 * DAY + before)
    assert at(NOW, world, world.credential(), profile=PATIENT) == answer


@pytest.mark.parametrize(("before", "reason"), [(1, Reason.VALID_NOTICE), (0, Reason.DATA_TOO_OLD)])
def test_nothing_is_sure_after_the_trust_list_has_ended(before: int, reason: Reason) -> None:
    ends = NOW + 90 * DAY
    world = World(status_issued=ends - 3600)
    scan = Scan(text(world.credential()), "test", 0.0, reads=2)
    verdict = verifier.verify(scan, world.trust(), Moment.exactly(ends - before), replace(PATIENT, notice_days=366))
    require_well_formed(verdict)
    assert verdict.reason is reason


@pytest.mark.parametrize(("later", "reason"), [(60, Reason.VALID), (61, Reason.DATA_TOO_OLD)])
def test_list_of_the_next_minute_is_known_and_a_later_one_is_not(later: int, reason: Reason) -> None:
    world = World(status_issued=NOW + later)
    assert at(NOW, world, world.credential())[0] is reason


@pytest.mark.parametrize(("before", "reason"), [(1, Reason.VALID), (0, Reason.CODE_STALE), (-1, Reason.CODE_STALE)])
def test_copy_ends_at_its_exp(before: int, reason: Reason) -> None:
    world = World()
    assert at(NOW, world, world.credential(claims={Claim.EXP: NOW + before}))[0] is reason


def test_clock_in_doubt_cannot_place_the_end_of_a_copy() -> None:
    world = World()
    copy = world.credential(claims={Claim.EXP: NOW})
    assert judge(world, copy, doubt=1).reason is Reason.CLOCK_NOT_TRUSTED
    assert judge(world, copy, at=NOW - 1, doubt=1).reason is Reason.CLOCK_NOT_TRUSTED


@pytest.mark.parametrize(("ahead", "reason"), [(2, Reason.VALID), (3, Reason.NOT_YET_VALID)])
def test_document_may_begin_within_the_grace_of_a_clock(ahead: int, reason: Reason) -> None:
    world = World()
    assert at(NOW, world, world.credential(claims={Claim.NBF: NOW + ahead}))[0] is reason


@pytest.mark.parametrize(("ahead", "word"), [(2, None), (3, Word.ISSUED_LATER)])
def test_document_may_be_issued_within_the_grace_of_a_clock(ahead: int, word: Word | None) -> None:
    world = World()
    assert at(NOW, world, world.credential(claims={Claim.IAT: NOW + ahead}))[1] is word


def test_clock_in_doubt_cannot_place_the_beginning() -> None:
    world = World()
    assert judge(world, world.credential(claims={Claim.NBF: NOW + 4}), doubt=5).reason is Reason.CLOCK_NOT_TRUSTED


@pytest.mark.parametrize(
    ("moment_s", "answer"),
    [
        (start_of(TODAY - 1) - 1, (Reason.NOT_YET_VALID, None)),
        (start_of(TODAY - 1), (Reason.VALID, None)),
        (start_of(TODAY + 3) - 1, (Reason.VALID, None)),
        (start_of(TODAY + 3), (Reason.DELEGATION_EXCEEDED, Word.DELEGATION_OVER)),
    ],
    ids=["a second before", "its first second", "its last second", "a second after"],
)
def test_delegation_begins_and_ends_at_midnight_in_shanghai(moment_s: int, answer: tuple[Reason, Word | None]) -> None:
    world = World(status_issued=moment_s - 60)
    issued = {Claim.NBF: NOW - 30 * DAY, Claim.IAT: NOW - 30 * DAY}
    credential = world.credential(DELEGATED, claims=issued)
    assert at(moment_s, world, world.live(credential, made=moment_s - 5)) == answer


def test_delegation_that_begins_tomorrow_shows_its_own_first_day() -> None:
    world = World()
    later = DELEGATED[Field.DELEGATION] | {4: TODAY + 1}
    verdict = judge(world, world.live(world.credential(DELEGATED | {Field.DELEGATION: later})))
    assert verdict.reason is Reason.NOT_YET_VALID
    assert verdict.facts.begins is not None
    assert verdict.facts.begins.isoformat() == "2026-06-13"


def test_old_list_of_a_delegation_is_said_under_delegation() -> None:
    world = World(status_issued=NOW - 50 * 3600)
    verdict = judge(world, world.live(world.credential(DELEGATED)))
    found = {check.name: check.word for check in verdict.checks if check.word}
    assert found[CheckName.DELEGATION] is found[CheckName.STATUS] is Word.LIST_OLD


def sighting(utc_s: float, lane: str = "2", nonce: bytes = b"n") -> Sighting:
    return Sighting(Identity(b"c", b"k", nonce), Kind.INSPECTION_MARK, lane, utc_s, plate="京A12345", live=True)


@pytest.mark.parametrize(
    ("gap", "outcome"),
    [(0, Outcome.BAD), (0.5, Outcome.BAD), (120, Outcome.BAD), (120.5, Outcome.GOOD), (-0.5, Outcome.GOOD)],
)
def test_replay_is_seen_for_two_minutes(gap: float, outcome: Outcome) -> None:
    own = sighting(1000.0, lane="1")
    assert recall.check_replay(own, [sighting(1000.0 - gap)]).outcome is outcome


@pytest.mark.parametrize(("gap", "matches"), [(0, True), (0.5, True), (60, True), (60.5, False), (-0.5, False)])
def test_two_codes_are_compared_for_a_minute(gap: float, matches: bool) -> None:
    own = sighting(1000.0)
    other = replace(sighting(1000.0 - gap), kind=Kind.EVI_TAG)
    assert (recall.compare(own, [other]).matches is Kind.EVI_TAG) is matches


def test_newest_comparable_code_counts() -> None:
    own = sighting(1000.0)
    older = replace(sighting(950.0), kind=Kind.EVI_TAG, plate="京B00000", vin="x")
    newer = replace(sighting(990.0), kind=Kind.VEHICLE_LICENCE)
    assert recall.compare(own, [newer, older]).matches is Kind.VEHICLE_LICENCE
    assert recall.compare(own, [older, newer]).matches is Kind.VEHICLE_LICENCE


#: A year in which nobody works at all: only the hard bound of the span is left.
IDLE = parse_calendar({2026: [[TODAY + n for n in range(60) if (TODAY + n - 4) % 7 < 5], []]})


@pytest.mark.parametrize(("span", "good"), [(35, True), (36, False)])
def test_no_span_is_longer_than_thirty_six_days_whatever_the_calendar_says(span: int, good: bool) -> None:
    assert window.spans_at_most(TODAY, TODAY + span, 7, IDLE) is good


@pytest.mark.parametrize(("span", "good"), [(17, True), (18, False)])
def test_unknown_calendar_allows_eighteen_days_both_counted(span: int, good: bool) -> None:
    assert window.spans_at_most(TODAY, TODAY + span, 7, parse_calendar({})) is good


@pytest.mark.parametrize(
    ("document", "field", "longest", "too_long"),
    [
        (MARK, Field.PLATE, "京" * 16, "京" * 17),
        (MARK, Field.PLATE_CLASS, "0202", "02020"),
        (MARK, Field.USE, "A" * 16, "A" * 17),
        (MARK, Field.VEHICLE_TYPE, "K" * 16, "K" * 17),
        (MARK, Field.LETTERS, "AGIKQLDE", "AGIKQLDEP"),
        (MARK, Field.AUTHORITY, 119999, 1000000),
        (MARK, Field.STATUS, [11, (1 << 40) - 1], [11, 1 << 40]),
        (MARK, Field.STATUS, [(1 << 40) - 1, 5], [1 << 40, 5]),
        (MARK, Field.REGISTERED, 0, -1),
        (MARK, Field.INSPECTED_UNTIL, 2932896, 2932897),
        (DRIVER, Field.NAME, "王" * 32, "王" * 33),
        (DRIVER, Field.ID_TAIL, "1234", "12345"),
        (DRIVER, Field.BAR_CODE, "1" * 32, "1" * 33),
        (DRIVER, Field.BAR_CODE, "1234", "123"),
        (DRIVER, Field.CLASSES, "A1A2A3B1B2B3C1C2C3C4C5C6", "A1A2A3B1B2B3C1C2C3C4C5C6D"),
    ],
)
def test_fields_have_the_length_and_range_of_the_wire(
    document: dict[int, Any], field: Field, longest: object, too_long: object
) -> None:
    world = World()

    def malformed(value: object) -> bool:
        end = {Claim.EXP: NOW + DAY}
        cose = world.credential(document | {field: value}, claims=end)
        verdict = judge(world, world.live(cose) if document is DRIVER else cose)
        return verdict.facts.word is Word.MALFORMED

    assert not malformed(longest)
    assert malformed(too_long)


@pytest.mark.parametrize(("slot", "word"), [(1, None), (255, Word.TOO_MANY), (256, Word.MALFORMED)])
def test_slots_are_one_byte(slot: int, word: Word | None) -> None:
    world = World()
    document = DELEGATED | {Field.DELEGATION: DELEGATED[Field.DELEGATION] | {7: slot}}
    assert judge(world, world.live(world.credential(document))).facts.word is word


def test_tail_of_a_tag_is_shown_in_capitals() -> None:
    world = World()
    assert judge(world, world.credential(TAG | {Field.TAG_ID: bytes(6) + b"\xab\xcd"})).facts.tag_tail == "ABCD"


def test_bar_code_that_differs_is_said_under_format() -> None:
    world = World()
    scan = Scan(text(world.live(world.credential(DRIVER))), "test", 0.0, reads=2, beside=(b"0000",))
    verdict = verifier.verify(scan, world.trust(), Moment.exactly(NOW), POLICE)
    require_well_formed(verdict)
    check = next(check for check in verdict.checks if check.name is CheckName.FORMAT)
    assert (check.outcome, check.reason, check.word) == (Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.BAR_CODE_DIFFERS)


def test_further_words_are_counted_only_where_the_state_leads() -> None:
    world = World(states={5: Status.SUSPENDED})
    mark = MARK | {Field.LETTERS: "LD", Field.INSPECTED_UNTIL: TODAY - 1}
    verdict = judge(world, world.credential(mark, claims={Claim.NBF: NOW - 400 * DAY}))
    assert (verdict.reason, verdict.facts.more) == (Reason.EXPIRED, 0)


def test_age_of_a_car_is_counted_in_whole_months() -> None:
    new = Document(Kind.INSPECTION_MARK, frozenset({Way.DOWNLOADED}), 1, 1, 110100, "A", use="A", vehicle_type="K33")
    assert group_of(new) is PeriodGroup.SMALL_PRIVATE
    world = World()
    registered_today = MARK | {Field.REGISTERED: TODAY, Field.USE: "A", Field.VEHICLE_TYPE: "K33"}
    assert judge(world, world.credential(registered_today)).facts.exempt is True
    edition = world.trust().rules.editions[0]
    assert period_at(edition, PeriodGroup.SMALL_PRIVATE, 71) == Period(PeriodGroup.SMALL_PRIVATE, 0, 72, 24, False)
    assert period_at(edition, PeriodGroup.SMALL_PRIVATE, 72) == Period(PeriodGroup.SMALL_PRIVATE, 72, 1200, 12, True)
    assert age_months.__doc__


def test_live_and_printed_credential_without_its_layer_is_printed() -> None:
    world = World()
    verdict = judge(world, world.credential(MARK | {Field.WAYS: int(Ways.LIVE | Ways.PRINTED)}))
    assert (verdict.reason, verdict.facts.way) == (Reason.VALID, Way.PRINTED)
