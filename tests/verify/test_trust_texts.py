"""What is said of trust data that must not be used, word for word: an operator reads it when a bundle is refused."""

from __future__ import annotations

import sys
import zlib
from dataclasses import replace
from typing import Any

import pytest

from firmware.model import CheckName, Outcome, Reason, Word
from firmware.verify.algorithms import ALGORITHMS, ecdsa, mldsa44, sm2
from firmware.verify.algorithms.base import BadSignatureError, UnavailableError, Verifier
from firmware.verify.errors import VerifyError
from firmware.verify.rules import parse_rules
from firmware.verify.statuslist import inflate
from firmware.verify.trust import Anchor, TrustView, UntrustedError, build_view, load_key
from firmware.verify.wire import Alg, Claim, KeyField, TrustField
from firmware.verify.workdays import parse_calendar
from tests.verify.test_refusal_texts import said
from tests.verify.test_rules import body, edition
from tests.world import DAY, NOW, TODAY, Key, World, dumps, sign1

TRUST, RULES = "application/yanma-trust+cwt", "application/yanma-rules+cwt"
STATUS = "application/statuslist+cwt"
WORLD = World(anchor=Key.ed25519(1), issuer=Key.ed25519(2), lister=Key.ed25519(3), holder=Key.ed25519(4))


def build(**parts: Any) -> TrustView:
    given = {"anchors": WORLD.anchors(), "environment": "demo", "trust_cwt": WORLD.trust_cwt()}
    given |= {"rules_cwt": WORLD.rules_cwt(), "status_cwts": [WORLD.status_cwt()]}
    return build_view(**(given | parts))


def why_not(**parts: Any) -> str:
    return said(lambda: build(**parts), UntrustedError)


# --- rules and calendar ---

EDITION_FIELDS = "rules: an edition with other fields than the profile has"
NUMBER = "rules: a number that is missing or out of range"
LETTER = "rules: a letter is one character with a class and a word"
UNKNOWN_LETTER = "rules: letter 'A' has an unknown class or word"
PERIOD = "rules: an inspection period has four numbers and a yes or no"
NO_PERIOD = "rules: an inspection period of no group or no length"
NO_EDITION = "rules: no version, no edition, or too many"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (body() | {99: 1}, "rules: other fields than the profile has"),
        (body(VERSION="1"), NO_EDITION),
        (body(EDITIONS=[]), NO_EDITION),
        (body(EDITIONS={}), NO_EDITION),
        (body(EDITIONS=[edition(FROM=day) for day in range(65)]), NO_EDITION),
        (body(EDITIONS=[edition(), edition()]), "rules: editions out of order"),
        (body(EDITIONS=["x"]), EDITION_FIELDS),
        (body(EDITIONS=[{}]), EDITION_FIELDS),
        *(
            (body(EDITIONS=[edition(**change)]), why)
            for change, why in (
                ({"FROM": True}, NUMBER),
                ({"FROM": 2932897}, NUMBER),
                ({"NOTICE_DAYS": 367}, NUMBER),
                ({"VEHICLE_LETTERS": []}, "rules: the letters are no map"),
                ({"LICENCE_LETTERS": {"AB": ["GO", ""]}}, LETTER),
                ({"LICENCE_LETTERS": {1: ["GO", ""]}}, LETTER),
                ({"LICENCE_LETTERS": {"A": ["GO"]}}, LETTER),
                ({"LICENCE_LETTERS": {"A": "GO"}}, LETTER),
                ({"LICENCE_LETTERS": {"A": ["PERHAPS", ""]}}, UNKNOWN_LETTER),
                ({"LICENCE_LETTERS": {"A": [1, ""]}}, UNKNOWN_LETTER),
                ({"LICENCE_LETTERS": {"A": ["GO", "no such word"]}}, UNKNOWN_LETTER),
                ({"LICENCE_LETTERS": {"A": ["GO", 1]}}, UNKNOWN_LETTER),
                ({"CLASSES": []}, "rules: the licence classes are no map"),
                ({"CLASSES": {1: []}}, "rules: a licence class is a text with a list"),
                ({"CLASSES": {"C1": "C2"}}, "rules: a licence class is a text with a list"),
                ({"CLASSES": {"C1": [2]}}, "rules: a licence class covers something that is no class"),
                ({"PERIODS": {}}, "rules: the inspection periods are no list"),
                ({"PERIODS": [[1, 0, 12, 12]]}, PERIOD),
                ({"PERIODS": [{}]}, PERIOD),
                ({"PERIODS": [[1, 0, 12, 12, 1]]}, PERIOD),
                ({"PERIODS": [[3, 0, 12, 12, True]]}, NO_PERIOD),
                ({"PERIODS": [[1, 12, 12, 12, True]]}, NO_PERIOD),
                ({"PERIODS": [[1, 0, 12, 0, True]]}, NO_PERIOD),
                ({"PERIODS": [[1, 0, 1201, 12, True]]}, NUMBER),
            )
        ),
    ],
)
def test_rules_say_what_is_wrong(wrong: dict[int | str, Any], why: str) -> None:
    assert said(lambda: parse_rules(wrong, 0)) == why


