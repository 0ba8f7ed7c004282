"""Base45, strict CBOR and COSE_Sign1: round trips, a second opinion from cbor2, and named ways of being wrong."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.verify import base45, cbor
from firmware.verify.cose import parse_sign1
from firmware.verify.envelope import parse_envelope
from firmware.verify.errors import MalformedError
from tests.world import Key, World, sign1

LABELS = (frozenset({1, 4}),)


def _named(cases: list[tuple[str, bytes | str]]) -> list[object]:
    """One case a defect, by its name: signatures differ from run to run and must not name a test."""
    return [pytest.param(data, id=name) for name, data in cases]


# --- base45 ---


@pytest.mark.parametrize(
    ("data", "encoded"),
    [(b"", b""), (b"AB", b"BB8"), (b"Hello!!", b"%69 VD92EX0"), (b"base-45", b"UJCLQE7W581"), (b"ietf!", b"QED8WEX0")],
)
def test_base45_examples_of_the_rfc(data: bytes, encoded: bytes) -> None:
    assert base45.encode(data) == encoded
    assert base45.decode(encoded) == data


@given(st.binary(max_size=300))
def test_base45_gives_back_what_it_took(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(alphabet=base45.ALPHABET.decode(), max_size=60))
def test_base45_reads_only_what_it_would_write(text: str) -> None:
    try:
        data = base45.decode(text.encode())
    except MalformedError:
        return
    assert base45.encode(data) == text.encode()


@pytest.mark.parametrize(
    "text",
    [b"A", b"BB8A", b"GGW", b":::", b"::", b"ab8", b"BB\xc3", b"BB8\n", b"\xff" * 3, b"GGX", b"V5"],
    ids=[
        "1",
        "3n+1",
        "65536",
        "91124",
        "2024 in a tail",
        "lower case",
        "not ASCII",
        "newline",
        "high bytes",
        "65537",
        "255 + 1",
    ],
)
def test_base45_refuses(text: bytes) -> None:
    with pytest.raises(MalformedError):
        base45.decode(text)


# --- CBOR ---

_KEYS = st.integers(-(1 << 64), (1 << 64) - 1) | st.text(max_size=8)
_VALUES = st.recursive(
    st.integers(-(1 << 64), (1 << 64) - 1) | st.binary(max_size=40) | st.text(max_size=20) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


def bytewise(value: object) -> bytes:
    """RFC 8949 4.2.1 order; cbor2's canonical form sorts by length first."""
    if isinstance(value, dict):
        items = sorted((bytewise(key), bytewise(item)) for key, item in value.items())
        return cbor.encode_head(5, len(items)) + b"".join(key + item for key, item in items)
    if isinstance(value, list):
        return cbor.encode_head(4, len(value)) + b"".join(bytewise(item) for item in value)
    return cbor2.dumps(value, canonical=True)


@given(_VALUES)
def test_cbor_reads_every_deterministic_value_as_cbor2_does(value: object) -> None:
    data = bytewise(value)
    assert cbor.decode(data, max_items=10_000, max_bytes=1 << 20, max_depth=50) == value == cbor2.loads(data)


@given(st.binary(max_size=60))
@example(bytes.fromhex("a201020102"))
@example(bytes.fromhex("1817"))
@example(bytes.fromhex("f7"))
def test_cbor_accepts_only_the_one_form_that_a_value_has(data: bytes) -> None:
    try:
        value = cbor.decode(data, max_items=10_000, max_depth=50)
    except MalformedError:
        return
    assert bytewise(value) == data


