"""What the parsers say of bytes they refuse, word for word: `yanma doctor` and `yanma sync check` show it to an operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from firmware.verify import base45, cbor
from firmware.verify.cose import parse_sign1
from firmware.verify.credential import Believed, UnsupportedError, parse_credential
from firmware.verify.envelope import ForeignCodeError, NestedLiveError, parse_envelope
from firmware.verify.errors import MalformedError
from firmware.verify.wire import Claim, Field, Ways
from tests.world import DAY, DELEGATED, DRIVER, LICENCE, MARK, NOW, TAG, TODAY, Key, World, dumps, sign1

WORLD = World(anchor=Key.ed25519(1), issuer=Key.ed25519(2), lister=Key.ed25519(3), holder=Key.ed25519(4))


def said(call: Callable[[], object], error: type[Exception] = MalformedError) -> str:
    """The text of exactly this error."""
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"BB8A", "base45: a length of 3n + 1 cannot come from bytes"),
        (b"ab8", "base45: a character outside the alphabet"),
        (b"GGX", "base45: three characters stand for more than 65535"),
        (b"V5", "base45: two characters stand for more than 255"),
    ],
)
def test_base45_says_what_is_wrong(text: bytes, why: str) -> None:
    assert said(lambda: base45.decode(text)) == why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "cbor: ends too early"),
        ("1900", "cbor: ends too early"),
        ("a101", "cbor: ends too early"),
        ("590402" + "00" * 1026, "cbor: longer than allowed"),
        ("0000", "cbor: bytes left over"),
        ("9f01ff", "cbor: indefinite or reserved length"),
        ("1817", "cbor: not the shortest form"),
        ("4401", "cbor: a length runs past the end"),
        ("a16401", "cbor: a length runs past the end"),
        ("c001", "cbor: a tag, a float, or a simple value that is not allowed"),
        ("81" * 7 + "00", "cbor: nested too deep"),
        ("9880" + "00" * 128, "cbor: too many items"),
        ("61ff", "cbor: text that is not UTF-8"),
        ("a161ff00", "cbor: text that is not UTF-8"),
        ("a1410100", "cbor: a key that is neither integer nor text"),
        ("a201020103", "cbor: keys twice or out of order"),
    ],
)
def test_cbor_says_what_is_wrong(data: str, why: str) -> None:
    assert said(lambda: cbor.decode(bytes.fromhex(data))) == why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "cbor: ends too early"),
        ("5903", "cbor: ends too early"),
        ("6161", "cbor: expected a byte string"),
        ("4401", "cbor: a length runs past the end"),
    ],
)
def test_byte_string_says_what_is_wrong(data: str, why: str) -> None:
    assert said(lambda: cbor.read_bytes(bytes.fromhex(data), 0)) == why


def test_head_over_64_bits_says_so() -> None:
    assert said(lambda: cbor.encode_head(0, 1 << 64), ValueError) == "cbor: an argument over 64 bits"


GOOD = sign1(WORLD.issuer, {1: WORLD.issuer.alg, 4: WORLD.issuer.kid}, b"\xa0")
HEADER = GOOD[2:16]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD + bytes(1024), "cose: longer than allowed"),
        (GOOD[1:], "cose: not a tagged COSE_Sign1 of four parts"),
        (GOOD[:2] + HEADER + b"\xa1\x04\x41\x00\x41\xa0\x40", "cose: the unprotected header is not empty"),
        (GOOD + b"\x00", "cose: bytes left over"),
        (GOOD[:2] + HEADER + b"\xa0\x40\x58\x40" + bytes(64), "cose: no payload"),
        (GOOD[:2] + b"\x41\x80\xa0\x41\xa0\x40", "cose: other header labels than the profile has"),
        (sign1(WORLD.issuer, {1: -8}, b"\xa0"), "cose: other header labels than the profile has"),
    ],
)
def test_signed_message_says_what_is_wrong(data: bytes, why: str) -> None:
    assert said(lambda: parse_sign1(data, (frozenset({1, 4}),))) == why


def live_layer(**changes: Any) -> bytes:
    claims = {6: NOW, 10: b"12345678", -70002: GOOD} | {int(key[1:]): value for key, value in changes.items()}
    return sign1(WORLD.holder, {1: WORLD.holder.alg}, dumps(claims))


def issued(header: Mapping[int, Any], size: int = 64) -> bytes:
    return sign1(WORLD.issuer, header, b"\xa0", signature=bytes(size))


KID = WORLD.issuer.kid
OTHER_CLAIMS = "the live layer has other claims than iat, nonce and the credential"


@pytest.mark.parametrize(
    ("cose", "why"),
    [
        (issued({1: -8, 4: b"1234567"}), "the key id has the wrong size"),
        (issued({1: -8, 4: "12345678"}), "the key id has the wrong size"),
        (issued({1: -8, 4: KID}, 63), "the signature has the wrong size"),
        (issued({1: "ES256", 4: KID}), "the algorithm is not an integer"),
        (live_layer(_6=-1), "the live layer's iat is not an instant"),
        (live_layer(_6=253402300800), "the live layer's iat is not an instant"),
        (live_layer(_10=b"1234567"), "the live layer's nonce has the wrong size"),
        (live_layer(_70002=""), OTHER_CLAIMS),
        (sign1(WORLD.holder, {1: -8}, b"\x80"), OTHER_CLAIMS),
        (
            sign1(WORLD.holder, {1: -8}, dumps({6: 1, 10: b"12345678", -70002: "x"})),
            "the live layer holds no credential",
        ),
    ],
)
def test_envelope_says_what_is_wrong(cose: bytes, why: str) -> None:
    assert said(lambda: parse_envelope(b"JZ1:" + base45.encode(cose))) == why


def test_envelope_names_a_foreign_code_a_long_one_and_a_nested_one() -> None:
    nested = sign1(WORLD.holder, {1: -8}, dumps({6: NOW, 10: b"12345678", -70002: live_layer()}))
    assert said(lambda: parse_envelope(b"JZ2:"), ForeignCodeError) == "not a code of this profile"
    assert said(lambda: parse_envelope(b"JZ1:" + b"0" * 1537)) == "longer than a code may be"
    nested_code = b"JZ1:" + base45.encode(nested)
    assert said(lambda: parse_envelope(nested_code), NestedLiveError) == "a live layer around a live layer"


KEY = WORLD.trust().keys[WORLD.issuer.kid][0]


def parse(document: Mapping[int, Any], claims: Mapping[int, Any] | None = None, drop: tuple[int, ...] = ()) -> None:
    signed = parse_sign1(WORLD.credential(document, claims=claims, drop=drop), (frozenset({1, 4}),))
    parse_credential(Believed(signed.payload, None, KEY))


LIVE_MARK = MARK | {Field.WAYS: int(Ways.LIVE)}
HOLDER = WORLD.holder.cnf[1]
FORM = "a holder key of a form that the profile does not have"
COORDINATES = "a holder key whose coordinates have the wrong form"
POINT = Key.es256(9).cnf[1]


@pytest.mark.parametrize(
    ("document", "claims", "why"),
    [
        (MARK, {99: 1}, "other claims than the profile has"),
        (MARK, {Claim.DOCUMENT: []}, "other claims than the profile has"),
        (MARK, {Claim.CTI: b"1234567"}, "the credential id has the wrong size"),
        (MARK, {Claim.CTI: "12345678"}, "the credential id has the wrong size"),
        (MARK, {Claim.EXP: NOW, Claim.NBF: NOW}, "the credential ends before it begins"),
        (MARK, {Claim.IAT: -1}, "an instant that is none"),
        (MARK, {Claim.IAT: 253402300800}, "an instant that is none"),
        (MARK, {Claim.CNF: WORLD.holder.cnf}, "a holder key on a document that is never shown live"),
        (LIVE_MARK, {Claim.CNF: {1: HOLDER, 2: HOLDER}}, "the holder key is not one COSE_Key"),
        (LIVE_MARK, {Claim.CNF: {1: []}}, "the holder key is not one COSE_Key"),
        (LIVE_MARK, {Claim.CNF: {1: HOLDER | {-1: 7}}}, FORM),
        (LIVE_MARK, {Claim.CNF: {1: HOLDER | {-3: True}}}, FORM),
        (LIVE_MARK, {Claim.CNF: {1: HOLDER | {1: True}}}, FORM),
        (LIVE_MARK, {Claim.CNF: {1: POINT | {-1: True}}}, FORM),
        (LIVE_MARK, {Claim.CNF: {1: HOLDER | {-2: bytes(31)}}}, COORDINATES),
        (LIVE_MARK, {Claim.CNF: {1: POINT | {-3: bytes(32)}}}, COORDINATES),
        (LIVE_MARK, {Claim.CNF: {1: POINT | {-2: b"\xff" * 32}}}, "a holder key that is not on its curve"),
    ],
)
def test_credential_says_what_is_wrong(document: Mapping[int, Any], claims: Mapping[int, Any], why: str) -> None:
    assert said(lambda: parse(document, claims)) == why


def test_credential_shown_live_needs_a_holder_or_a_short_life() -> None:
    why = "shown live, with neither a holder key nor a life of 60 s"
    assert said(lambda: parse(LIVE_MARK, drop=(Claim.CNF,))) == why
    short = {Claim.NBF: NOW, Claim.EXP: NOW + 60}
    parse(LIVE_MARK, short, (Claim.CNF,))
    assert said(lambda: parse(LIVE_MARK, short | {Claim.EXP: NOW + 61}, (Claim.CNF,))) == why


def test_claims_that_are_no_map_are_named() -> None:
    assert said(lambda: parse_credential(Believed(b"\x80", None, KEY))) == "the claims are no map"


def test_unknown_kind_is_newer_than_the_firmware_and_not_wrong() -> None:
    why = "a kind of document that this firmware does not know"
    assert said(lambda: parse(MARK | {Field.KIND: 200}), UnsupportedError) == why


FIELDS = "the document lacks a field of its kind, or has one too many"
NUMBER = "a number of the document is missing or out of range"
LENGTH = "a text of the document is missing or has the wrong length"
LETTERS = "state letters that are no letters, or twice the same"
CLASSES = "licence classes that are none, or twice the same"
DELEGATION = DELEGATED[Field.DELEGATION]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (MARK | {Field.KIND: "1"}, "a document that names no kind"),
        (MARK | {99: 1}, FIELDS),
        ({key: value for key, value in MARK.items() if key != Field.PLATE}, FIELDS),
        (MARK | {Field.WAYS: 6}, "ways of showing that exclude each other, or none"),
        (MARK | {Field.WAYS: False}, "ways of showing that exclude each other, or none"),
        (MARK | {Field.STATUS: [1]}, "the status place is not [list, index]"),
        (MARK | {Field.STATUS: [1, -1]}, NUMBER),
        (MARK | {Field.AUTHORITY: True}, NUMBER),
        (MARK | {Field.PLATE: ""}, LENGTH),
        (MARK | {Field.PLATE: b"x"}, LENGTH),
        (MARK | {Field.PLATE: "京\u202eA1"}, "a text of the document has a control or direction character"),
        (MARK | {Field.LETTERS: "a"}, LETTERS),
        (MARK | {Field.LETTERS: "AA"}, LETTERS),
        (DRIVER | {Field.CLASSES: "C1X"}, CLASSES),
        (DRIVER | {Field.CLASSES: "C1C1"}, CLASSES),
        (TAG | {Field.TAG_ID: b"1234567"}, "a tag id of the wrong size"),
        (DELEGATED | {Field.DELEGATION: {}}, "a delegation with other fields than the profile has"),
        (DELEGATED | {Field.DELEGATION: DELEGATION | {3: []}}, "a delegation for no purpose, or for too many"),
        (
            DELEGATED | {Field.DELEGATION: DELEGATION | {5: TODAY - 2}},
            "a delegation that ends before it begins, or names a purpose twice",
        ),
        (
            DELEGATED | {Field.DELEGATION: DELEGATION | {3: ["驾驶", "驾驶"]}},
            "a delegation that ends before it begins, or names a purpose twice",
        ),
    ],
)
def test_document_says_what_is_wrong(document: Mapping[int, Any], why: str) -> None:
    assert said(lambda: parse(document, {Claim.EXP: NOW + DAY})) == why


@pytest.mark.parametrize("document", [MARK, LICENCE, DRIVER, DELEGATED, TAG], ids=lambda document: document[Field.KIND])
def test_documents_of_these_tables_are_good_without_their_change(document: Mapping[int, Any]) -> None:
    parse(document, {Claim.EXP: NOW + DAY})