def test_rules_of_this_table_are_good_up_to_their_limits() -> None:
    longest = edition(FROM=2932896, NOTICE_DAYS=366, PERIODS=[[1, 0, 1200, 1200, True], [2, 0, 1, 1, False]])
    parsed = parse_rules(body(EDITIONS=[*(edition(FROM=day) for day in range(63)), longest]), 5)
    assert (len(parsed.editions), parsed.version, parsed.issued_s) == (64, 1, 5)
    assert (parsed.editions[-1].from_day, parsed.editions[-1].notice_days) == (2932896, 366)
    assert [each.tested for each in parsed.editions[-1].periods] == [True, False]


YEARS, KEY_YEAR = "calendar: no map of years, or too many", "calendar: a key that is no year"
DAYS = "calendar: no list of days, or too many"
DAY_OFF = "calendar: a day that is none, twice the same, or of another year"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([], YEARS),
        ({year: [[], []] for year in range(2000, 2065)}, YEARS),
        ({"2026": [[], []]}, KEY_YEAR),
        ({1: [[], []]}, KEY_YEAR),
        ({9999: [[], []]}, KEY_YEAR),
        ({2026: [[]]}, "calendar: a year has two lists"),
        ({2026: {}}, "calendar: a year has two lists"),
        ({2026: [[], {}]}, DAYS),
        ({2026: [list(range(129)), []]}, DAYS),
        ({2026: [["x"], []]}, DAY_OFF),
        ({2026: [[TODAY, TODAY], []]}, DAY_OFF),
        ({2026: [[TODAY + 365], []]}, DAY_OFF),
    ],
)
def test_calendar_says_what_is_wrong(wrong: Any, why: str) -> None:
    assert said(lambda: parse_calendar(wrong)) == why


def test_calendar_holds_64_years_of_128_exceptions_each_up_to_both_ends_of_a_year() -> None:
    ends = (TODAY - 162, TODAY + 202)  # 1 January and 31 December 2026
    parsed = parse_calendar({year: [[], []] for year in range(2000, 2064)} | {2026: [list(ends), [TODAY]]})
    assert len(parsed.years) == 64
    assert (parsed.years[2026].off, parsed.years[2026].worked) == (frozenset(ends), frozenset({TODAY}))
    assert len(parse_calendar({2026: [[TODAY - n for n in range(128)], []]}).years[2026].off) == 128
    assert set(parse_calendar({2: [[], []], 9998: [[], []]}).years) == {2, 9998}
    for outside in (ends[0] - 1, ends[1] + 1):
        assert said(lambda day=outside: parse_calendar({2026: [[day], []]})) == DAY_OFF


# --- status lists ---


def status(**changes: Any) -> bytes:
    claims: dict[Any, Any] = {2: "urn:yanma:status:11", 4: NOW + DAY, 6: NOW - 60, 65534: 900}
    claims |= {65533: {"bits": 4, "lst": zlib.compress(bytes(8))}}
    claims |= {int(name[1:]): value for name, value in changes.items()}
    return sign1(WORLD.lister, {1: WORLD.lister.alg, 4: WORLD.lister.kid, 16: STATUS}, dumps(claims))


