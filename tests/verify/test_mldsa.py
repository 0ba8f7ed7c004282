"""ML-DSA-44: the contexts of FIPS 204, a machine without it, and that it never signs a credential."""

from __future__ import annotations

import sys

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mldsa as library

from firmware.model import Reason, Word
from firmware.verify.algorithms import ALGORITHMS, FOR_CREDENTIALS, mldsa44
from firmware.verify.algorithms.base import BadSignatureError, UnavailableError
from firmware.verify.wire import Alg
from tests.verify.test_trust_algorithms import MlDsaKey
from tests.world import World, judge

KEY = MlDsaKey.of(7)


def test_signature_and_key_have_the_sizes_of_fips_204() -> None:
    assert len(KEY.public) == mldsa44.PUBLIC_BYTES == 1312
    assert len(KEY.sign(b"data")) == mldsa44.SIGNATURE_BYTES == 2420


def test_context_string_is_part_of_what_is_signed() -> None:
    signature = KEY.secret.sign(b"data", b"context")
    mldsa44.verifier(KEY.public, b"context")(signature, b"data")
    for other in (b"", b"Context", bytes(255), bytes(256)):
        with pytest.raises(BadSignatureError):
            mldsa44.verifier(KEY.public, other)(signature, b"data")


@pytest.mark.parametrize("size", [0, 32, 1311, 1313, 2420])
def test_key_of_another_length_is_no_key(size: int) -> None:
    with pytest.raises(ValueError, match="1312"):
        mldsa44.verifier(bytes(size))


def test_library_without_the_module_is_named_as_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.mldsa", None)
    with pytest.raises(UnavailableError, match="OpenSSL"):
        mldsa44.ML_DSA_44.self_test()


def test_openssl_without_the_algorithm_is_named_as_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutIt:
        @staticmethod
        def from_public_bytes(_data: bytes) -> None:
            raise UnsupportedAlgorithm("ML-DSA is not supported by this version of OpenSSL")

    monkeypatch.setattr(library, "MLDSA44PublicKey", WithoutIt)
    with pytest.raises(UnavailableError, match="OpenSSL"):
        mldsa44.ML_DSA_44.self_test()


def test_no_credential_is_believed_under_it() -> None:
    """Even if a trust list named such a key for inspection marks: its signature is 2420 bytes long."""
    assert Alg.ML_DSA_44 in ALGORITHMS
    assert Alg.ML_DSA_44 not in FOR_CREDENTIALS
    world = World()
    world.more_keys.append(world.key_record(KEY, ["inspection-mark"]))
    short = World(issuer=KEY).credential()
    verdict = judge(world, short)
    assert (verdict.reason, verdict.facts.word) == (Reason.NOT_A_CREDENTIAL, Word.MALFORMED)
