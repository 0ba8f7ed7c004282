"""The lenient CBOR reader of the conformance command, with cbor2 as the second opinion."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.conformance.loose_cbor import Loose, NotWellFormedError, Pairs, Simple, Tag, decode
from firmware.verify import cbor
from firmware.verify.errors import MalformedError
from tests.shared_data import vectors

_SINGLE = st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.floats()
_KEYS = st.integers(-300, 300) | st.text(max_size=5)
_VALUES = st.recursive(
    _SINGLE | st.text(max_size=30) | st.binary(max_size=30),
    lambda children: st.lists(children, max_size=6) | st.dictionaries(_KEYS, children, max_size=6),
    max_leaves=20,
)
NOT_WELL_FORMED = (
    " 18 1c 1f ff 3f df00 41 5f 5f4101 5f6161ff 5f5f4101ffff 7f61ffff 81 9f a101 bf01ff c0 f800 f81f fc 0000 61ff 80ff"
)


def plain(value: Any) -> Any:
    """Maps as dicts, all the way down."""
    if isinstance(value, Pairs):
        return {key: plain(item) for key, item in value.as_dict().items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@given(_VALUES, st.booleans())
def test_reads_what_cbor2_writes(value: object, indefinite: bool) -> None:
    data = cbor2.dumps(value, indefinite_containers=indefinite)
    assert repr(plain(decode(data).value)) == repr(cbor2.loads(data))  # repr: nan is not nan


@given(st.binary(max_size=80))
def test_reads_nothing_else_than_the_strict_reader_and_says_what_is_beyond(data: bytes) -> None:
    """Where nothing is beyond the profile, the strict reader takes it and reads the same; where it refuses, something is."""
    try:
        loose: Loose | None = decode(data)
    except NotWellFormedError:
        loose = None
    try:
        strict = cbor.decode(data)
    except MalformedError:
        assert loose is None or loose.beyond
    else:
        assert loose is not None
        assert not loose.beyond
        assert plain(loose.value) == strict


@pytest.mark.parametrize(
    ("data", "value", "beyond"),
    [
        ("1801", 1, "not the shortest"),
        ("f97c00", math.inf, "a float"),
        ("f818", None, None),
        ("f820", Simple(32), "a simple value"),
        ("f7", Simple(23), "a simple value"),
        ("c11a514b67b0", Tag(1, 1363896240), "a tag"),
        ("5f42010243030405ff", b"\x01\x02\x03\x04\x05", "an indefinite length"),
        ("7f61616162ff", "ab", "an indefinite length"),
        ("9f0102ff", [1, 2], "an indefinite length"),
        ("bf0102ff", Pairs(((1, 2),)), "an indefinite length"),
        ("a201020102", Pairs(((1, 2), (1, 2))), "keys twice"),
        ("a202010102", Pairs(((2, 1), (1, 2))), "out of order"),
        ("a1410102", Pairs(((b"\x01", 2),)), "neither integer nor text"),
        ("81" * 7 + "01", [[[[[[[1]]]]]]], "more than 6 levels"),
        ("98800000" + "00" * 126, [0] * 128, "more than 128 items"),
    ],
)
def test_reads_and_says_what_lies_beyond_the_profile(data: str, value: object, beyond: str | None) -> None:
    if beyond is None:
        with pytest.raises(NotWellFormedError, match="8949"):
            decode(bytes.fromhex(data))
        return
    loose = decode(bytes.fromhex(data))
    assert loose.value == value
    assert any(beyond in note for note in loose.beyond)


@pytest.mark.parametrize("data", [*NOT_WELL_FORMED.split(" "), "81" * 80 + "01"])
def test_what_is_not_well_formed_is_refused(data: str) -> None:
    with pytest.raises(NotWellFormedError):
        decode(bytes.fromhex(data))


def test_longer_than_its_limit_is_refused() -> None:
    with pytest.raises(NotWellFormedError, match="1 MiB"):
        decode(b"\x00" * ((1 << 20) + 1))


def test_map_with_a_key_twice_or_of_another_kind_is_no_dict() -> None:
    for data in ("a201020102", "a1410102", "a1f401"):
        pairs = decode(bytes.fromhex(data)).value
        with pytest.raises(NotWellFormedError):
            pairs.as_dict()


def test_published_items_that_are_not_well_formed_are_refused() -> None:
    for vector in vectors("cbor_not_well_formed"):
        with pytest.raises(NotWellFormedError):
            decode(bytes.fromhex(vector["input_hex"]))