SUBJECT = "status list: a subject that is no list number"
INSTANT = "status list: an instant that is no number"
ORDER = "status list: instants out of range or order"
FOUR_BITS = "status list: not a list of four bits an entry"
STREAM = "status list: a stream that is cut, too long, or followed by more"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"_1": "issuer"}, "status list: other claims than the profile has"),
        ({"_2": "urn:yanma:status:011"}, SUBJECT),
        ({"_2": 11}, SUBJECT),
        ({"_4": "x"}, INSTANT),
        ({"_6": "x"}, INSTANT),
        ({"_65534": "soon"}, INSTANT),
        ({"_4": NOW - 61}, ORDER),
        ({"_6": -1}, ORDER),
        ({"_4": 253402300800}, ORDER),
        ({"_65533": []}, FOUR_BITS),
        ({"_65533": {"bits": 4}}, FOUR_BITS),
        ({"_65533": {"bits": 2, "lst": b""}}, FOUR_BITS),
        ({"_65533": {"bits": 4, "lst": "text"}}, "status list: the list is no byte string"),
        ({"_65533": {"bits": 4, "lst": b"not zlib"}}, "status list: not a zlib stream"),
        ({"_65533": {"bits": 4, "lst": zlib.compress(b"abc") + b"x"}}, STREAM),
    ],
)
def test_status_list_says_what_is_wrong(changes: dict[str, Any], why: str) -> None:
    assert why_not(status_cwts=[status(**changes)]) == why


def test_status_list_may_end_when_it_was_made_and_last_to_the_end_of_time() -> None:
    lists = build(status_cwts=[status(_4=NOW - 60), status(_2="urn:yanma:status:12", _4=253402300799)]).status
    assert (lists[11][0].expires_s, lists[12][0].expires_s) == (NOW - 60, 253402300799)


def test_status_list_that_is_a_bomb_says_so() -> None:
    assert said(lambda: inflate(zlib.compress(bytes(1001)), 1000)) == STREAM


def test_status_list_of_a_stranger_is_named_by_its_type() -> None:
    strange = replace(WORLD, lister=Key.ed25519(9))
    assert why_not(status_cwts=[strange.status_cwt()]) == f"{STATUS}: signed by a key that is not known"
    changed = bytearray(status())
    changed[-1] ^= 1
    assert why_not(status_cwts=[bytes(changed)]) == f"{STATUS}: the signature does not hold"
    early = replace(WORLD, status_issued=NOW - 500 * DAY).status_cwt()
    assert why_not(status_cwts=[early]) == "a status list made outside the dates of its key"


# --- the trust list ---


def trust_list(claims: object) -> bytes:
    return sign1(WORLD.anchor, {1: WORLD.anchor.alg, 4: WORLD.anchor.kid, 16: TRUST}, dumps(claims))


def listed(**changes: Any) -> bytes:
    own = {TrustField.VERSION: 7, TrustField.ENVIRONMENT: "demo", TrustField.KEYS: [key_record()]}
    own |= {TrustField[name]: value for name, value in changes.items()}
    return trust_list({Claim.EXP: NOW + DAY, Claim.IAT: NOW - DAY, Claim.TRUST: own})


def key_record(**changes: Any) -> dict[int, Any]:
    own = WORLD.key_record(WORLD.lister, ["status"])
    return own | {KeyField[name]: value for name, value in changes.items()}


NO_KEYS = "a trust list without keys, or with too many"
CUT = f"{TRUST}: cose: not a tagged COSE_Sign1 of four parts"


@pytest.mark.parametrize(
    ("cwt", "why"),
    [
        (b"", CUT),
        (WORLD.rules_cwt(), f"expected {TRUST}, got '{RULES}'"),
        (World(anchor=Key.ed25519(9)).trust_cwt(), f"{TRUST}: signed by a key that is not known"),
        (WORLD.trust_cwt()[:-1] + b"\x00", f"{TRUST}: the signature does not hold"),
        (trust_list([]), f"{TRUST}: other claims than expected"),
        (trust_list({Claim.EXP: NOW}), f"{TRUST}: other claims than expected"),
        (trust_list({1.5: 1}), f"{TRUST}: cbor: a key that is neither integer nor text"),
        (trust_list({Claim.EXP: NOW, Claim.IAT: NOW + 1, Claim.TRUST: {}}), f"{TRUST}: ends before it was made"),
        (trust_list({Claim.EXP: NOW, Claim.IAT: "x", Claim.TRUST: {}}), "an instant is no whole number"),
        (trust_list({Claim.EXP: 1 << 60, Claim.IAT: 1, Claim.TRUST: {}}), "an instant after the year 9999"),
        (trust_list({Claim.EXP: NOW, Claim.IAT: NOW, Claim.TRUST: []}), "the trust list is no map"),
        (
            trust_list({Claim.EXP: NOW, Claim.IAT: NOW, Claim.TRUST: {}}),
            "a trust list with other fields than the profile has",
        ),
        (listed(VERSION="1"), "version is no whole number"),
        (listed(VERSION=-1), "version is no whole number"),
        (listed(VERSION=True), "version is no whole number"),
        (listed(VERSION=6), "trust list version 6 is older than 7, seen before"),
        (
            listed(ENVIRONMENT="staging"),
            "a trust list for the environment 'staging'; this terminal is 'demo'",
        ),
        (listed(KEYS=[]), NO_KEYS),
        (listed(KEYS={}), NO_KEYS),
        (listed(KEYS=[0] * 2049), NO_KEYS),
        (listed(KEYS=[0] * 2048), "the key record is no map"),
    ],
)
def test_trust_list_says_what_is_wrong(cwt: bytes, why: str) -> None:
    assert why_not(trust_cwt=cwt, version_floor=7) == why


