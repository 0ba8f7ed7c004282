"""Cases about the signed content: genuine signatures over claims and documents that break the profile.

The bytes are the issuer's own, so nobody is accused: a reader cannot tell (CANNOT_TELL), for it may be too old.
"""

from __future__ import annotations

from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.wire import MAX_DAY, MAX_NUMERIC_DATE, MAX_STATUS, Claim, DelegationField, Field, Ways
from issuer.cose import Value, encode
from issuer.vectors.case import ALL, CARS, DRIVING, LENT, MARK, TAG, Case, spread
from issuer.vectors.changes import append, claim, claim_at, field, lend, no_claim, no_field, no_lend, swap
from issuer.vectors.papers import STATUS_LIST
from issuer.vectors.workshop import CTI, BytesChange, Change, Spoilers

_REFUSED: Final = (Reason.CANNOT_TELL, Word.MALFORMED)
_UNSUPPORTED: Final = (Reason.CANNOT_TELL, Word.UNSUPPORTED)
_CTI_PAIR: Final = encode({Claim.CTI: CTI})[1:]
_LETTERS_A: Final = encode({Field.LETTERS: "A"})[1:]
_IAT_HEAD: Final = b"\x06\x1a"
_NO_FIELD: Final = 99


def _payload(name: str, title: str, change: BytesChange) -> Case:
    return Case(name, title, *_REFUSED, spoil=Spoilers(payload=change))


def _claims(name: str, title: str, *changes: Change) -> Case:
    return Case(name, title, *_REFUSED, changes)


def _field(name: str, title: str, key: int, value: Value, kinds: frozenset[Kind] = ALL) -> Case:
    return Case(name, title, *_REFUSED, (field(key, value),), kinds=kinds)


def _missing(name: str, key: Field, kinds: frozenset[Kind]) -> Case:
    return Case(f"{name}-missing", f"No {name.replace('-', ' ')}", *_REFUSED, (no_field(key),), kinds=kinds)


def _duplicate(payload: bytes) -> bytes:
    one_more = bytes([payload[0] + 1])
    return swap(_CTI_PAIR, _CTI_PAIR * 2)(one_more + payload[1:])


def _unordered(payload: bytes) -> bytes:
    """cti first."""
    rest = swap(_CTI_PAIR, b"")(payload)
    return rest[:1] + _CTI_PAIR + rest[1:]


def _indefinite(payload: bytes) -> bytes:
    return b"\xbf" + payload[1:] + b"\xff"


def _long_iat(payload: bytes) -> bytes:
    return swap(_IAT_HEAD, b"\x06\x1b\0\0\0\0")(payload)


def _float_iat(payload: bytes) -> bytes:
    """iat as a double: 06 FB and eight bytes in the place of 06 1A and four."""
    at = payload.index(_IAT_HEAD)
    return payload[:at] + b"\x06\xfb\x41\xda\x00\x00\x00\x00\x00\x00" + payload[at + 6 :]


def _nested(depth: int) -> Value:
    value: Value = 1
    for _ in range(depth):
        value = [value]
    return value


