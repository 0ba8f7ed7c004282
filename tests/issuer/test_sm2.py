from __future__ import annotations

import pytest

from firmware.verify.algorithms import ALGORITHMS
from firmware.verify.algorithms.base import BadSignatureError
from firmware.verify.wire import Alg
from issuer import sm2
from issuer.errors import Exit, OfficeError

# GB/T 32918.5-2017, A.2: the private key of the worked example, and its public point.
PRIVATE = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)


def test_the_public_point_is_that_of_the_standards_example() -> None:
    assert sm2.public_of(PRIVATE) == PUBLIC


def test_the_device_verifies_what_the_office_signs_and_nothing_else() -> None:
    verify = ALGORITHMS[Alg.SM2_SM3].load(PUBLIC)
    signature = sm2.sign(PRIVATE, PUBLIC, b"message digest")
    assert len(signature) == 64
    verify(signature, b"message digest")
    with pytest.raises(BadSignatureError):
        verify(signature, b"message digest.")


def test_many_signatures_keep_their_length_when_a_half_begins_with_zeros() -> None:
    assert {len(sm2.sign(PRIVATE, PUBLIC, bytes([number % 256]))) for number in range(300)} == {64}


@pytest.mark.parametrize("private", [bytes(32), (sm2.ORDER - 1).to_bytes(32, "big"), b"\xff" * 32])
def test_a_private_number_out_of_range_is_refused(private: bytes) -> None:
    with pytest.raises(OfficeError) as caught:
        sm2.public_of(private)
    assert caught.value.exit_code is Exit.BAD_DATA


def test_without_libcrypto_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2, "_LIBRARY", "libcrypto-that-is-not-there.so.3")
    sm2._libcrypto.cache_clear()
    try:
        assert not sm2.available()
        with pytest.raises(OfficeError, match="libssl3") as caught:
            sm2.sign(PRIVATE, PUBLIC, b"")
        assert caught.value.exit_code is Exit.BAD_CONFIG
    finally:
        sm2._libcrypto.cache_clear()