@pytest.mark.parametrize(
    "data",
    _named(
        [
            ("empty", ""),
            ("cut head", "18"),
            ("cut argument", "1900"),
            ("not shortest, one byte", "1817"),
            ("not shortest, two bytes", "1900ff"),
            ("not shortest, four bytes", "1a0000ffff"),
            ("not shortest, eight bytes", "1b00000000ffffffff"),
            ("not shortest length", "580141"),
            ("negative not shortest", "3817"),
            ("indefinite bytes", "5f4101ff"),
            ("indefinite text", "7f6161ff"),
            ("indefinite array", "9f01ff"),
            ("indefinite map", "bf0101ff"),
            ("reserved 28", "1c"),
            ("tag", "c001"),
            ("self-described", "d9d9f700"),
            ("bignum", "c249010000000000000000"),
            ("half float", "f93c00"),
            ("single float", "fa3f800000"),
            ("double float", "fb3ff0000000000000"),
            ("undefined", "f7"),
            ("simple 16", "f0"),
            ("simple 32", "f820"),
            ("break alone", "ff"),
            ("trailing", "0000"),
            ("duplicate key", "a201020103"),
            ("keys out of order", "a202000100"),
            ("text key before integer key", "a26161000100"),
            ("bytes as key", "a1410100"),
            ("array as key", "a18000"),
            ("true as key", "a1f500"),
            ("length past the end", "4401"),
            ("array length past the end", "9affffffff"),
            ("map length past the end", "bbffffffffffffffff"),
            ("text not UTF-8", "61ff"),
            ("overlong UTF-8", "62c080"),
            ("surrogate", "63eda080"),
        ]
    ),
)
def test_cbor_refuses(data: str) -> None:
    with pytest.raises(MalformedError):
        cbor.decode(bytes.fromhex(data))


@pytest.mark.parametrize(("depth", "good"), [(6, True), (7, False)])
def test_cbor_nests_six_deep_and_no_deeper(depth: int, good: bool) -> None:
    data = b"\x81" * depth + b"\x00"
    if good:
        cbor.decode(data)
    else:
        with pytest.raises(MalformedError):
            cbor.decode(data)


@pytest.mark.parametrize(("items", "good"), [(127, True), (128, False)])
def test_cbor_holds_128_items_in_all(items: int, good: bool) -> None:
    data = cbor.encode_head(4, items) + b"\x00" * items
    if good:
        assert len(cbor.decode(data)) == items  # type: ignore[arg-type]
    else:
        with pytest.raises(MalformedError):
            cbor.decode(data)


def test_cbor_length_limit_is_the_first_thing_looked_at() -> None:
    assert cbor.decode(cbor.encode_bytes(b"x" * 1021)) == b"x" * 1021
    with pytest.raises(MalformedError):
        cbor.decode(cbor.encode_bytes(b"x" * 1022))


@pytest.mark.parametrize("argument", [0, 23, 24, 255, 256, 65535, 65536, (1 << 32) - 1, 1 << 32, (1 << 64) - 1])
def test_heads_are_as_cbor2_writes_them(argument: int) -> None:
    assert cbor.encode_head(0, argument) == cbor2.dumps(argument)


def test_head_for_more_than_64_bits_is_refused() -> None:
    assert cbor.encode_head(0, (1 << 64) - 1) == b"\x1b" + b"\xff" * 8
    with pytest.raises(ValueError, match="64 bits"):
        cbor.encode_head(0, 1 << 64)


# --- COSE ---

KEY = Key.es256(5)
HEADER = {1: KEY.alg, 4: KEY.kid}


def test_sign1_keeps_the_signed_bytes_as_they_came() -> None:
    cose = sign1(KEY, HEADER, b"\xa0")
    signed = parse_sign1(cose, LABELS)
    assert signed.to_be_signed == cbor2.dumps(["Signature1", cbor2.dumps(HEADER), b"", b"\xa0"])


_GOOD = sign1(KEY, HEADER, b"\xa0", signature=bytes(64))
_HEADER_BYTES = _GOOD[2:16]


