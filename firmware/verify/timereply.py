"""A signed reply to our own question about the time: bytes -> TimeReply, or UntrustedError.

The reply is a COSE_Sign1 whose payload is {nonce, [milliseconds, radius in milliseconds]}: when it was signed, true time was within
the radius of the figure. It is signed by a key of the trust list with the use "time". The nonce is ours and never used before, so
an older reply answers another question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firmware.verify import cbor, wire
from firmware.verify.algorithms.base import BadSignatureError, UnavailableError
from firmware.verify.cose import parse_sign1
from firmware.verify.errors import MalformedError
from firmware.verify.trust import IssuerKey, UntrustedError, same_algorithm

MAX_REPLY_BYTES: Final = 512
#: A server that is surer of its time than this is asked; another one is no help to a code of 60 s.
MAX_RADIUS_MS: Final = 10_000
_LABELS: Final = (frozenset({int(wire.Header.ALG), int(wire.Header.KID), int(wire.Header.TYPE)}),)
_CLAIMS: Final = frozenset({int(wire.Claim.NONCE), int(wire.Claim.TIME)})
_MAX_UTC_MS: Final = wire.MAX_NUMERIC_DATE * 1000


@dataclass(frozen=True, slots=True)
class TimeReply:
    """What a time server says of the instant at which it signed, and to which question."""

    nonce: bytes
    utc_s: float
    radius_s: float


def read_time_reply(data: bytes, keys: Mapping[bytes, tuple[IssuerKey, ...]]) -> TimeReply:
    """The reply, its signature checked under the keys for time. Whether the nonce is ours is the caller's question."""
    try:
        signed = parse_sign1(data, _LABELS, max_bytes=MAX_REPLY_BYTES)
        claims = cbor.decode(signed.payload)
    except MalformedError as error:
        raise UntrustedError(f"time reply: {error}") from error
    if signed.protected[wire.Header.TYPE] != wire.TIME_TYPE:
        raise UntrustedError("time reply: another type")
    kid = signed.protected[wire.Header.KID]
    records = keys.get(kid, ()) if isinstance(kid, bytes) else ()
    records = tuple(record for record in records if wire.USE_TIME in record.uses)
    if not records:
        raise UntrustedError("time reply: signed by no key for time of the trust list")
    held = [record for record in records if _holds(record, signed.alg, signed.signature, signed.to_be_signed)]
    if not held:
        raise UntrustedError("time reply: the signature does not hold")
    reply = _reply(claims)
    if not any(record.signs_from_s <= reply.utc_s <= record.signs_until_s for record in held):
        raise UntrustedError("time reply: made outside the dates of its key")
    return reply


def _holds(record: IssuerKey, alg: int | None, signature: bytes, message: bytes) -> bool:
    if not same_algorithm(alg, record.alg):
        return False
    try:
        record.verify(signature, message)
    except (BadSignatureError, UnavailableError):
        return False
    return True


def _reply(claims: cbor.Value) -> TimeReply:
    fault = UntrustedError("time reply: not {nonce, [milliseconds, radius]}")
    if not isinstance(claims, dict) or frozenset(claims) != _CLAIMS:
        raise fault
    nonce, body = claims[wire.Claim.NONCE], claims[wire.Claim.TIME]
    if not isinstance(nonce, bytes) or len(nonce) != wire.TIME_NONCE_BYTES:
        raise fault
    if not isinstance(body, list) or len(body) != 2:
        raise fault
    utc_ms, radius_ms = body
    if type(utc_ms) is not int or type(radius_ms) is not int:
        raise fault
    if not 0 <= utc_ms <= _MAX_UTC_MS or not 0 <= radius_ms <= MAX_RADIUS_MS:
        raise UntrustedError(f"time reply: out of range (radius {radius_ms} ms, at most {MAX_RADIUS_MS})")
    return TimeReply(nonce, utc_ms / 1000, radius_ms / 1000)
