"""Signature algorithms: their known answers, keys that are none, and signatures off their form."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.verify.algorithms import ALGORITHMS, FOR_CREDENTIALS, sm2
from firmware.verify.algorithms.base import Algorithm, BadSignatureError, KnownAnswer, UnavailableError

EACH = pytest.mark.parametrize(
    "algorithm", list({a.name: a for a in ALGORITHMS.values()}.values()), ids=lambda a: a.name
)


@EACH
def test_known_answer_holds(algorithm: Algorithm) -> None:
    algorithm.self_test()


@EACH
def test_self_test_sees_a_library_that_refuses_everything(algorithm: Algorithm) -> None:
    def refuse(_signature: bytes, _data: bytes) -> None:
        raise BadSignatureError

    with pytest.raises(UnavailableError):
        replace(algorithm, load=lambda _public: refuse).self_test()


@EACH
def test_self_test_sees_a_library_that_accepts_everything(algorithm: Algorithm) -> None:
    with pytest.raises(UnavailableError):
        replace(algorithm, load=lambda _public: lambda _signature, _data: None).self_test()


@EACH
def test_changed_message_or_signature_does_not_hold(algorithm: Algorithm) -> None:
    answer = algorithm.known_answer
    verify = algorithm.load(answer.public)
    for signature, message in (
        (answer.signature, answer.message + b"\x00"),
        (answer.signature[:-1] + bytes([answer.signature[-1] ^ 1]), answer.message),
        (answer.signature[:-1], answer.message),
        (answer.signature + b"\x00", answer.message),
        (b"", answer.message),
        (bytes(algorithm.signature_bytes), answer.message),
        (b"\xff" * algorithm.signature_bytes, answer.message),
    ):
        with pytest.raises(BadSignatureError):
            verify(signature, message)


@EACH
def test_bytes_that_are_no_key_are_refused(algorithm: Algorithm) -> None:
    public = algorithm.known_answer.public
    for wrong in (b"", public[:-1], public + b"\x00", b"\x04" + b"\x01" * (len(public) - 1), b"\x00"):
        if algorithm.name in ("Ed25519", "ML-DSA-44") and len(wrong) == len(public):
            continue  # any bytes of this length are taken for a key until a signature is checked
        with pytest.raises(ValueError):  # noqa: PT011  the libraries word it each in its own way
            algorithm.load(wrong)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=["P-256", "P-384"])
def test_compressed_points_load_too(curve: ec.EllipticCurve) -> None:
    name = "ES256" if curve.key_size == 256 else "ES384"
    algorithm = next(a for a in ALGORITHMS.values() if a.name == name)
    point = ec.EllipticCurvePublicKey.from_encoded_point(curve, algorithm.known_answer.public)
    compressed = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    algorithm.load(compressed)(algorithm.known_answer.signature, algorithm.known_answer.message)


def test_sm2_loads_a_compressed_point() -> None:
    answer: KnownAnswer = sm2.SM2_SM3.known_answer
    compressed = bytes([2 + (answer.public[64] & 1)]) + answer.public[1:33]
    sm2.SM2_SM3.load(compressed)(answer.signature, answer.message)


def test_sm2_binds_the_distinguishing_id() -> None:
    answer = sm2.SM2_SM3.known_answer
    with pytest.raises(BadSignatureError):
        sm2.verifier(answer.public, b"ALICE123@YAHOO.COM")(answer.signature, answer.message)


def test_sm2_without_libcrypto_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> ctypes.CDLL:
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(sm2.ctypes, "CDLL", missing)
    sm2._library.cache_clear()
    try:
        with pytest.raises(UnavailableError, match="libssl3"):
            sm2.SM2_SM3.self_test()
    finally:
        sm2._library.cache_clear()


@pytest.mark.parametrize("function", ["EVP_DigestVerifyInit_ex", "EVP_PKEY_CTX_set_params"])
def test_libcrypto_built_without_sm2_says_so(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2._library(), function, lambda *_arguments: 0)
    with pytest.raises(UnavailableError, match="without SM2"):
        sm2.SM2_SM3.self_test()


def test_only_algorithms_with_64_byte_signatures_sign_credentials() -> None:
    assert {ALGORITHMS[alg].signature_bytes for alg in FOR_CREDENTIALS} == {64}
