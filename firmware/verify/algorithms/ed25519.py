"""Ed25519 (RFC 8032; COSE number -19 of RFC 9864, and the older EdDSA -8)."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.verify.algorithms.base import Algorithm, BadSignatureError, KnownAnswer, Verifier


def _load(public: bytes) -> Verifier:
    key = Ed25519PublicKey.from_public_bytes(public)

    def verify(signature: bytes, data: bytes) -> None:
        try:
            key.verify(signature, data)
        except InvalidSignature:
            raise BadSignatureError from None

    return verify


ED25519: Final = Algorithm(
    "Ed25519",
    64,
    _load,
    # RFC 8032, 7.1, test 2
    KnownAnswer(
        bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        b"\x72",
        bytes.fromhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
)
