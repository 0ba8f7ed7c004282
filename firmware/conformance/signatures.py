"""Suites of bare signatures: key, message, signature (raw r || s, or the DER of X9.62)."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.conformance.keys import load_key
from firmware.conformance.vector import Answer, RefusedError, UnsupportedError, Vector, judge
from firmware.verify.algorithms import ALGORITHMS, sm2
from firmware.verify.algorithms.base import BadSignatureError, UnavailableError, Verifier

RAW, DER = "raw", "der"
_FORMS: Final = {"raw": RAW, "p1363": RAW, "der": DER, "asn1": DER}


def run(vector: Vector) -> Answer:
    return judge(vector, _attempt)


def _attempt(vector: Vector) -> None:
    message = vector.bytes_of("msg_hex")
    if message is None:
        raise UnsupportedError("the vector has no msg_hex")
    dist_id = vector.bytes_of("dist_id_hex")
    if dist_id is None:
        dist_id = str(vector.fields.get("dist_id", sm2.DISTINGUISHING_ID.decode())).encode()
    alg, verify = load_key(vector.key, dist_id=dist_id, context=vector.bytes_of("ctx_hex") or b"")
    signature = vector.input
    if _form(vector) == DER:
        signature = _raw(signature, ALGORITHMS[alg].signature_bytes // 2)
    require_signature(verify, signature, message)


def require_signature(verify: Verifier, signature: bytes, message: bytes) -> None:
    """Raises RefusedError when the signature does not hold, UnsupportedError when this machine cannot say."""
    try:
        verify(signature, message)
    except BadSignatureError:
        raise RefusedError("the signature does not hold") from None
    except UnavailableError as error:
        raise UnsupportedError(str(error)) from error


def _form(vector: Vector) -> str:
    named = vector.fields.get("form", vector.suite.rsplit("_", 1)[-1])
    return _FORMS.get(str(named), RAW)


def _raw(der: bytes, half: int) -> bytes:
    """r || s of a DER signature. Anything but the one DER form of two numbers that fit is refused."""
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")
    except (ValueError, OverflowError) as error:
        raise RefusedError("not the DER of two numbers of the curve's size") from error
