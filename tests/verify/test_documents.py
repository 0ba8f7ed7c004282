"""Every other document of the scheme, one story a test: driving licence, delegated vehicle licence, EVI tag, downloaded copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from firmware.model import (
    CheckName,
    Family,
    Kind,
    Moment,
    Outcome,
    Profile,
    Reason,
    Scan,
    Sighting,
    Verdict,
    Way,
    Word,
)
from firmware.verify.days import start_of
from firmware.verify.verifier import verify
from firmware.verify.wire import Claim, Field, Status, Ways
from tests.world import (
    DAY,
    DELEGATED,
    DRIVER,
    LICENCE,
    MARK,
    NOW,
    POLICE,
    TAG,
    TODAY,
    World,
    judge,
    require_well_formed,
    text,
)

ACCEPT_COPIES = replace(
    POLICE,
    accepts=(
        (Kind.VEHICLE_LICENCE, (Way.LIVE, Way.DOWNLOADED)),
        (Kind.DELEGATED_VEHICLE_LICENCE, (Way.LIVE, Way.DOWNLOADED)),
        (Kind.INSPECTION_MARK, tuple(Way)),
    ),
)
DOWNLOADED = {Field.WAYS: int(Ways.DOWNLOADED)}


def day_number(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - date(1970, 1, 1)).days


def at_noon(day: int) -> float:
    return start_of(day) + 12 * 3600


def check_of(verdict: Verdict, name: CheckName) -> tuple[Outcome, Reason | None, Word | None]:
    check = next(check for check in verdict.checks if check.name is name)
    return check.outcome, check.reason, check.word


# --- the driving licence ---


def test_driving_licence_shown_live_is_valid_with_class_and_masked_name() -> None:
    world = World()
    verdict = judge(world, world.live(world.credential(DRIVER)))
    assert (verdict.family, verdict.reason) == (Family.GO, Reason.VALID)
    assert (verdict.facts.classes, verdict.facts.name, verdict.facts.id_tail) == ("C1", "王*", "123X")
    assert verdict.facts.plate is None


def test_long_term_licence_has_no_end() -> None:
    world = World()
    document = {key: value for key, value in DRIVER.items() if key != Field.VALID_UNTIL}
    verdict = judge(world, world.live(world.credential(document, claims={Claim.EXP: NOW + DAY})))
    assert (verdict.reason, verdict.facts.ends) == (Reason.VALID, None)


@pytest.mark.parametrize(
    ("change", "reason", "word"),
    [
        ({Field.VALID_UNTIL: TODAY}, Reason.VALID_NOTICE, Word.DUE_SOON),
        ({Field.VALID_UNTIL: TODAY - 1}, Reason.EXPIRED, None),
        ({Field.MEDICAL_UNTIL: TODAY}, Reason.VALID_NOTICE, Word.DUE_SOON),
        ({Field.MEDICAL_UNTIL: TODAY - 1}, Reason.SUSPENDED, Word.MEDICAL_OVERDUE),
        ({Field.VALID_UNTIL: TODAY - 1, Field.MEDICAL_UNTIL: TODAY - 9}, Reason.EXPIRED, None),
        ({Field.PROBATION_UNTIL: TODAY}, Reason.VALID_NOTICE, Word.PROBATION),
        ({Field.PROBATION_UNTIL: TODAY - 1}, Reason.VALID, None),
    ],
)
def test_dates_of_a_driving_licence(change: dict[int, Any], reason: Reason, word: Word | None) -> None:
    world = World()
    credential = world.credential(DRIVER | change, claims={Claim.NBF: NOW - 99 * DAY, Claim.EXP: NOW + 9 * DAY})
    verdict = judge(world, world.live(credential))
    assert (verdict.reason, verdict.facts.word) == (reason, word)


@pytest.mark.parametrize("letters", ["N", "P", "T"])
def test_extended_licence_never_passes(letters: str) -> None:
    world = World()
    verdict = judge(world, world.live(world.credential(DRIVER | {Field.LETTERS: letters})))
    assert (verdict.family, verdict.facts.word) == (Family.STOP, Word.EXTENDED)


def test_letters_combine_and_the_worst_comes_first() -> None:
    world = World()
    verdict = judge(world, world.live(world.credential(DRIVER | {Field.LETTERS: "HBFD"})))
    assert (verdict.reason, verdict.facts.word) == (Reason.REVOKED, Word.WITHDRAWN)
    two = judge(world, world.live(world.credential(DRIVER | {Field.LETTERS: "BD"})))
    assert (two.reason, two.facts.more) == (Reason.SUSPENDED, 1)


@pytest.mark.parametrize(
    ("classes", "wanted", "reason", "word"),
    [
        ("A1", "C1", Reason.VALID, None),
        ("C1D", "E", Reason.VALID, None),
        ("C2", "C1", Reason.SUSPENDED, Word.CLASS_NOT_COVERED),
        ("P", "C1", Reason.CANNOT_TELL, Word.UNKNOWN_STATE),
        ("C1P", "C1", Reason.VALID, None),
    ],
    ids=["A1 covers C1", "one of two covers", "C2 does not cover C1", "class unknown to the rules", "known one covers"],
)
def test_class_must_cover_what_the_post_needs(classes: str, wanted: str, reason: Reason, word: Word | None) -> None:
    world = World()
    post = replace(POLICE, required_class=wanted)
    verdict = judge(world, world.live(world.credential(DRIVER | {Field.CLASSES: classes})), profile=post)
    assert (verdict.reason, verdict.facts.word) == (reason, word)


def test_post_that_refuses_learners_says_so() -> None:
    world = World()
    post = replace(POLICE, stop_words=frozenset({Word.PROBATION}))
    verdict = judge(world, world.live(world.credential(DRIVER | {Field.PROBATION_UNTIL: TODAY + 5})), profile=post)
    assert (verdict.reason, verdict.facts.word) == (Reason.SUSPENDED, Word.PROBATION)


@pytest.mark.parametrize("classes", ["", "Z9", "C1C1", "c1", "C1 C2", 5])
def test_classes_off_their_form_are_cannot_tell(classes: object) -> None:
    world = World()
    assert judge(world, world.live(world.credential(DRIVER | {Field.CLASSES: classes}))).family is Family.UNSURE


@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        ((), Reason.VALID),
        ((b"1101234567890",), Reason.VALID),
        ((b"OTHER", b"1101234567890"), Reason.VALID),
        ((b"1101234567891",), Reason.CANNOT_TELL),
    ],
    ids=["no bar code seen", "the same", "the same among others", "another one"],
)
def test_bar_code_beside_the_qr_must_agree(beside: tuple[bytes, ...], reason: Reason) -> None:
    world = World()
    scan = Scan(text(world.live(world.credential(DRIVER))), "test", 0.0, reads=2, beside=beside)
    assert verify(scan, world.trust(), Moment.exactly(NOW), POLICE).reason is reason


# --- delegation ---


def delegated(world: World, *, at: float = NOW, profile: Profile = POLICE, **changes: Any) -> Verdict:
    """A delegated licence made live now, with changes to its delegation map: grantee, purposes, first, last, place, slot."""
    names = {"grantee": 1, "id_tail": 2, "purposes": 3, "first": 4, "last": 5, "place": 6, "slot": 7}
    delegation = DELEGATED[Field.DELEGATION] | {names[name]: value for name, value in changes.items()}
    document = DELEGATED | {Field.DELEGATION: delegation, Field.INSPECTED_UNTIL: TODAY + 900}
    credential = world.credential(document, claims={Claim.NBF: int(at) - 99 * DAY, Claim.IAT: int(at) - 99 * DAY})
    return judge(world, world.live(credential, made=int(at) - 3), at=at, profile=profile)


def test_delegated_licence_shows_person_purpose_and_end() -> None:
    verdict = delegated(World())
    assert verdict.reason is Reason.VALID
    facts = verdict.facts
    assert (facts.grantee, facts.grantee_id_tail, facts.purpose) == ("李*", "0017", "驾驶")
    assert facts.delegated_until == date(2026, 6, 14)
    assert check_of(verdict, CheckName.DELEGATION) == (Outcome.GOOD, None, None)


@pytest.mark.parametrize(("days", "good"), [(7, True), (8, False)])
def test_ordinary_week_of_seven_working_days(days: int, good: bool) -> None:
    """Friday 2026-06-12 is the first; seven working days later is Monday the 22nd, eight is Tuesday the 23rd."""
    last = day_number(2026, 6, 22) if days == 7 else day_number(2026, 6, 23)
    verdict = delegated(World(), first=TODAY, last=last)
    assert verdict.reason is (Reason.VALID if good else Reason.DELEGATION_EXCEEDED)
    assert verdict.facts.word is (None if good else Word.TOO_LONG)


#: State Council notice for 2026: Spring Festival off 15 to 23 February, make-up work on 14 and 28 February.
SPRING = {
    2026: [
        [day_number(2026, 2, day) for day in (16, 17, 18, 19, 20, 23)],
        [day_number(2026, 2, 14), day_number(2026, 2, 28)],
    ]
}


@pytest.mark.parametrize(("last", "good"), [(28, True), (1, False)], ids=["seven working days", "and one more"])
def test_seven_working_days_span_spring_festival(last: int, good: bool) -> None:
    """13 and 14 (make-up) February, then 24 to 28 (make-up): seven. The next working day is Monday 2 March."""
    first = day_number(2026, 2, 13)
    end = day_number(2026, 2, 28) if good else day_number(2026, 3, 2)
    at = at_noon(day_number(2026, 2, 14))
    world = World(calendar=SPRING, status_issued=int(at) - 600)
    world.key_changes = {6: 0}
    verdict = delegated(world, at=at, first=first, last=end)
    assert check_of(verdict, CheckName.DELEGATION)[1] is (None if good else Reason.DELEGATION_EXCEEDED), last


@pytest.mark.parametrize(("span", "outcome"), [(18, Reason.VALID_NOTICE), (19, Reason.DELEGATION_EXCEEDED)])
def test_outside_the_calendars_years_eighteen_calendar_days_and_a_notice(span: int, outcome: Reason) -> None:
    verdict = delegated(World(calendar={}), first=TODAY, last=TODAY + span - 1)
    assert verdict.reason is outcome
    if outcome is Reason.VALID_NOTICE:
        assert verdict.facts.word is Word.CALENDAR_OLD


@pytest.mark.parametrize(("slot", "good"), [(3, True), (4, False)])
def test_three_people_at_once_and_no_fourth(slot: int, good: bool) -> None:
    verdict = delegated(World(), slot=slot)
    assert verdict.reason is (Reason.VALID if good else Reason.DELEGATION_EXCEEDED)


@pytest.mark.parametrize(
    ("state", "reason", "word"),
    [
        (Status.INVALID, Reason.DELEGATION_EXCEEDED, Word.DELEGATION_ENDED),
        (Status.LOCAL, Reason.DELEGATION_EXCEEDED, Word.TOO_MANY),
        (Status.SUSPENDED, Reason.CANNOT_TELL, Word.UNKNOWN_STATE),
    ],
)
def test_owner_may_take_it_back_at_any_time(state: int, reason: Reason, word: Word) -> None:
    verdict = delegated(World(states={7: state}))
    assert (verdict.reason, verdict.facts.word) == (reason, word)


def test_delegation_on_no_list_is_cannot_tell() -> None:
    verdict = delegated(World(), place=[99, 0])
    assert (verdict.reason, verdict.facts.word) == (Reason.DATA_TOO_OLD, Word.LIST_MISSING)


@pytest.mark.parametrize(
    ("first", "last", "reason", "word"),
    [
        (TODAY - 3, TODAY, Reason.VALID, None),
        (TODAY - 3, TODAY - 1, Reason.DELEGATION_EXCEEDED, Word.DELEGATION_OVER),
        (TODAY, TODAY, Reason.VALID, None),
        (TODAY + 1, TODAY + 2, Reason.NOT_YET_VALID, None),
    ],
)
def test_delegation_holds_from_its_first_to_its_last_day(
    first: int, last: int, reason: Reason, word: Word | None
) -> None:
    verdict = delegated(World(), first=first, last=last)
    assert (verdict.reason, verdict.facts.word) == (reason, word)


def test_clock_that_does_not_know_the_day_cannot_place_a_delegation() -> None:
    world = World()
    credential = world.credential(DELEGATED)
    midnight = start_of(TODAY + 3)
    verdict = judge(world, world.live(credential, made=midnight - 3), at=midnight, doubt=10)
    assert check_of(verdict, CheckName.DELEGATION)[1] is Reason.CLOCK_NOT_TRUSTED


@pytest.mark.parametrize(
    ("taken", "purposes", "good"),
    [
        ((), ["出售"], True),
        (("驾驶",), ["驾驶"], True),
        (("驾驶",), ["出售", "驾驶"], True),
        (("驾驶",), ["出售"], False),
    ],
    ids=["post takes every purpose", "the one", "one of several", "another"],
)
def test_purpose_must_be_one_that_the_post_takes(taken: tuple[str, ...], purposes: list[str], good: bool) -> None:
    verdict = delegated(World(), purposes=purposes, profile=replace(POLICE, purposes=frozenset(taken)))
    assert verdict.reason is (Reason.VALID if good else Reason.DELEGATION_EXCEEDED)
    assert verdict.facts.word is (None if good else Word.WRONG_PURPOSE)
    assert verdict.facts.purpose == "、".join(purposes)


@pytest.mark.parametrize(
    "change",
    [
        {"purposes": []},
        {"purposes": ["驾驶"] * 2},
        {"purposes": ["a", "b", "c", "d", "e"]},
        {"purposes": "驾驶"},
        {"slot": 0},
        {"slot": 256},
        {"slot": True},
        {"first": TODAY + 9},
        {"place": [11]},
        {"grantee": ""},
        {"id_tail": 17},
    ],
)
def test_delegation_off_its_form_is_cannot_tell(change: dict[str, Any]) -> None:
    assert delegated(World(), **change).family is Family.UNSURE


def test_delegation_with_a_missing_field_is_cannot_tell() -> None:
    world = World()
    broken = {key: value for key, value in DELEGATED[Field.DELEGATION].items() if key != 7}
    assert judge(world, world.live(world.credential(DELEGATED | {Field.DELEGATION: broken}))).family is Family.UNSURE


def test_ordinary_document_skips_the_delegation_check() -> None:
    world = World()
    assert check_of(judge(world, world.credential()), CheckName.DELEGATION)[0] is Outcome.SKIPPED


# --- downloaded copies of the vehicle licence ---


@pytest.mark.parametrize(
    ("age", "reason"), [(10, Reason.VALID), (11, Reason.CODE_STALE)], ids=["7th", "8th working day"]
)
def test_downloaded_vehicle_licence_serves_seven_working_days(age: int, reason: Reason) -> None:
    """Made on Wednesday 2026-06-03: the 7th working day is Thursday the 11th; so from the 12th, ten days before is the 2nd."""
    made = TODAY - age + 2
    world = World()
    credential = world.credential(
        LICENCE | DOWNLOADED, claims={Claim.IAT: start_of(made) + 60, Claim.NBF: start_of(made)}
    )
    assert judge(world, credential, profile=ACCEPT_COPIES).reason is reason


def test_downloaded_vehicle_licence_at_a_post_that_takes_live_ones_is_the_wrong_document() -> None:
    world = World()
    old = {Claim.IAT: NOW - 60 * DAY, Claim.NBF: NOW - 60 * DAY}
    verdict = judge(world, world.credential(LICENCE | DOWNLOADED, claims=old))
    assert (verdict.reason, verdict.facts.word) == (Reason.WRONG_DOCUMENT, Word.WAY_NOT_TAKEN)


def test_very_old_copy_costs_no_counting() -> None:
    world = World(calendar={})
    old = {Claim.IAT: 0, Claim.NBF: 0}
    world.key_changes = {6: 0}
    assert (
        judge(world, world.credential(LICENCE | DOWNLOADED, claims=old), profile=ACCEPT_COPIES).reason
        is Reason.CODE_STALE
    )


# --- the EVI tag, and two codes of one car ---


def test_tag_gives_mark_and_insurance() -> None:
    world = World()
    verdict = judge(world, world.credential(TAG))
    assert (verdict.reason, verdict.facts.way, verdict.facts.tag_tail) == (Reason.VALID, Way.PRINTED, "3031")
    assert verdict.facts.insured_until == date(2026, 6, 12) + timedelta(days=100)


@pytest.mark.parametrize(
    ("change", "reason", "word"),
    [
        ({Field.INSURED_UNTIL: TODAY}, Reason.VALID, None),
        ({Field.INSURED_UNTIL: TODAY - 1}, Reason.EXPIRED, Word.INSURANCE_OVER),
        ({Field.INSPECTED_UNTIL: TODAY - 1}, Reason.EXPIRED, None),
        ({Field.TAG_ID: b"short"}, Reason.CANNOT_TELL, Word.MALFORMED),
        ({Field.TAG_ID: "TEXTTEXT"}, Reason.CANNOT_TELL, Word.MALFORMED),
    ],
)
def test_tag_whose_insurance_or_inspection_is_over(change: dict[int, Any], reason: Reason, word: Word | None) -> None:
    world = World()
    verdict = judge(world, world.credential(TAG | change, claims={Claim.EXP: NOW + DAY}))
    assert (verdict.reason, verdict.facts.word) == (reason, word)


def sighted(cose: bytes, world: World, *, at: float = NOW, seen: tuple[Sighting, ...] = (), lane: str = "1") -> Verdict:
    scan = Scan(text(cose), "test", 0.0, reads=2)
    verdict = verify(scan, world.trust(), Moment.exactly(at, 1), POLICE, seen=seen, lane=lane)
    require_well_formed(verdict)
    return verdict


def sighting(verdict: Verdict) -> Sighting:
    assert verdict.sighting is not None
    return verdict.sighting


@pytest.mark.parametrize(("gap", "matches"), [(60, Kind.EVI_TAG), (61, None)])
def test_tag_plate_and_document_agree_within_a_minute(gap: float, matches: Kind | None) -> None:
    world = World()
    tag = sighting(sighted(world.credential(TAG), world, at=NOW - gap))
    verdict = sighted(world.credential(), world, seen=(tag,))
    assert (verdict.reason, verdict.facts.matches) == (Reason.VALID, matches)


@pytest.mark.parametrize(
    "change",
    [{Field.VIN: "LSVAA4187E2123457"}, {Field.PLATE: "京A99999"}, {Field.TAG_ID: b"OTHERTAG"}],
    ids=["same plate, another VIN", "same VIN, another plate", "another tag"],
)
def test_two_codes_of_one_car_that_contradict_each_other_are_cannot_tell(change: dict[int, Any]) -> None:
    world = World()
    tag = sighting(sighted(world.credential(TAG), world, at=NOW - 10))
    verdict = sighted(world.credential(MARK | {Field.TAG_ID: TAG[Field.TAG_ID]} | change), world, seen=(tag,))
    assert (verdict.family, verdict.facts.word) == (Family.UNSURE, Word.CAR_MISMATCH)


def test_document_of_another_car_than_the_tag_is_a_notice() -> None:
    world = World()
    tag = sighting(sighted(world.credential(TAG), world, at=NOW - 10))
    other = MARK | {Field.VIN: "LSVAA4187E2123457", Field.PLATE: "京A99999"}
    verdict = sighted(world.credential(other), world, seen=(tag,))
    assert (verdict.reason, verdict.facts.word) == (Reason.VALID_NOTICE, Word.OTHER_CAR)


def test_two_documents_of_two_cars_are_just_two_cars() -> None:
    world = World()
    mark = sighting(sighted(world.credential(), world, at=NOW - 10))
    other = LICENCE | {Field.VIN: "LSVAA4187E2123457", Field.PLATE: "京A99999"}
    assert sighted(world.server_live(other), world, seen=(mark,)).reason is Reason.VALID


def test_driving_licence_is_compared_with_no_car() -> None:
    world = World()
    tag = sighting(sighted(world.credential(TAG), world, at=NOW - 10))
    assert sighted(world.live(world.credential(DRIVER)), world, seen=(tag,)).facts.matches is None


@pytest.mark.parametrize(
    ("lane", "gap", "reason"),
    [("1", 10, Reason.VALID), ("2", 10, Reason.REPLAYED), ("2", -1, Reason.VALID)],
    ids=["shown again on its own lane", "shown at another lane", "seen later than now"],
)
def test_live_code_that_another_lane_has_seen_is_replayed(lane: str, gap: float, reason: Reason) -> None:
    world = World()
    cose = world.live(made=NOW - 15)
    before = replace(sighting(sighted(cose, world)), lane="1", utc_s=NOW - gap)
    verdict = sighted(cose, world, seen=(before,), lane=lane)
    assert verdict.reason is reason
    assert verdict.family is (Family.ALERT if reason is Reason.REPLAYED else Family.GO)


def test_same_car_with_a_new_code_is_no_replay() -> None:
    world = World()
    before = replace(sighting(sighted(world.live(nonce=b"nonce-01"), world)), lane="2", utc_s=NOW - 10)
    assert sighted(world.live(nonce=b"nonce-02"), world, seen=(before,)).reason is Reason.VALID


def test_printed_mark_may_be_seen_everywhere() -> None:
    world = World()
    cose = world.credential()
    before = replace(sighting(sighted(cose, world)), lane="2", utc_s=NOW - 10)
    assert sighted(cose, world, seen=(before,)).reason is Reason.VALID


# --- rules of the day ---


def test_document_issued_after_the_day_does_not_answer_for_it() -> None:
    world = World(status_issued=NOW - 20 * DAY)
    verdict = judge(world, world.credential(), at=NOW - 11 * DAY)
    assert (verdict.family, verdict.facts.word) == (Family.UNSURE, Word.ISSUED_LATER)


def test_day_before_the_first_rules_is_cannot_tell() -> None:
    verdict = judge(World(rules_from=TODAY + 1), World().credential())
    assert (verdict.family, verdict.facts.word) == (Family.UNSURE, Word.NO_RULES)
    assert judge(World(rules_from=TODAY), World().credential()).reason is Reason.VALID


def test_list_that_was_not_yet_known_on_the_day_is_not_used() -> None:
    world = World(states={5: Status.INVALID}, status_issued=NOW)
    issued = {Claim.IAT: NOW - 9 * DAY, Claim.NBF: NOW - 9 * DAY}
    verdict = judge(world, world.credential(claims=issued), at=NOW - 2 * DAY)
    assert (verdict.reason, verdict.facts.word) == (Reason.DATA_TOO_OLD, Word.LIST_MISSING)


def test_odd_plate_and_odd_dates_are_notices_and_an_odd_vin_is_only_noted() -> None:
    world = World()
    plate = judge(world, world.credential(MARK | {Field.PLATE: "XX-123"}))
    assert (plate.reason, plate.facts.word) == (Reason.VALID_NOTICE, Word.PLATE_ODD)
    dates = judge(world, world.credential(MARK | {Field.REGISTERED: TODAY + 300}))
    assert (dates.reason, dates.facts.word) == (Reason.VALID_NOTICE, Word.DATES_ODD)
    vin = judge(world, world.credential(MARK | {Field.VIN: "LSVAA4180E2123456"}))
    assert (vin.reason, vin.facts.notices) == (Reason.VALID, (Word.VIN_ODD,))


def test_exempt_car_is_said_to_be_exempt() -> None:
    world = World()
    young = LICENCE | {Field.REGISTERED: TODAY - 365 * 3}
    old = LICENCE | {Field.REGISTERED: TODAY - 365 * 12}
    assert judge(world, world.server_live(young)).facts.exempt is True
    assert judge(world, world.server_live(old)).facts.exempt is False
    assert judge(world, world.server_live(LICENCE)).facts.exempt is None