KEY_ID = "a key record without a key id of 8 bytes or without a key"
REGIONS = "a key record whose regions are no digit prefixes"
NAMES = "a key record without names, or with control characters in them"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"KID": b"1234567"}, KEY_ID),
        ({"KID": "12345678"}, KEY_ID),
        ({"PUBLIC": "key"}, KEY_ID),
        ({"ALG": "ES256"}, "a key record whose algorithm is no number"),
        ({"ALG": -99}, "a key for the unknown algorithm -99"),
        ({"PUBLIC": b""}, "a key that is no Ed25519 key"),
        ({"USES": []}, "a key record with unknown uses []"),
        ({"USES": ["zeal", "status", "art"]}, "a key record with unknown uses ['art', 'zeal']"),
        ({"USES": "status"}, "uses is no list of texts"),
        ({"USES": ["status", 1]}, "uses is no list of texts"),
        ({"REGIONS": []}, REGIONS),
        ({"REGIONS": ["11", "1a"]}, REGIONS),
        ({"REGIONS": ["1234567"]}, REGIONS),
        ({"REGIONS": 11}, "regions is no list of texts"),
        ({"REGIONS": ["11", 11]}, "regions is no list of texts"),
        ({"NAME_ZH": 1}, NAMES),
        ({"NAME_EN": 1}, NAMES),
        ({"NAME_ZH": "京\n"}, NAMES),
        ({"NAME_EN": "a\u202eb"}, NAMES),
        ({"SIGNS_FROM": -1}, "an instant is no whole number"),
        ({"SIGNS_UNTIL": 253402300800}, "an instant after the year 9999"),
        ({"TRUSTED_UNTIL": "x"}, "an instant is no whole number"),
    ],
)
def test_key_record_says_what_is_wrong(changes: dict[str, Any], why: str) -> None:
    assert why_not(trust_cwt=listed(KEYS=[key_record(**changes)])) == why


def test_key_record_with_another_field_says_so() -> None:
    why = "a key record with other fields than the profile has"
    assert why_not(trust_cwt=listed(KEYS=[key_record() | {99: 1}])) == why


def test_key_record_serves_to_the_limits_of_its_form() -> None:
    record = key_record(REGIONS=["", "123456"], SIGNS_UNTIL=253402300799, KID=b"87654321")
    key = build(trust_cwt=listed(KEYS=[record, key_record()]), status_cwts=[]).keys[b"87654321"][0]
    assert (key.regions, key.signs_until_s) == (("", "123456"), 253402300799)
    assert (key.name_zh, key.name_en, key.uses) == ("北京交管", "Beijing", frozenset({"status"}))
    assert (key.signs_from_s, key.trusted_until_s) == (NOW - 400 * DAY, NOW + 800 * DAY)


def test_no_anchor_for_an_environment_names_it() -> None:
    assert why_not(environment="field") == "no anchor for the environment 'field'"


def test_rules_that_are_no_rules_say_so() -> None:
    claims = {Claim.EXP: NOW + DAY, Claim.IAT: NOW, Claim.RULES: []}
    cwt = sign1(WORLD.anchor, {1: WORLD.anchor.alg, 4: WORLD.anchor.kid, 16: RULES}, dumps(claims))
    assert why_not(rules_cwt=cwt) == "the rules is no map"
    assert why_not(rules_cwt=WORLD.trust_cwt()) == f"expected {RULES}, got '{TRUST}'"