_CBOR: Final = (
    _payload("number-not-shortest", "iat in eight bytes where four would do", _long_iat),
    _payload("duplicate-key", "cti twice", _duplicate),
    _payload("unordered-keys", "cti before the smaller keys", _unordered),
    _payload("indefinite-map", "The claims as a map of indefinite length", _indefinite),
    _payload("float-date", "iat as a floating-point number", _float_iat),
    _payload("tag-inside", "iat under tag 1", swap(_IAT_HEAD, b"\x06\xc1\x1a")),
    _payload("undefined-value", "undefined in place of the state letters", swap(_LETTERS_A, b"\x04\xf7")),
    _payload("null-value", "null in place of the state letters", swap(_LETTERS_A, b"\x04\xf6")),
    _payload("text-not-utf8", "Bytes that are no UTF-8 in a text", swap(_LETTERS_A, b"\x04\x61\xc3")),
    _payload("text-in-chunks", "A text of indefinite length", swap(_LETTERS_A, b"\x04\x7f\x61A\xff")),
    _payload("simple-value", "A simple value that is none of false, true and null", swap(_LETTERS_A, b"\x04\xe0")),
    _payload("bytes-as-key", "A byte string as a key", swap(_CTI_PAIR, b"\x41\x07" + _CTI_PAIR[1:])),
    _payload("payload-trailing-byte", "A byte after the claims", append(b"\x00")),
    _payload("payload-cut", "The last byte of the claims missing", lambda payload: payload[:-1]),
    _payload("payload-not-a-map", "An array as the claims", lambda _payload: b"\x80"),
    _payload("payload-a-number", "A number as the claims", lambda _payload: b"\x01"),
    _field("nested-too-deep", "Arrays within arrays, one deeper than allowed", Field.LETTERS, _nested(5)),
    _field("too-many-items", "An array of 128 numbers", Field.LETTERS, [0] * 128),
)
_CLAIMS: Final = (
    _claims("unknown-claim", "iss, which the profile does not have", claim(Claim.ISS, "x")),
    _claims("private-claim", "A private claim that nobody defined", claim(-70009, 1)),
    _claims("exp-missing", "No exp", no_claim(Claim.EXP)),
    _claims("nbf-missing", "No nbf", no_claim(Claim.NBF)),
    _claims("iat-missing", "No iat", no_claim(Claim.IAT)),
    _claims("cti-missing", "No cti", no_claim(Claim.CTI)),
    _claims("document-missing", "No document", no_claim(Claim.DOCUMENT)),
    _claims("exp-as-text", "exp as text", claim(Claim.EXP, "2026-12-31")),
    _claims("nbf-as-bytes", "nbf as bytes", claim(Claim.NBF, b"\x01")),
    _claims("iat-as-bool", "iat as a truth value", claim(Claim.IAT, True)),
    _claims("iat-negative", "iat before 1970", claim(Claim.IAT, -1)),
    _claims("nbf-negative", "nbf before 1970", claim(Claim.NBF, -(1 << 40))),
    _claims("exp-after-9999", "exp after the year 9999", claim(Claim.EXP, MAX_NUMERIC_DATE + 1)),
    _claims("exp-huge", "exp of 64 bits", claim(Claim.EXP, (1 << 64) - 1)),
    _claims("iat-huge", "iat of 64 bits", claim(Claim.IAT, (1 << 64) - 1)),
    _claims("cti-of-7-bytes", "A credential id one byte short", claim(Claim.CTI, CTI[:7])),
    _claims("cti-of-9-bytes", "A credential id one byte long", claim(Claim.CTI, CTI + b"\0")),
    _claims("cti-as-text", "A credential id as text", claim(Claim.CTI, "12345678")),
    _claims("ends-when-it-begins", "exp = nbf", claim_at(Claim.EXP, -60), claim_at(Claim.NBF, -60)),
    _claims("ends-before-it-begins", "exp before nbf", claim_at(Claim.EXP, -61), claim_at(Claim.NBF, -60)),
    _claims("document-as-array", "The document as an array", claim(Claim.DOCUMENT, [1])),
    _claims("document-empty", "A document without fields", claim(Claim.DOCUMENT, {})),
)
_FIELDS: Final = (
    Case("unknown-kind", "Kind 9: newer than this reader", *_UNSUPPORTED, (field(Field.KIND, 9),)),
    _field("unknown-field", "A field that nobody defined", _NO_FIELD, 1),
    _field("kind-as-bool", "The kind as a truth value", Field.KIND, True),
    _field("ways-none", "No way of showing", Field.WAYS, 0),
    _field("ways-downloaded-and-printed", "Two static ways at once", Field.WAYS, Ways.DOWNLOADED | Ways.PRINTED),
    _field("ways-unknown", "A way of showing that nobody defined", Field.WAYS, 8),
    _field("status-place-of-one", "A status place without an index", Field.STATUS, [STATUS_LIST]),
    _field("status-place-negative", "A negative index", Field.STATUS, [STATUS_LIST, -1]),
    _field("status-place-huge", "An index over 40 bits", Field.STATUS, [STATUS_LIST, MAX_STATUS + 1]),
    _field("letters-empty", "No state letter", Field.LETTERS, ""),
    _field("letters-small", "A small state letter", Field.LETTERS, "a"),
    _field("letters-twice", "One state letter twice", Field.LETTERS, "AA"),
    _field("letters-nine", "Nine state letters", Field.LETTERS, "ABCDEFGHI"),
    _field("letters-as-array", "State letters as an array", Field.LETTERS, ["A"]),
    _field("authority-as-text", "The authority as text", Field.AUTHORITY, "110100"),
    _field("authority-of-7-digits", "An authority of seven digits", Field.AUTHORITY, 1101000),
    _field("plate-with-nul", "A NUL in the plate", Field.PLATE, "京A1\x002345", CARS),
    _field("plate-with-bidi", "A direction override in the plate", Field.PLATE, "京A\u202e54321", CARS),
    _field("plate-with-zero-width", "A zero-width space in the plate", Field.PLATE, "京A\u200b12345", CARS),
    _field("plate-with-newline", "A newline in the plate", Field.PLATE, "京A12\n345", CARS),
    _field("plate-too-long", "A plate of 17 characters", Field.PLATE, "京" + "A" * 16, CARS),
    _field("plate-as-bytes", "A plate as bytes", Field.PLATE, "京A12345".encode(), CARS),
    _field("vin-of-16-characters", "A VIN one character short", Field.VIN, "LSVAA4184E210100", CARS),
    _field("day-negative", "A day before 1970", Field.INSPECTED_UNTIL, -1, CARS),
    _field("day-after-9999", "A day after the year 9999", Field.INSPECTED_UNTIL, MAX_DAY + 1, CARS),
    _field("day-as-text", "A day as text", Field.INSPECTED_UNTIL, "2026-12-31", CARS),
    _field("field-of-another-kind", "Licence classes on a car's document", Field.CLASSES, "C1", CARS),
    _field("field-of-another-kind", "A plate on a driving licence", Field.PLATE, "京A12345", DRIVING),
    _field("name-with-bidi", "A direction mark in the name", Field.NAME, "王\u200f*", DRIVING),
    _field("name-with-nul", "A NUL in the name", Field.NAME, "王\x00*", DRIVING),
    _field("name-too-long", "A name of 33 characters", Field.NAME, "王" * 33, DRIVING),
    _field("id-tail-too-long", "Five characters of the id number", Field.ID_TAIL, "0123X", DRIVING),
    _field("classes-unknown-form", "Classes that are none", Field.CLASSES, "Z9", DRIVING),
    _field("classes-twice", "One class twice", Field.CLASSES, "C1C1", DRIVING),
    _field("classes-as-array", "Classes as an array", Field.CLASSES, ["C1"], DRIVING),
    _field("bar-code-of-3-characters", "A bar code that is too short", Field.BAR_CODE, "123", DRIVING),
    _field("valid-until-negative", "A last day before 1970", Field.VALID_UNTIL, -1, DRIVING),
    _field("delegation-on-a-driving-licence", "A delegation where none may be", Field.DELEGATION, {1: "李*"}, DRIVING),
    _field("tag-id-of-7-bytes", "A tag id one byte short", Field.TAG_ID, b"TAG0001", TAG | MARK),
    _field("tag-id-as-text", "A tag id as text", Field.TAG_ID, "TAG00001", TAG),
    _missing("status-place", Field.STATUS, ALL),
    _missing("state-letters", Field.LETTERS, ALL),
    _missing("ways", Field.WAYS, ALL),
    _missing("authority", Field.AUTHORITY, ALL),
    _missing("plate", Field.PLATE, CARS),
    _missing("last-inspected-day", Field.INSPECTED_UNTIL, CARS),
    _missing("vin", Field.VIN, CARS - MARK - TAG),
    _missing("use", Field.USE, CARS - MARK - TAG),
    _missing("classes", Field.CLASSES, DRIVING),
    _missing("name", Field.NAME, DRIVING),
    _missing("first-issued", Field.FIRST_ISSUED, DRIVING),
    _missing("delegation", Field.DELEGATION, LENT),
    _missing("tag-id", Field.TAG_ID, TAG),
    _missing("insured-until", Field.INSURED_UNTIL, TAG),
)


