"""Every claim and every field of every kind, with every wrong value: a genuine signature never makes nonsense pass.

The wrong values are spliced in as encoded bytes, so that floats, tags and indefinite lengths come too. The issuer signs it all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import cbor2
import pytest

from firmware.model import ClockLevel, Family, Moment, Reason, Scan, Verdict, Word
from firmware.verify.document import parse_document
from firmware.verify.kinds import KINDS
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from firmware.verify.wire import KIND_OF_CODE, MAX_DAY, MAX_NUMERIC_DATE, Claim, DelegationField, Field, Ways
from tests.hostile.shapes import bstr, head, tstr
from tests.world import DELEGATED, DRIVER, LICENCE, MARK, NOW, POLICE, TAG, TODAY, World, dumps, sign1, text

WORLD: Final = World()
GOOD: Final = (Family.GO, Family.GO_NOTICE)

#: Encoded values that no field of any form takes: the strict reader refuses them before their field is looked at.
NO_CBOR_OF_OURS: Final = {
    "float-16": b"\xf9\x3c\x00",
    "float-32": b"\xfa\x3f\x80\x00\x00",
    "float-64": b"\xfb\x3f\xf0" + bytes(6),
    "infinity": b"\xf9\x7c\x00",
    "not-a-number": b"\xf9\x7e\x00",
    "undefined": b"\xf7",
    "simple-16": b"\xf0",
    "simple-255": b"\xf8\xff",
    "tag-0": b"\xc0" + tstr(b"2026-06-12T00:00:00Z"),
    "tag-1": b"\xc1\x1a\x6a\x2a\x00\x00",
    "bignum": b"\xc2\x41\x01",
    "tag-100-day": b"\xd8\x64\x19\x50\x00",
    "long-int-1": b"\x18\x01",
    "long-int-2": b"\x19\x00\x01",
    "long-int-8": b"\x1b" + bytes(7) + b"\x01",
    "indefinite-text": b"\x7f\x61A\xff",
    "indefinite-bytes": b"\x5f\x41\x01\xff",
    "indefinite-array": b"\x9f\x01\xff",
    "indefinite-map": b"\xbf\xff",
    "text-not-utf-8": b"\x62\xff\xfe",
    "text-cut-inside-a-character": b"\x62\xe4\xba",
    "text-surrogate": b"\x63\xed\xa0\x80",
    "text-overlong-slash": b"\x62\xc0\xaf",
    "bytes-key": b"\xa1\x41\x01\x01",
    "key-twice": b"\xa2\x01\x01\x01\x01",
    "keys-out-of-order": b"\xa2\x02\x01\x01\x01",
    "deep": b"\x81" * 20 + b"\x01",
    "length-lie": b"\x5b" + b"\x7f" * 8,
    "array-lie": b"\x9a\xff\xff\xff\xff",
}
_ANY: Final[list[Any]] = [None, False, True, [], {}, [1], {1: 1}, ["A"], {"A": 1}]
_NUMBERS: Final = [
    0,
    1,
    -1,
    23,
    24,
    255,
    256,
    1 << 31,
    1 << 32,
    1 << 53,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
    -(1 << 63),
    -(1 << 64),
]
_TEXTS: Final = [
    "",
    "x",
    "x" * 33,
    "京A12345\x00",
    "\x00",
    "\u202e54321A京",
    "\u2066京A12345\u2069",
    "京\u200bA12345",
    "\ufeff京A12345",
    "京A12345\n",
    "京A\x1b[2J",
    "\u061c京A12345",
    "\u00adA",
    "\ud7ff\u2028",
]
_BYTES: Final = [b"", b"A", bytes(7), bytes(9), bytes(64)]
NOT_A_NUMBER: Final = [*_ANY, *_TEXTS, *_BYTES]
NOT_A_TEXT: Final = [*_ANY, *_NUMBERS, *_BYTES]
FORBIDDEN_TEXTS: Final = ["", "x" * 33, *_TEXTS[3:]]
NOT_BYTES: Final = [*_ANY, *_NUMBERS, *_TEXTS]
OVER_A_DAY: Final = [-1, MAX_DAY + 1, 1 << 31, 1 << 63, (1 << 64) - 1, -(1 << 64)]

_DAY: Final = [*NOT_A_NUMBER, *OVER_A_DAY]
_TEXT: Final = [*NOT_A_TEXT, *FORBIDDEN_TEXTS]
_PLACES: Final = [
    *_ANY,
    *_NUMBERS,
    *_TEXTS,
    *_BYTES,
    [11],
    [11, 5, 0],
    [-1, 5],
    [11, -1],
    ["11", 5],
    [11, "5"],
    [None, 5],
    [True, 5],
    [11, False],
    [11, [5]],
    [11, 1 << 40],
    [1 << 64 - 1, 5],
]
#: Field -> values that it never takes, whatever the kind.
WRONG: Final[Mapping[int, list[Any]]] = {
    Field.KIND: [*NOT_A_NUMBER, 0, 6, -1, 255, (1 << 64) - 1],
    Field.WAYS: [*NOT_A_NUMBER, 0, 6, 7, 8, -1, 255, (1 << 64) - 1],
    Field.STATUS: _PLACES,
    Field.LETTERS: [*_TEXT, "AA", "a", "1", "Ａ", "A ", "ABCDEFGHI", "É"],
    Field.PLATE: _TEXT,
    Field.PLATE_CLASS: [*_TEXT, "02002"],
    Field.VIN: [*_TEXT, "LSVAA4184E212345", "LSVAA4184E21234567"],
    Field.VEHICLE_TYPE: [*_TEXT, "K" * 17],
    Field.USE: [*_TEXT, "A" * 17],
    Field.REGISTERED: _DAY,
    Field.INSPECTED_UNTIL: _DAY,
    Field.AUTHORITY: [*NOT_A_NUMBER, -1, 1000000, (1 << 64) - 1],
    Field.NAME: _TEXT,
    Field.ID_TAIL: [*_TEXT, "12345"],
    Field.VALID_UNTIL: _DAY,
    Field.CLASSES: [*_TEXT, "c1", "Z1", "C1C1", "C1 ", "C7", "1C"],
    Field.FIRST_ISSUED: _DAY,
    Field.MEDICAL_UNTIL: _DAY,
    Field.PROBATION_UNTIL: _DAY,
    Field.DELEGATION: [*_ANY, *_NUMBERS, *_TEXTS, *_BYTES],
    Field.BAR_CODE: [*_TEXT, "123", "1" * 33],
    Field.TAG_ID: [*NOT_BYTES, b"", bytes(7), bytes(9)],
    Field.INSURED_UNTIL: _DAY,
}
WRONG_IN_DELEGATION: Final[Mapping[int, list[Any]]] = {
    DelegationField.GRANTEE: _TEXT,
    DelegationField.ID_TAIL: [*_TEXT, "12345"],
    DelegationField.PURPOSES: [
        *[value for value in _ANY if value != ["A"]],
        *_NUMBERS,
        *_TEXTS,
        *_BYTES,
        [""],
        ["A", "A"],
        ["A", 1],
        ["A", None],
        [b"A"],
        [["A"]],
        ["A"] * 5,
        ["x" * 17],
        ["A\u202e"],
        ["1", "2", "3", "4", "5"],
    ],
    DelegationField.FROM: _DAY,
    DelegationField.UNTIL: [*_DAY, TODAY - 2],
    DelegationField.STATUS: _PLACES,
    DelegationField.SLOT: [*NOT_A_NUMBER, 0, 256, -1, (1 << 64) - 1],
}
_INSTANT: Final = [*NOT_A_NUMBER, -1, MAX_NUMERIC_DATE + 1, 1 << 63, (1 << 64) - 1, -(1 << 64)]
_X, _Y = WORLD.holder.cnf[1][-2], WORLD.holder.cnf[1][-3]
_COSE_KEYS: Final[list[Any]] = [
    {1: 2, -1: 1, -2: _X},
    {1: 2, -1: 1, -3: _Y},
    {-1: 1, -2: _X, -3: _Y},
    {1: 2, -2: _X, -3: _Y},
    {1: 2, -1: 1, -2: _X, -3: _Y, 3: -9},
    {1: 2, -1: 1, -2: _X, -3: 1},
    {1: 2, -1: 1, -2: _X, -3: _X},
    {1: 2, -1: 1, -2: _X, -3: None},
    {1: 2, -1: 1, -2: _X[:31], -3: _Y},
    {1: 2, -1: 1, -2: b"\x00" + _X, -3: _Y},
    {1: 2, -1: 1, -2: b"\xff" * 32, -3: _Y},
    {1: 2, -1: 1, -2: _X.hex(), -3: _Y},
    {1: "EC2", -1: "P-256", -2: _X, -3: _Y},
    {1: 2, -1: 2, -2: _X, -3: _Y},
    {1: 2, -1: 6, -2: _X, -3: _Y},
    {1: 1, -1: 6, -2: _X, -3: _Y},
    {1: 1, -1: 6, -2: b""},
    {1: 1, -1: 4, -2: _X},
    {1: 4, -1: _X},
    {1: True, -1: 6, -2: _X},
    {1: 2, -1: True, -2: _X, -3: _Y},
    {1: 2, -1: -65537, -2: b"\xff" * 32, -3: True},
    {},
]
WRONG_CLAIMS: Final[Mapping[int, list[Any]]] = {
    Claim.EXP: [*_INSTANT, 0, NOW - 10 * 86400],
    Claim.NBF: [*_INSTANT, MAX_NUMERIC_DATE],
    Claim.IAT: _INSTANT,
    Claim.CTI: [*NOT_BYTES, b"", bytes(7), bytes(9), bytes(64)],
    Claim.CNF: [
        *_ANY,
        *_NUMBERS,
        *_TEXTS,
        *_BYTES,
        {2: WORLD.holder.cnf[1]},
        {3: bytes(8)},
        {1: WORLD.holder.cnf[1], 3: bytes(8)},
        {1: []},
        {1: None},
        {1: 1},
        {1: bytes(32)},
        *({1: key} for key in _COSE_KEYS),
    ],
    Claim.DOCUMENT: [*_ANY, *_NUMBERS, *_TEXTS, *_BYTES],
}
FULL: Final[Mapping[int, dict[int, Any]]] = {
    1: MARK | {Field.VEHICLE_TYPE: "K33", Field.USE: "A", Field.REGISTERED: TODAY - 900, Field.TAG_ID: bytes(8)},
    2: DRIVER | {Field.MEDICAL_UNTIL: TODAY + 9, Field.PROBATION_UNTIL: TODAY - 9},
    3: LICENCE | {Field.REGISTERED: TODAY - 900, Field.ID_TAIL: "123X", Field.TAG_ID: bytes(8)},
    4: DELEGATED | {Field.REGISTERED: TODAY - 900, Field.ID_TAIL: "123X", Field.TAG_ID: bytes(8)},
    5: TAG | {Field.VEHICLE_TYPE: "K33", Field.USE: "A", Field.REGISTERED: TODAY - 900},
}


@pytest.fixture(scope="module")
def trust() -> TrustView:
    return WORLD.trust()


def encoded(items: Mapping[int, bytes]) -> bytes:
    """A map of encoded values in bytewise order of its keys."""
    pairs = sorted((dumps(key), value) for key, value in items.items())
    return head(5, len(pairs)) + b"".join(key + value for key, value in pairs)


def claims_of(document: bytes, **changes: bytes) -> dict[int, bytes]:
    claims: dict[int, Any] = {
        Claim.EXP: NOW + 86400,
        Claim.NBF: NOW - 10 * 86400,
        Claim.IAT: NOW - 10 * 86400,
        Claim.CTI: bytes(8),
    }
    return {key: dumps(value) for key, value in claims.items()} | {
        Claim.CNF: dumps(WORLD.holder.cnf),
        Claim.DOCUMENT: document,
    }


def judge(payload: bytes, trust: TrustView) -> Verdict:
    """The verdict under the issuer's good signature, inside the holder's good layer."""
    key = WORLD.issuer
    inner = sign1(key, {1: key.alg, 4: key.kid}, payload)
    return verify(Scan(text(WORLD.live(inner)), "hostile", 0.0, reads=2), trust, Moment.exactly(NOW), POLICE)


def document_of(code: int, changes: Mapping[int, bytes]) -> bytes:
    fields = {key: dumps(value) for key, value in FULL[code].items()} | {Field.WAYS: dumps(int(Ways.LIVE))}
    return encoded(fields | changes)


def require_refused(verdict: Verdict, what: object) -> None:
    assert (verdict.reason, verdict.facts.error) == (Reason.CANNOT_TELL, None), what
    assert verdict.facts.word in (Word.MALFORMED, Word.UNSUPPORTED), what


def wrong_values(values: list[Any]) -> Iterator[bytes]:
    yield from (dumps(value) for value in values)
    yield from NO_CBOR_OF_OURS.values()


def test_documents_that_all_is_made_from_are_complete_and_good(trust: TrustView) -> None:
    for code, kind in KIND_OF_CODE.items():
        fields = KINDS[kind].fields
        assert set(FULL[code]) == fields.most, "every field that this kind may have is attacked"
        parse_document(FULL[code], kind, fields)
        assert judge(encoded(claims_of(document_of(code, {}))), trust).reason in (
            Reason.VALID, Reason.VALID_NOTICE, Reason.WRONG_DOCUMENT
        )  # fmt: skip
    assert set(WRONG) == set(Field)
    assert set(WRONG_IN_DELEGATION) == set(DelegationField)


@pytest.mark.parametrize("code", FULL)
@pytest.mark.parametrize("field", Field, ids=lambda field: field.name)
def test_field_takes_no_wrong_value(code: int, field: Field, trust: TrustView) -> None:
    """A field that the kind does not have is refused with a good value too."""
    for value in wrong_values(WRONG[field]):
        verdict = judge(encoded(claims_of(document_of(code, {field: value}))), trust)
        require_refused(verdict, (field, value.hex()))
    if field not in FULL[code]:
        good = next(full[field] for full in FULL.values() if field in full)
        require_refused(judge(encoded(claims_of(document_of(code, {field: dumps(good)}))), trust), field)


@pytest.mark.parametrize("field", DelegationField, ids=lambda field: field.name)
def test_delegation_takes_no_wrong_value(field: DelegationField, trust: TrustView) -> None:
    good = {key: dumps(value) for key, value in DELEGATED[Field.DELEGATION].items()}
    for value in wrong_values(WRONG_IN_DELEGATION[field]):
        document = document_of(4, {Field.DELEGATION: encoded(good | {field: value})})
        require_refused(judge(encoded(claims_of(document)), trust), (field, value.hex()))
    for body in ({key: value for key, value in good.items() if key != field}, good | {99: b"\x01"}):
        document = document_of(4, {Field.DELEGATION: encoded(body)})
        require_refused(judge(encoded(claims_of(document)), trust), field)


@pytest.mark.parametrize("claim", WRONG_CLAIMS, ids=lambda claim: Claim(claim).name)
def test_claim_takes_no_wrong_value(claim: Claim, trust: TrustView) -> None:
    good = claims_of(document_of(1, {}))
    for value in wrong_values(WRONG_CLAIMS[claim]):
        require_refused(judge(encoded(good | {claim: value}), trust), (claim, value.hex()))


@pytest.mark.parametrize("code", FULL)
def test_document_without_one_field_or_with_one_more_is_refused(code: int, trust: TrustView) -> None:
    good = cbor2.loads(document_of(code, {}))
    for field in KINDS[KIND_OF_CODE[code]].fields.least:  # type: ignore[index]
        rest = {key: dumps(value) for key, value in good.items() if key != field}
        require_refused(judge(encoded(claims_of(encoded(rest))), trust), field)
    for key in (0, 22, 29, 32, 255, 70001, -1, -70001, "plate", "5", ""):
        require_refused(judge(encoded(claims_of(document_of(code, {key: b"\x01"}))), trust), key)  # type: ignore[dict-item]


def test_claims_without_one_claim_or_with_one_more_are_refused(trust: TrustView) -> None:
    good = claims_of(document_of(1, {}))
    for claim in good:
        rest = {key: value for key, value in good.items() if key != claim}
        require_refused(judge(encoded(rest), trust), claim)
    for key in (1, 2, 3, 9, 10, 38, 65533, 65535, -70000, -70002, -70003, "exp", "vc"):
        require_refused(judge(encoded(good | {key: b"\x01"}), trust), key)  # type: ignore[dict-item]


@pytest.mark.parametrize("how", ["twice", "out-of-order"])
def test_keys_twice_or_out_of_order_are_refused_at_every_place(how: str, trust: TrustView) -> None:
    document = FULL[1] | {Field.WAYS: int(Ways.LIVE)}
    fields = sorted((dumps(int(key)), dumps(value)) for key, value in document.items())
    claims = sorted((dumps(int(key)), value) for key, value in claims_of(document_of(1, {})).items())

    def disturbed(pairs: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
        for place in range(len(pairs) - 1):
            changed = list(pairs)
            changed[place + 1 : place + 1] = [pairs[place]] if how == "twice" else []
            if how == "out-of-order":
                changed[place : place + 2] = [pairs[place + 1], pairs[place]]
            yield head(5, len(changed)) + b"".join(key + value for key, value in changed)

    for payload in disturbed(claims):
        require_refused(judge(payload, trust), payload.hex())
    for body in disturbed(fields):
        require_refused(judge(encoded(claims_of(body)), trust), body.hex())


@pytest.mark.parametrize("instant", [0, 1, 86400, MAX_NUMERIC_DATE - 1, MAX_NUMERIC_DATE])
@pytest.mark.parametrize("claim", [Claim.EXP, Claim.NBF, Claim.IAT], ids=lambda claim: claim.name)
def test_instants_at_the_ends_of_time_get_an_answer(claim: Claim, instant: int, trust: TrustView) -> None:
    verdict = judge(encoded(claims_of(document_of(1, {})) | {claim: dumps(instant)}), trust)
    assert verdict.facts.error is None


@pytest.mark.parametrize("day", [0, 1, MAX_DAY - 1, MAX_DAY])
@pytest.mark.parametrize("code", FULL)
def test_days_at_the_ends_of_time_get_an_answer(code: int, day: int, trust: TrustView) -> None:
    days = [field for field, wrong in WRONG.items() if wrong is _DAY and field in FULL[code]]
    for field in days:
        verdict = judge(encoded(claims_of(document_of(code, {field: dumps(day)}))), trust)
        assert verdict.facts.error is None, field


@pytest.mark.parametrize("claim", [6, 10, -70002], ids=["iat", "nonce", "credential"])
def test_live_layer_takes_no_wrong_value(claim: int, trust: TrustView) -> None:
    good = {6: dumps(NOW - 5), 10: bstr(bytes(8)), -70002: bstr(WORLD.credential(MARK | {2: int(Ways.LIVE)}))}
    wrong = {6: _INSTANT, 10: [*NOT_BYTES, *_BYTES], -70002: [*NOT_BYTES, *_BYTES]}[claim]
    for value in wrong_values(wrong):
        layer = sign1(WORLD.holder, {1: WORLD.holder.alg}, encoded(good | {claim: value}))
        verdict = verify(Scan(text(layer), "hostile", 0.0, reads=2), trust, Moment.exactly(NOW), POLICE)
        assert (verdict.reason, verdict.facts.word) == (Reason.NOT_A_CREDENTIAL, Word.MALFORMED), value.hex()
    for body in ({key: value for key, value in good.items() if key != claim}, good | {4: b"\x01"}):
        layer = sign1(WORLD.holder, {1: WORLD.holder.alg}, encoded(body))
        verdict = verify(Scan(text(layer), "hostile", 0.0, reads=2), trust, Moment.exactly(NOW), POLICE)
        assert verdict.reason is Reason.NOT_A_CREDENTIAL


@pytest.mark.parametrize(
    "moment", [(0.0, 0.0), (0.0, math.inf), (NOW - 1e9, NOW + 1e9), (MAX_NUMERIC_DATE, MAX_NUMERIC_DATE)]
)
def test_any_moment_gets_an_answer(moment: tuple[float, float], trust: TrustView) -> None:
    at = Moment(*moment, ClockLevel.T3)
    for code in FULL:
        inner = sign1(
            WORLD.issuer, {1: WORLD.issuer.alg, 4: WORLD.issuer.kid}, encoded(claims_of(document_of(code, {})))
        )
        verdict = verify(Scan(text(WORLD.live(inner)), "hostile", 0.0, reads=2), trust, at, POLICE)
        assert (verdict.facts.error, verdict.family in GOOD) == (None, False)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, MAX_DAY), (MAX_DAY, MAX_DAY), (TODAY, MAX_DAY)])
def test_delegation_at_the_ends_of_time_gets_an_answer(first: int, last: int, trust: TrustView) -> None:
    days = {DelegationField.FROM: dumps(first), DelegationField.UNTIL: dumps(last)}
    good = {key: dumps(value) for key, value in DELEGATED[Field.DELEGATION].items()}
    document = document_of(4, {Field.DELEGATION: encoded(good | days)})
    verdict = judge(encoded(claims_of(document)), trust)
    assert (verdict.facts.error, verdict.family in GOOD) == (None, False)
