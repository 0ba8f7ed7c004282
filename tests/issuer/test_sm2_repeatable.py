from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.verify.algorithms import sm2 as device
from firmware.verify.algorithms.base import BadSignatureError
from issuer import sm2, sm2_repeatable

PRIVATE = hashlib.sha256(b"a private number").digest()
PUBLIC = sm2.public_of(PRIVATE)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        # GB/T 32905-2016, A.1 and A.2
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_the_digests_of_the_standard_come_out(message: bytes, digest: str) -> None:
    assert sm2_repeatable.sm3(message).hex() == digest


@pytest.mark.parametrize("length", [55, 56, 63, 64, 119, 120])
def test_the_digest_agrees_with_openssl_at_the_edges_of_a_block(length: int) -> None:
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this Python's OpenSSL has no SM3")
    data = bytes(range(length))
    assert sm2_repeatable.sm3(data) == hashlib.new("sm3", data).digest()


@settings(max_examples=5, deadline=None)
@given(st.binary(max_size=200))
def test_a_signature_holds_for_the_device_and_is_the_same_every_time(message: bytes) -> None:
    signature = sm2_repeatable.sign(PRIVATE, PUBLIC, message)
    assert signature == sm2_repeatable.sign(PRIVATE, PUBLIC, message)
    device.verifier(PUBLIC)(signature, message)
    with pytest.raises(BadSignatureError):
        device.verifier(PUBLIC)(signature, message + b"\0")


def test_other_messages_and_other_keys_give_other_signatures() -> None:
    other = hashlib.sha256(b"another").digest()
    made = {
        sm2_repeatable.sign(private, sm2.public_of(private), message)[:32]
        for private in (PRIVATE, other)
        for message in (b"one", b"two")
    }
    assert len(made) == 4
