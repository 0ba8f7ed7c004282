from __future__ import annotations

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.verify import base45 as device_base45
from firmware.verify import cbor as device_cbor
from issuer.cose import base45, encode

_LEAVES = st.integers(-(2**31), 2**31) | st.booleans() | st.binary(max_size=40) | st.text(max_size=8)
_KEYS = st.integers(-70010, 70000) | st.text(max_size=4)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


@pytest.mark.parametrize(
    ("plain", "coded"),
    [(b"AB", b"BB8"), (b"Hello!!", b"%69 VD92EX0"), (b"base-45", b"UJCLQE7W581"), (b"ietf!", b"QED8WEX0"), (b"", b"")],
)
def test_base45_agrees_with_the_examples_of_rfc_9285(plain: bytes, coded: bytes) -> None:
    assert base45(plain) == coded


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_the_device_reads_back_what_the_office_writes_in_base45(data: bytes) -> None:
    assert device_base45.decode(base45(data)) == data


@settings(deadline=None)
@given(st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_the_devices_strict_reader_accepts_what_the_office_encodes(value: dict[int | str, object]) -> None:
    assert device_cbor.decode(encode(value)) == value


@settings(deadline=None)
@given(st.dictionaries(_KEYS, _LEAVES, max_size=8))
def test_the_order_of_insertion_does_not_change_the_bytes(value: dict[int | str, object]) -> None:
    backwards = dict(reversed(value.items()))
    assert encode(backwards) == encode(value)


def test_keys_are_in_bytewise_order_and_not_in_the_older_length_first_order() -> None:
    # RFC 8949, 4.2.1: 0x1864 (100) sorts before 0x20 (-1), although it is longer.
    assert list(cbor2.loads(encode({-1: 0, 100: 0}))) == [100, -1]