def test_view_carries_the_instants_of_its_own_trust_list() -> None:
    view = build()
    assert (view.issued_s, view.expires_s, view.rules.issued_s) == (NOW - 7200, NOW + 90 * DAY, NOW - 7200)
    assert (view.environment, view.newest_lists[0].number) == ("demo", 11)


# --- libraries and algorithms ---


def test_algorithm_says_what_does_not_work_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_signature: bytes, _data: bytes) -> None:
        raise BadSignatureError

    def accept(_signature: bytes, _data: bytes) -> None:
        return None

    def why(verifier: Verifier) -> str:
        return said(replace(ecdsa.ES256, load=lambda _public: verifier).self_test, UnavailableError)

    assert why(refuse) == "ES256: the known answer does not verify on this machine"
    assert why(accept) == "ES256: a wrong signature verifies on this machine"
    monkeypatch.setattr(sm2._library(), "EVP_DigestVerifyInit_ex", lambda *_arguments: 0)
    assert said(sm2.SM2_SM3.self_test, UnavailableError) == "this libcrypto was built without SM2 or SM3"


def test_self_test_turns_one_bit_of_the_signature_and_no_more() -> None:
    seen = []

    def note(signature: bytes, message: bytes) -> None:
        seen.append((signature, message))
        if signature != ecdsa.ES256.known_answer.signature:
            raise BadSignatureError

    replace(ecdsa.ES256, load=lambda _public: note).self_test()
    answer = ecdsa.ES256.known_answer
    (right, message), (wrong, same_message) = seen
    assert (right, message, same_message) == (answer.signature, answer.message, answer.message)
    assert int.from_bytes(right, "big") ^ int.from_bytes(wrong, "big") == 1 << (8 * 63)


def test_key_of_the_wrong_size_says_which_size_it_has() -> None:
    assert said(lambda: sm2.verifier(b""), ValueError) == "an SM2 key is a point of 65 or 33 bytes"
    assert said(lambda: sm2.verifier(b"\x04" + bytes(64)), ValueError) == "not a point of the SM2 curve"
    assert said(lambda: mldsa44.verifier(b""), ValueError) == "an ML-DSA-44 key has 1312 bytes"
    assert said(lambda: load_key(Alg.SM2_SM3, b""), UntrustedError) == "a key that is no SM2-SM3 key"


def test_library_that_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    why = "SM2 needs libcrypto.so.3 of OpenSSL 3: install the package libssl3"

    def missing(name: str) -> None:
        assert name == "libcrypto.so.3"
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(sm2.ctypes, "CDLL", missing)
    sm2._library.cache_clear()
    try:
        assert said(sm2.SM2_SM3.self_test, UnavailableError) == why
        public = ALGORITHMS[Alg.SM2_SM3].known_answer.public
        assert said(lambda: load_key(Alg.SM2_SM3, public), UntrustedError) == why
    finally:
        sm2._library.cache_clear()


def test_library_without_ml_dsa_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.mldsa", None)
    why = "ML-DSA-44 needs the cryptography of the lock file, with OpenSSL 3.5 or later: make setup"
    assert said(mldsa44.ML_DSA_44.self_test, UnavailableError) == why


def test_anchor_whose_key_is_none_is_refused_by_the_name_of_its_algorithm() -> None:
    own = WORLD.anchors()[0]
    bad = Anchor(own.environment, own.name, own.kid, own.alg, b"", own.uses)
    assert why_not(anchors=[bad]) == "a key that is no Ed25519 key"


# --- what stops the judging ---


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (VerifyError(CheckName.FORMAT, Reason.REPLAYED), "format: REPLAYED"),
        (
            VerifyError(CheckName.ISSUER, Reason.UNKNOWN_ISSUER, Word.NO_KEY, Outcome.UNKNOWN),
            "issuer: UNKNOWN_ISSUER (no-key)",
        ),
    ],
)
def test_error_of_the_verifier_names_check_reason_and_word_for_the_log(error: VerifyError, text: str) -> None:
    assert str(error) == text


def test_error_of_the_verifier_is_a_no_unless_said_otherwise() -> None:
    error = VerifyError(CheckName.FORMAT, Reason.REPLAYED)
    assert (error.check, error.reason, error.word, error.outcome) == (
        CheckName.FORMAT,
        Reason.REPLAYED,
        None,
        Outcome.BAD,
    )