def _lent(name: str, title: str, *changes: Change) -> Case:
    return Case(name, title, *_REFUSED, changes, kinds=LENT)


_DELEGATIONS: Final = (
    _lent("delegation-empty", "A delegation without fields", field(Field.DELEGATION, {})),
    _lent("delegation-unknown-field", "A field of a delegation that nobody defined", lend(9, 1)),
    _lent("grantee-missing", "A delegation to nobody", no_lend(DelegationField.GRANTEE)),
    _lent("slot-missing", "No slot", no_lend(DelegationField.SLOT)),
    _lent("slot-zero", "Slot 0", lend(DelegationField.SLOT, 0)),
    _lent("slot-as-text", "A slot as text", lend(DelegationField.SLOT, "1")),
    _lent(
        "grantee-with-bidi", "A direction override in the grantee's name", lend(DelegationField.GRANTEE, "\u202e李*")
    ),
    _lent("grantee-id-tail-too-long", "Five characters of an id number", lend(DelegationField.ID_TAIL, "00017")),
    _lent("purposes-none", "No purpose", lend(DelegationField.PURPOSES, [])),
    _lent("purposes-five", "Five purposes", lend(DelegationField.PURPOSES, ["驾驶", "出售", "过户", "抵押", "停车"])),
    _lent("purpose-twice", "One purpose twice", lend(DelegationField.PURPOSES, ["驾驶", "驾驶"])),
    _lent("purpose-empty", "A purpose of no characters", lend(DelegationField.PURPOSES, [""])),
    _lent("purposes-as-text", "Purposes as one text", lend(DelegationField.PURPOSES, "驾驶")),
    _lent("delegation-status-of-one", "A delegation's place without an index", lend(DelegationField.STATUS, [11])),
    _lent(
        "delegation-ends-before-it-begins",
        "The last day of the delegation before its first",
        lambda draft: lend(DelegationField.UNTIL, draft.today - 2)(draft),
    ),
)
CASES: Final = spread(
    (*_CBOR, *_CLAIMS, *_FIELDS, *_DELEGATIONS),
    "number-not-shortest duplicate-key unordered-keys indefinite-map float-date tag-inside text-not-utf8 unknown-claim "
    "iat-missing document-missing exp-as-text iat-negative exp-huge cti-of-7-bytes unknown-kind unknown-field "
    "ways-downloaded-and-printed status-place-negative status-place-missing letters-twice authority-as-text "
    "plate-with-nul plate-with-bidi field-of-another-kind plate-missing last-inspected-day-missing vin-missing use-missing",
)
