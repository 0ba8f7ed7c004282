"""A vector's key -> one of our algorithms and its verifier. Keys of other algorithms are said to be unsupported."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from firmware.conformance.vector import RefusedError, UnsupportedError
from firmware.verify.algorithms import ALGORITHMS, mldsa44, sm2
from firmware.verify.algorithms.base import UnavailableError, Verifier
from firmware.verify.wire import Alg

#: The names that curves go by, in small letters and without signs.
_CURVES: Final[Mapping[str, Alg]] = {
    **dict.fromkeys(("p256", "secp256r1", "prime256v1", "nistp256"), Alg.ES256),
    **dict.fromkeys(("p384", "secp384r1", "nistp384"), Alg.ES384),
    **dict.fromkeys(("sm2p256v1", "sm2", "curvesm2"), Alg.SM2_SM3),
    "ed25519": Alg.ED25519,
    "mldsa44": Alg.ML_DSA_44,
}
_COORDINATE_BYTES: Final = {Alg.ES256: 32, Alg.ES384: 48, Alg.SM2_SM3: 32}
_PUBLIC_NAMES: Final = ("pub", "public", "public_key")


def load_key(
    key: Mapping[str, Any] | None, *, dist_id: bytes = sm2.DISTINGUISHING_ID, context: bytes = b""
) -> tuple[Alg, Verifier]:
    """Our algorithm of the key, and a verifier. Raises UnsupportedError, or RefusedError for bytes that are no such key."""
    if key is None:
        raise UnsupportedError("no key is given")
    alg, public = _from_fields(key)
    try:
        if alg is Alg.SM2_SM3:
            return alg, sm2.verifier(public, dist_id)
        if alg is Alg.ML_DSA_44:
            return alg, mldsa44.verifier(public, context)
        return alg, ALGORITHMS[alg].load(public)
    except ValueError as error:
        raise RefusedError(f"not a key of {alg.name}") from error
    except UnavailableError as error:
        raise UnsupportedError(str(error)) from error


def _from_fields(key: Mapping[str, Any]) -> tuple[Alg, bytes]:
    curve = str(key.get("crv") or key.get("curve") or key.get("alg") or key.get("kty") or "")
    alg = _CURVES.get("".join(letter for letter in curve.lower() if letter.isalnum()))
    has_public = "x" in key or any(name in key for name in _PUBLIC_NAMES)
    if "cert_der" in key and not has_public and (alg is not None or not curve):
        return _from_certificate(_bytes(key["cert_der"]))
    if alg is None:
        raise UnsupportedError(f"a key of {curve or 'a form'} that is not supported")
    for name in _PUBLIC_NAMES:
        if name in key:
            return alg, _bytes(key[name])
    if "x" not in key:
        raise UnsupportedError("a key of a form that is not read here")
    return alg, _point(alg, key)


def _point(alg: Alg, key: Mapping[str, Any]) -> bytes:
    x = _bytes(key["x"])
    size = _COORDINATE_BYTES.get(alg)
    if size is None:
        return x
    y = key.get("y")
    if isinstance(y, bool):
        return bytes((3 if y else 2,)) + x.rjust(size, b"\0")
    if y is None:
        raise UnsupportedError("a key of a form that is not read here")
    return b"\x04" + x.rjust(size, b"\0") + _bytes(y).rjust(size, b"\0")


def _bytes(value: Any) -> bytes:
    """Hexadecimal, or base64url as in a JWK."""
    if not isinstance(value, str):
        raise UnsupportedError("a key whose bytes are no text")
    try:
        return bytes.fromhex(value)
    except ValueError:
        pass
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        raise UnsupportedError("a key whose bytes are neither hexadecimal nor base64") from None


def _from_certificate(der: bytes) -> tuple[Alg, bytes]:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        public = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsupportedError("a certificate whose key is not read here") from error
    if isinstance(public, ed25519.Ed25519PublicKey):
        return Alg.ED25519, public.public_bytes_raw()
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _CURVES:
        return _CURVES[public.curve.name], public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise UnsupportedError("a certificate for an algorithm that is not supported")
