"""What the terminal says of good and of bad documents, one story a test."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import (
    CheckName,
    ClockLevel,
    Family,
    Kind,
    Moment,
    Outcome,
    Reason,
    Scan,
    SecondOpinion,
    Way,
    Word,
)
from firmware.verify import policy, verifier
from firmware.verify.wire import Claim, Field, KeyField, Status, Ways
from tests.world import DAY, LICENCE, MARK, NOW, POLICE, TODAY, Key, World, judge, sign1, text

LIVE_MARK = MARK | {Field.WAYS: int(Ways.LIVE)}


@pytest.fixture
def world() -> World:
    return World()


def test_downloaded_mark_in_date_is_valid_and_says_what_was_shown(world: World) -> None:
    verdict = judge(world, world.credential())
    assert (verdict.family, verdict.reason) == (Family.GO, Reason.VALID)
    assert (verdict.facts.kind, verdict.facts.way) == (Kind.INSPECTION_MARK, Way.DOWNLOADED)
    assert verdict.facts.plate == "京A12345"
    assert verdict.facts.days == 200
    assert verdict.facts.vin_tail == "3456"
    assert verdict.facts.demo
    assert verdict.ages.status_s == 3600
    assert [check.name for check in verdict.checks] == list(CheckName)


def test_printed_mark_is_valid_and_called_printed(world: World) -> None:
    assert judge(world, world.credential(MARK | {Field.WAYS: int(Ways.PRINTED)})).facts.way is Way.PRINTED


def test_live_mark_in_two_levels_is_valid_with_its_age(world: World) -> None:
    verdict = judge(world, world.live())
    assert (verdict.reason, verdict.facts.way, verdict.ages.code_s) == (Reason.VALID, Way.LIVE, 5)


def test_vehicle_licence_made_live_by_the_server_is_valid(world: World) -> None:
    assert judge(world, world.server_live()).reason is Reason.VALID


@pytest.mark.parametrize("holder", [Key.es256(77), Key.ed25519(78)], ids=["ES256", "Ed25519"])
def test_live_layer_holds_under_either_kind_of_holder_key(holder: Key) -> None:
    assert judge(World(holder=holder), World(holder=holder).live()).reason is Reason.VALID


@pytest.mark.parametrize("issuer", [Key.es256(21), Key.ed25519(22)], ids=["ES256", "Ed25519"])
def test_each_issuer_algorithm_is_believed(issuer: Key) -> None:
    world = World(issuer=issuer)
    assert judge(world, world.credential()).reason is Reason.VALID


# --- the 60 s of a live code ---


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (0, Reason.VALID),
        (59, Reason.VALID),
        (60, Reason.CLOCK_NOT_TRUSTED),
        (61, Reason.CLOCK_NOT_TRUSTED),
        (62, Reason.CODE_STALE),
    ],
)
def test_server_code_lives_sixty_seconds_to_within_the_clocks_doubt(world: World, age: int, reason: Reason) -> None:
    assert judge(world, world.server_live(made=NOW - age), doubt=1.0).reason is reason


def test_server_code_of_61_seconds_is_stale_when_the_clock_is_sure(world: World) -> None:
    assert judge(world, world.server_live(made=NOW - 60), doubt=0).reason is Reason.VALID
    verdict = judge(world, world.server_live(made=NOW - 61), doubt=0)
    assert (verdict.family, verdict.reason, verdict.ages.code_s) == (Family.RETRY, Reason.CODE_STALE, 61)


@pytest.mark.parametrize(("age", "reason"), [(61, Reason.VALID), (75, Reason.VALID), (76, Reason.CODE_STALE)])
def test_phone_made_code_has_fifteen_more_seconds_for_the_phones_clock(world: World, age: int, reason: Reason) -> None:
    assert judge(world, world.live(made=NOW - age), doubt=0).reason is reason


@pytest.mark.parametrize(("ahead", "reason"), [(15, Reason.VALID), (16, Reason.CODE_STALE)])
def test_code_from_the_future_is_taken_only_within_the_allowance(world: World, ahead: int, reason: Reason) -> None:
    assert judge(world, world.live(made=NOW + ahead), doubt=0).reason is reason


def test_wide_clock_cannot_place_a_live_code(world: World) -> None:
    assert judge(world, world.live(), doubt=31).reason is Reason.CLOCK_NOT_TRUSTED


def test_floor_alone_still_proves_that_a_code_is_stale(world: World) -> None:
    floor = Moment(NOW, math.inf, ClockLevel.T1)

    def freshness(made: int) -> Reason | None:
        checks = judge(world, world.live(made=made), moment=floor).checks
        return next(check.reason for check in checks if check.name is CheckName.FRESHNESS)

    assert freshness(NOW - 100) is Reason.CODE_STALE
    assert freshness(NOW - 5) is Reason.CLOCK_NOT_TRUSTED


def test_floor_alone_still_proves_that_a_mark_has_expired(world: World) -> None:
    lapsed = world.credential(MARK | {Field.INSPECTED_UNTIL: TODAY - 1}, claims={Claim.NBF: NOW - 400 * DAY})
    assert judge(world, lapsed, moment=Moment(NOW, math.inf, ClockLevel.T1)).reason is Reason.EXPIRED


# --- downgrade and swaps ---


def test_mark_that_must_be_live_shown_without_its_layer_is_stripped(world: World) -> None:
    verdict = judge(world, world.credential(LIVE_MARK))
    assert (verdict.family, verdict.reason) == (Family.ALERT, Reason.STRIPPED)


def test_mark_that_may_also_be_downloaded_passes_without_its_layer(world: World) -> None:
    verdict = judge(world, world.credential(MARK | {Field.WAYS: int(Ways.LIVE | Ways.DOWNLOADED)}))
    assert (verdict.reason, verdict.facts.way) == (Reason.VALID, Way.DOWNLOADED)


def test_live_layer_of_another_holder_key_is_a_bad_signature(world: World) -> None:
    assert judge(world, world.live(holder=Key.es256(666))).reason is Reason.BAD_SIGNATURE


def test_live_layer_around_a_printed_mark_is_a_bad_signature(world: World) -> None:
    assert judge(world, world.live(world.credential())).reason is Reason.BAD_SIGNATURE


def test_inner_credential_swapped_under_a_good_layer_is_a_bad_signature(world: World) -> None:
    other = World(holder=Key.es256(31337)).credential(LIVE_MARK)
    assert judge(world, world.live(other)).reason is Reason.BAD_SIGNATURE


def test_old_live_code_inside_a_new_live_layer_is_replayed(world: World) -> None:
    verdict = judge(world, world.live(world.live(made=NOW - 600)))
    assert (verdict.family, verdict.reason) == (Family.ALERT, Reason.REPLAYED)


# --- signatures and keys ---


def test_flipped_bit_is_a_bad_signature_once_read_twice(world: World) -> None:
    cose = bytearray(world.credential())
    cose[-1] ^= 1
    assert judge(world, bytes(cose)).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("reads", "second"), [(1, SecondOpinion.AGREES), (2, SecondOpinion.DIFFERS)], ids=["read once", "decoders differ"]
)
def test_flipped_bit_is_only_unreadable_until_the_reading_is_sure(
    world: World, reads: int, second: SecondOpinion
) -> None:
    cose = bytearray(world.credential())
    cose[-1] ^= 1
    verdict = judge(world, bytes(cose), reads=reads, second=second)
    assert (verdict.reason, verdict.facts.word) == (Reason.UNREADABLE, Word.READS_DIFFER)


def test_broken_crypto_library_is_never_blamed_on_the_driver(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cose = bytearray(world.credential())
    cose[-1] ^= 1

    def broken(_alg: int) -> None:
        raise verifier.UnavailableError("the known answer does not verify")

    monkeypatch.setattr(verifier, "self_test", broken)
    verdict = judge(world, bytes(cose))
    assert (verdict.reason, verdict.facts.error) == (Reason.CANNOT_TELL, "E42")


def test_self_made_key_is_an_unknown_issuer(world: World) -> None:
    verdict = judge(world, world.credential(key=Key.es256(999)))
    assert (verdict.family, verdict.reason, verdict.facts.word) == (Family.UNSURE, Reason.UNKNOWN_ISSUER, Word.NO_KEY)


def test_self_made_key_under_a_known_kid_is_a_bad_signature(world: World) -> None:
    assert judge(world, world.credential(key=Key.es256(999, world.issuer.kid))).reason is Reason.BAD_SIGNATURE


def test_two_keys_with_one_kid_are_both_tried() -> None:
    world = World()
    twin = Key.es256(555, world.issuer.kid)
    world.more_keys.append(world.key_record(twin, ["inspection-mark"]))
    assert judge(world, world.credential(key=twin)).reason is Reason.VALID
    assert judge(world, world.credential()).reason is Reason.VALID


def test_message_that_names_another_algorithm_than_our_record_is_a_bad_signature(world: World) -> None:
    payload = world.credential()
    forged = payload.replace(bytes.fromhex("a20128"), bytes.fromhex("a20132"), 1)  # -9 -> -19
    assert forged != payload
    assert judge(world, forged).reason is Reason.BAD_SIGNATURE


def test_older_number_of_the_same_algorithm_is_read(world: World) -> None:
    key = world.issuer
    cose = world.credential(key=Key(-7, key.private, key.kid))
    assert judge(world, cose).reason is Reason.VALID


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({KeyField.USES: ["vehicle-licence"]}, Word.KEY_NOT_FOR_KIND),
        ({KeyField.REGIONS: ["31", "44"]}, Word.KEY_NOT_FOR_REGION),
        ({KeyField.SIGNS_UNTIL: NOW - 11 * DAY}, Word.KEY_ENDED),
        ({KeyField.SIGNS_FROM: NOW - 9 * DAY}, Word.KEY_ENDED),
        ({KeyField.TRUSTED_UNTIL: NOW - 60}, Word.KEY_ENDED),
        ({KeyField.USES: ["status"]}, Word.NO_KEY),
    ],
    ids=[
        "other kind",
        "other region",
        "signed after its time",
        "signed before its time",
        "no longer trusted",
        "status key",
    ],
)
def test_key_that_may_not_have_signed_this_is_an_unknown_issuer(change: dict[int, object], word: Word) -> None:
    world = World(key_changes=change)
    verdict = judge(world, world.credential())
    assert (verdict.reason, verdict.facts.word) == (Reason.UNKNOWN_ISSUER, word)


# --- dates ---


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ((TODAY + 201) * DAY - 8 * 3600 - 1, Reason.VALID_NOTICE),
        ((TODAY + 201) * DAY - 8 * 3600, Reason.EXPIRED),
    ],
    ids=["last second of the last day in Shanghai", "first second after it"],
)
def test_mark_is_good_to_the_end_of_its_last_day_in_shanghai(at: int, reason: Reason) -> None:
    world = World(status_issued=at - 3600)
    world.key_changes = {KeyField.TRUSTED_UNTIL: at + DAY}
    trust = replace(world.trust(), expires_s=at + DAY)
    verdict = verifier.verify(Scan(text(world.credential()), "t", 0), trust, Moment.exactly(at), POLICE)
    assert verdict.reason is reason


def test_expired_mark_says_by_how_many_days(world: World) -> None:
    verdict = judge(
        world, world.credential(MARK | {Field.INSPECTED_UNTIL: TODAY - 43}, claims={Claim.NBF: NOW - 400 * DAY})
    )
    assert (verdict.family, verdict.reason, verdict.facts.days) == (Family.STOP, Reason.EXPIRED, 43)


@pytest.mark.parametrize(("left", "reason"), [(90, Reason.VALID_NOTICE), (91, Reason.VALID)])
def test_mark_due_within_ninety_days_passes_with_a_notice(world: World, left: int, reason: Reason) -> None:
    verdict = judge(world, world.credential(MARK | {Field.INSPECTED_UNTIL: TODAY + left}))
    assert (verdict.reason, verdict.facts.days) == (reason, left)


def test_mark_that_begins_tomorrow_is_not_yet_valid(world: World) -> None:
    verdict = judge(world, world.credential(claims={Claim.NBF: NOW + DAY}))
    assert verdict.reason is Reason.NOT_YET_VALID


def test_copy_that_ended_before_its_document_asks_for_a_fresh_one(world: World) -> None:
    assert judge(world, world.credential(claims={Claim.EXP: NOW - 60})).reason is Reason.CODE_STALE


def test_floor_alone_cannot_say_that_a_mark_is_still_good(world: World) -> None:
    assert (
        judge(world, world.credential(), moment=Moment(NOW, math.inf, ClockLevel.T1)).reason is Reason.CLOCK_NOT_TRUSTED
    )


# --- status and letters ---


@pytest.mark.parametrize(
    ("state", "letters", "reason", "word"),
    [
        (Status.INVALID, "A", Reason.REVOKED, Word.CANCELLED),
        (Status.INVALID, "P", Reason.REVOKED, Word.VOIDED),
        (Status.SUSPENDED, "A", Reason.SUSPENDED, Word.SUSPENDED),
        (Status.SUSPENDED, "L", Reason.SUSPENDED, Word.DETAINED),
        (Status.OVERDUE, "A", Reason.SUSPENDED, Word.OVERDUE),
        (Status.EXTENDED, "A", Reason.SUSPENDED, Word.EXTENDED),
        (Status.NOTICE, "A", Reason.VALID_NOTICE, Word.VIOLATION),
        (Status.LOOK_UP_ONLINE, "A", Reason.CANNOT_TELL, Word.LOOK_UP_ONLINE),
        (Status.LOCAL, "A", Reason.CANNOT_TELL, Word.UNKNOWN_STATE),
        (7, "A", Reason.CANNOT_TELL, Word.UNKNOWN_STATE),
        (Status.VALID, "G", Reason.VALID_NOTICE, Word.VIOLATION),
        (Status.VALID, "GI", Reason.VALID_NOTICE, Word.VIOLATION),
        (Status.VALID, "LE", Reason.REVOKED, Word.CANCELLED),
        (Status.VALID, "X", Reason.CANNOT_TELL, Word.UNKNOWN_STATE),
        (Status.VALID, "AX", Reason.CANNOT_TELL, Word.UNKNOWN_STATE),
        (Status.VALID, "Q", Reason.EXPIRED, None),
        (Status.VALID, "C", Reason.WANTED, None),
        (Status.INVALID, "L", Reason.REVOKED, Word.CANCELLED),
    ],
)
def test_state_is_the_worse_of_list_and_letters_with_the_exact_word(
    state: int, letters: str, reason: Reason, word: Word
) -> None:
    world = World(states={5: state})
    verdict = judge(world, world.credential(MARK | {Field.LETTERS: letters}))
    assert (verdict.reason, verdict.facts.word) == (reason, word)


def test_wanted_is_shown_to_police_alone(world: World) -> None:
    verdict = judge(world, world.credential(MARK | {Field.LETTERS: "C"}), profile=replace(POLICE, wanted=False))
    assert (verdict.reason, verdict.facts.word) == (Reason.CANNOT_TELL, Word.LOOK_UP_ONLINE)


def test_sealed_car_may_drive_and_may_not_be_sold(world: World) -> None:
    cose = world.credential(MARK | {Field.LETTERS: "K"})
    assert judge(world, cose).reason is Reason.VALID_NOTICE
    dealer = replace(POLICE, stop_words=frozenset({Word.SEALED}))
    assert judge(world, cose, profile=dealer).reason is Reason.SUSPENDED


@pytest.mark.parametrize(
    ("age_h", "reason"),
    [(24, Reason.VALID), (25, Reason.VALID_NOTICE), (48, Reason.VALID_NOTICE), (49, Reason.DATA_TOO_OLD)],
)
def test_old_list_is_first_a_notice_and_then_cannot_tell(age_h: int, reason: Reason) -> None:
    world = World(status_issued=NOW - age_h * 3600)
    assert judge(world, world.credential(), doubt=0).reason is reason


def test_stop_from_an_old_list_stays_a_stop() -> None:
    world = World(status_issued=NOW - 20 * DAY, states={5: Status.INVALID})
    assert judge(world, world.credential()).reason is Reason.REVOKED


def test_clock_too_wide_for_the_lists_age_is_said() -> None:
    world = World(status_issued=NOW - 47 * 3600)
    verdict = judge(world, world.credential(), doubt=2 * 3600)
    assert verdict.reason is Reason.CLOCK_NOT_TRUSTED


@pytest.mark.parametrize("place", [[12, 5], [11, 64]], ids=["list not here", "index past its end"])
def test_place_on_no_list_is_cannot_tell(world: World, place: list[int]) -> None:
    verdict = judge(world, world.credential(MARK | {Field.STATUS: place}))
    assert (verdict.family, verdict.reason, verdict.facts.word) == (
        Family.UNSURE,
        Reason.DATA_TOO_OLD,
        Word.LIST_MISSING,
    )


# --- the post ---


def test_document_that_the_post_does_not_take_is_the_wrong_document(world: World) -> None:
    marks_only = replace(POLICE, accepts=(POLICE.accepts[0],))
    assert judge(world, world.server_live(), profile=marks_only).reason is Reason.WRONG_DOCUMENT


def test_way_that_the_post_does_not_take_is_named(world: World) -> None:
    live_only = replace(POLICE, accepts=((Kind.INSPECTION_MARK, (Way.LIVE,)),))
    verdict = judge(world, world.credential(), profile=live_only)
    assert (verdict.reason, verdict.facts.word) == (Reason.WRONG_DOCUMENT, Word.WAY_NOT_TAKEN)


def test_worst_family_leads_and_the_first_check_within_it() -> None:
    world = World(states={5: Status.INVALID}, status_issued=NOW - 60 * 3600)
    expired_and_revoked = world.credential(
        MARK | {Field.INSPECTED_UNTIL: TODAY - 3}, claims={Claim.NBF: NOW - 400 * DAY}
    )
    verdict = judge(world, expired_and_revoked)
    assert verdict.reason is Reason.EXPIRED
    assert {check.reason for check in verdict.checks if check.outcome is Outcome.BAD} >= {
        Reason.EXPIRED,
        Reason.REVOKED,
    }


# --- strangers, and faults of our own ---


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"JZ1",
        b"JZ1:",
        b"jz1:ABC",
        b"JZ1:A",
        b"JZ1:%%%",
        b"HC1:6BF",
        b"https://example.com",
        b"\x00\xff" * 400,
        b"JZ1:" + b"0" * 2000,
    ],
)
def test_strangers_are_no_credential_and_never_a_go(world: World, payload: bytes) -> None:
    verdict = verifier.verify(Scan(payload, "t", 0), world.trust(), Moment.exactly(NOW), POLICE)
    assert (verdict.family, verdict.reason) == (Family.RETRY, Reason.NOT_A_CREDENTIAL)


def test_bar_code_is_no_credential(world: World) -> None:
    scan = Scan(text(world.credential()), "t", 0, format="Code128")
    assert verifier.verify(scan, world.trust(), Moment.exactly(NOW), POLICE).reason is Reason.NOT_A_CREDENTIAL


def test_genuine_document_of_a_kind_from_the_future_is_cannot_tell(world: World) -> None:
    verdict = judge(world, world.credential(MARK | {Field.KIND: 99}))
    assert (verdict.family, verdict.reason, verdict.facts.word) == (Family.UNSURE, Reason.CANNOT_TELL, Word.UNSUPPORTED)


@pytest.mark.parametrize(
    "stage", ["parse_envelope", "require_known_keys", "believe", "parse_credential", "find_status"]
)
def test_exception_in_any_stage_is_cannot_tell_with_a_number_and_never_a_go(
    world: World, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("cosmic ray")

    monkeypatch.setattr(verifier, stage, explode)
    verdict = judge(world, world.credential())
    assert (verdict.family, verdict.reason, verdict.facts.error) == (Family.UNSURE, Reason.CANNOT_TELL, "E41")


def test_check_without_a_reason_never_becomes_a_go() -> None:
    for outcome in (Outcome.BAD, Outcome.UNKNOWN):
        leader = policy.leading([verifier.Check(CheckName.DATES, outcome)])
        assert leader.reason is Reason.CANNOT_TELL


_GOOD = World().credential()
_GOOD_LIVE = World().live()


@pytest.mark.parametrize("cose", [_GOOD, _GOOD_LIVE], ids=["one level", "two levels"])
@given(data=st.data())
def test_no_changed_bit_of_a_credential_ever_gives_a_go(cose: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * len(cose) - 1))
    changed = bytearray(cose)
    changed[bit // 8] ^= 1 << bit % 8
    assert judge(World(), bytes(changed)).family not in (Family.GO, Family.GO_NOTICE)


@given(st.integers(0, len(_GOOD_LIVE) - 1))
def test_no_cut_of_a_credential_ever_gives_a_go(length: int) -> None:
    assert judge(World(), _GOOD_LIVE[:length]).reason is Reason.NOT_A_CREDENTIAL


def test_trailing_byte_is_refused(world: World) -> None:
    assert judge(world, world.credential() + b"\x00").reason is Reason.NOT_A_CREDENTIAL


@given(st.binary(max_size=1600))
def test_door_answers_any_bytes(payload: bytes) -> None:
    verdict = verifier.verify(Scan(b"JZ1:" + payload, "t", 0), World().trust(), Moment.exactly(NOW), POLICE)
    assert verdict.family not in (Family.GO, Family.GO_NOTICE)


def test_signed_claims_of_wrong_type_are_cannot_tell(world: World) -> None:
    for claims in (
        {Claim.EXP: "never"},
        {Claim.EXP: -1},
        {Claim.EXP: 1 << 62},
        {Claim.CTI: b"short"},
        {Claim.CTI: 5},
        {Claim.DOCUMENT: []},
        {Claim.IAT: True},
        {99: 1},
        {Claim.NBF: NOW + 300 * DAY},
        {Claim.CNF: {}},
    ):
        verdict = judge(world, world.credential(claims=claims))
        assert verdict.family is Family.UNSURE, claims


@pytest.mark.parametrize(
    "change",
    [
        {Field.PLATE: 5},
        {Field.PLATE: ""},
        {Field.PLATE: "京A\u202e12345"},
        {Field.PLATE: "A\x0012345"},
        {Field.VIN: "SHORT"},
        {Field.LETTERS: "a"},
        {Field.LETTERS: "AA"},
        {Field.STATUS: [11]},
        {Field.STATUS: [11, -1]},
        {Field.STATUS: [11, True]},
        {Field.WAYS: 6},
        {Field.WAYS: 0},
        {Field.WAYS: 8},
        {Field.AUTHORITY: 1000000},
        {Field.INSPECTED_UNTIL: -1},
        {Field.NAME: "王*"},
        {99: "surprise"},
        {Field.KIND: True},
    ],
)
def test_signed_document_off_its_form_is_cannot_tell(world: World, change: dict[int, object]) -> None:
    assert judge(world, world.credential(MARK | change)).family is Family.UNSURE


def test_vehicle_licence_without_a_vin_is_cannot_tell(world: World) -> None:
    document = {key: value for key, value in LICENCE.items() if key != Field.VIN}
    assert judge(world, world.server_live(document)).family is Family.UNSURE


def test_server_code_that_claims_to_live_longer_is_cannot_tell(world: World) -> None:
    assert judge(world, world.server_live(life=61)).reason is Reason.CANNOT_TELL


def test_unprotected_header_is_refused(world: World) -> None:
    cose = world.credential()
    at = cose.index(b"\xa0", 5)
    assert judge(world, cose[:at] + b"\xa1\x04\x41\x00" + cose[at + 1 :]).reason is Reason.NOT_A_CREDENTIAL


def test_extra_protected_label_is_refused(world: World) -> None:
    key = world.issuer
    cose = sign1(key, {1: key.alg, 2: [4], 4: key.kid}, b"\xa0")
    assert judge(world, cose).reason is Reason.NOT_A_CREDENTIAL


def test_only_a_demo_says_demo(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = World(environment="staging")
    scan = Scan(text(staging.credential()), "t", 0, reads=2)
    trust, moment = staging.trust(), Moment.exactly(NOW)
    assert verifier.verify(scan, trust, moment, POLICE).facts.demo is False
    assert verifier.verify(replace(scan, payload=b"x"), trust, moment, POLICE).facts.demo is False

    def explode(*_: object) -> None:
        raise RuntimeError("cosmic ray")

    monkeypatch.setattr(verifier, "believe", explode)
    verdict = verifier.verify(scan, trust, moment, POLICE)
    assert (verdict.facts.demo, verdict.facts.word, verdict.decoder) == (False, Word.INTERNAL_ERROR, "t")


def test_identity_is_the_credentials_id_and_place_and_never_its_bytes(world: World) -> None:
    verdict = judge(world, world.live())
    assert verdict.identity is not None
    assert (verdict.identity.cti, verdict.identity.kid) == (bytes(range(1, 9)), world.issuer.kid)
    assert (verdict.identity.nonce, verdict.identity.status_list, verdict.identity.status_index) == (b"nonce-01", 11, 5)
    assert judge(world, world.credential()).identity.nonce is None  # type: ignore[union-attr]


def test_facts_are_those_of_the_document(world: World) -> None:
    facts = judge(world, world.server_live(LICENCE | {Field.ID_TAIL: "123X"})).facts
    assert (facts.plate_class, facts.vehicle_type, facts.use, facts.letters) == ("02", "K33", "A", "A")
    assert (facts.name, facts.id_tail, facts.issuer) == ("王*", "123X", "北京交管")
    assert facts.begins is not None
    assert facts.begins.isoformat() == "2026-06-12"
    assert facts.ends is not None
    assert facts.ends.isoformat() == "2026-12-29"
    assert (facts.more, facts.notices, facts.error, facts.matches) == (0, (), None, None)


def test_several_notices_are_all_kept_each_once() -> None:
    world = World(states={5: Status.NOTICE}, status_issued=NOW - 30 * 3600)
    verdict = judge(world, world.credential(MARK | {Field.LETTERS: "GIK"}))
    assert verdict.reason is Reason.VALID_NOTICE
    assert verdict.facts.notices == (Word.VIOLATION, Word.ACCIDENT, Word.SEALED, Word.LIST_AGEING)


def test_list_word_counts_no_further_word() -> None:
    world = World(states={5: Status.SUSPENDED})
    assert judge(world, world.credential(MARK | {Field.LETTERS: "LD"})).facts.more == 1
    assert judge(world, world.credential(MARK | {Field.LETTERS: "L"})).facts.more == 0


def test_notice_without_a_word_is_still_a_notice() -> None:
    world = World()
    world.letters["G"] = ["GO+", ""]
    verdict = judge(world, world.credential(MARK | {Field.LETTERS: "G"}))
    assert (verdict.reason, verdict.facts.word, verdict.facts.notices) == (Reason.VALID_NOTICE, None, ())
