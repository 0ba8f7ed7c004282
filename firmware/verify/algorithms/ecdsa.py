"""ECDSA on P-256 with SHA-256 and on P-384 with SHA-384 (RFC 9053, 2.1), signatures as r || s."""

from __future__ import annotations

from functools import partial
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from firmware.verify.algorithms.base import Algorithm, BadSignatureError, KnownAnswer, Verifier

_P256_BYTES: Final = 32
_P384_BYTES: Final = 48


def _load(curve: ec.EllipticCurve, hash_algorithm: hashes.HashAlgorithm, half: int, public: bytes) -> Verifier:
    """`public` is an X9.62 point, compressed or not; cryptography refuses points off the curve and infinity."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, public)
    scheme = ec.ECDSA(hash_algorithm)

    def verify(signature: bytes, data: bytes) -> None:
        if len(signature) != 2 * half:
            raise BadSignatureError
        r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        try:
            key.verify(encode_dss_signature(r, s), data, scheme)
        except InvalidSignature:
            raise BadSignatureError from None

    return verify


ES256: Final = Algorithm(
    "ES256",
    2 * _P256_BYTES,
    partial(_load, ec.SECP256R1(), hashes.SHA256(), _P256_BYTES),
    # RFC 6979, A.2.5: SHA-256, message "sample"
    KnownAnswer(
        bytes.fromhex(
            "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
        ),
        b"sample",
        bytes.fromhex(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        ),
    ),
)

ES384: Final = Algorithm(
    "ES384",
    2 * _P384_BYTES,
    partial(_load, ec.SECP384R1(), hashes.SHA384(), _P384_BYTES),
    # RFC 6979, A.2.6: SHA-384, message "sample"
    KnownAnswer(
        bytes.fromhex(
            "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
            "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
        ),
        b"sample",
        bytes.fromhex(
            "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
            "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
        ),
    ),
)