@pytest.mark.parametrize(
    "data",
    _named(
        [
            ("empty", b""),
            ("untagged", _GOOD[1:]),
            ("other tag", b"\xd1" + _GOOD[1:]),
            ("tag not shortest", b"\xd8\x12" + _GOOD[1:]),
            ("array of 3", _GOOD[:1] + b"\x83" + _GOOD[2:]),
            ("array of 5", _GOOD[:1] + b"\x85" + _GOOD[2:] + b"\x00"),
            ("array length not shortest", _GOOD[:1] + b"\x98\x04" + _GOOD[2:]),
            ("indefinite array", _GOOD[:1] + b"\x9f" + _GOOD[2:] + b"\xff"),
            ("trailing byte", _GOOD + b"\x00"),
            ("cut", _GOOD[:-1]),
            ("nil payload", _GOOD[:2] + _HEADER_BYTES + b"\xa0\xf6\x58\x40" + bytes(64)),
            ("empty payload", _GOOD[:2] + _HEADER_BYTES + b"\xa0\x40\x58\x40" + bytes(64)),
            ("text payload", _GOOD[:2] + _HEADER_BYTES + b"\xa0\x61a\x58\x40" + bytes(64)),
            ("unprotected as bytes", _GOOD[:2] + _HEADER_BYTES + b"\x40\x41\xa0\x58\x40" + bytes(64)),
            ("unprotected kid", _GOOD[:2] + _HEADER_BYTES + b"\xa1\x04\x41\x00\x41\xa0\x58\x40" + bytes(64)),
            ("protected as map", _GOOD[:2] + cbor2.dumps(HEADER) + b"\xa0\x41\xa0\x58\x40" + bytes(64)),
            ("protected empty", _GOOD[:2] + b"\x40\xa0\x41\xa0\x58\x40" + bytes(64)),
            ("protected empty map", _GOOD[:2] + b"\x41\xa0\xa0\x41\xa0\x58\x40" + bytes(64)),
            ("protected array", _GOOD[:2] + b"\x41\x80\xa0\x41\xa0\x58\x40" + bytes(64)),
            ("crit", sign1(KEY, {1: KEY.alg, 2: [1], 4: KEY.kid}, b"\xa0")),
            ("no kid", sign1(KEY, {1: KEY.alg}, b"\xa0")),
            ("content type", sign1(KEY, {1: KEY.alg, 3: 0, 4: KEY.kid}, b"\xa0")),
            ("text label", sign1(KEY, {1: KEY.alg, "kid": KEY.kid}, b"\xa0")),
            ("too long", sign1(KEY, HEADER, b"x" * 1000)),
        ]
    ),
)
def test_sign1_refuses(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_sign1(data, LABELS)


@pytest.mark.parametrize(
    "cose",
    _named(
        [
            ("kid of 7 bytes", sign1(Key.es256(5, b"1234567"), {1: -9, 4: b"1234567"}, b"\xa0")),
            ("kid of 9 bytes", sign1(KEY, {1: -9, 4: b"123456789"}, b"\xa0")),
            ("kid as text", sign1(KEY, {1: -9, 4: "12345678"}, b"\xa0")),
            ("alg as text", sign1(KEY, {1: "ES256", 4: KEY.kid}, b"\xa0")),
            ("signature of 63 bytes", sign1(KEY, HEADER, b"\xa0", signature=bytes(63))),
            ("signature of 65 bytes", sign1(KEY, HEADER, b"\xa0", signature=bytes(65))),
            ("no signature", sign1(KEY, HEADER, b"\xa0", signature=b"")),
            ("live layer without nonce", sign1(KEY, {1: -9}, cbor2.dumps({6: 1, -70002: b""}))),
            ("live layer with a short nonce", sign1(KEY, {1: -9}, cbor2.dumps({6: 1, 10: b"1234567", -70002: b""}))),
            ("live layer with a negative iat", sign1(KEY, {1: -9}, cbor2.dumps({6: -1, 10: b"12345678", -70002: b""}))),
            ("live layer with a true iat", sign1(KEY, {1: -9}, cbor2.dumps({6: True, 10: b"12345678", -70002: b""}))),
            ("live layer with exp", sign1(KEY, {1: -9}, cbor2.dumps({4: 1, 6: 1, 10: b"12345678", -70002: b""}))),
            ("live layer around nothing", sign1(KEY, {1: -9}, cbor2.dumps({6: 1, 10: b"12345678", -70002: b""}))),
            ("live layer around text", sign1(KEY, {1: -9}, cbor2.dumps({6: 1, 10: b"12345678", -70002: "x"}))),
        ]
    ),
)
def test_envelope_refuses(cose: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_envelope(b"JZ1:" + base45.encode(cose))


def test_text_of_1540_characters_is_the_longest() -> None:
    good = b"JZ1:" + base45.encode(World().credential())
    parse_envelope(good)
    with pytest.raises(MalformedError, match="longer"):
        parse_envelope(good + b"0" * (1541 - len(good)))
