"""ML-DSA-44 (FIPS 204; COSE number -48): for trust and status data alone, since 2420 bytes of signature fit no scannable code.

Needs a `cryptography` that has it (47 began) over OpenSSL 3.5 or later: its wheels bring one, a distribution may not.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from firmware.verify.algorithms.base import Algorithm, BadSignatureError, UnavailableError, Verifier
from firmware.verify.algorithms.mldsa44_answer import KNOWN_ANSWER

SIGNATURE_BYTES: Final = 2420
PUBLIC_BYTES: Final = 1312


def verifier(public: bytes, context: bytes = b"") -> Verifier:
    """A verifier for a raw public key of 1312 bytes. COSE signs with the empty context string.

    Raises ValueError for bytes of another length, and UnavailableError where the library has no ML-DSA.
    """
    if len(public) != PUBLIC_BYTES:
        raise ValueError("an ML-DSA-44 key has 1312 bytes")
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        key = MLDSA44PublicKey.from_public_bytes(public)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise UnavailableError(
            "ML-DSA-44 needs the cryptography of the lock file, with OpenSSL 3.5 or later: make setup"
        ) from error

    def verify(signature: bytes, data: bytes) -> None:
        try:
            key.verify(signature, data, context)
        except (InvalidSignature, ValueError):  # ValueError: a context string over 255 bytes
            raise BadSignatureError from None

    return verify


ML_DSA_44: Final = Algorithm("ML-DSA-44", SIGNATURE_BYTES, verifier, KNOWN_ANSWER)
