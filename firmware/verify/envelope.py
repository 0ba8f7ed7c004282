"""Bytes -> Envelope, still unbelieved: prefix, base45, one or two COSE_Sign1 levels with exactly the profile's fields."""

from __future__ import annotations

from typing import NamedTuple

from firmware.verify import base45, cbor, wire
from firmware.verify.cose import Sign1, parse_sign1
from firmware.verify.errors import MalformedError

_KID = int(wire.Header.KID)
_ISSUER_LABELS = frozenset({int(wire.Header.ALG), _KID})
_HOLDER_LABELS = frozenset({int(wire.Header.ALG)})
_LIVE_CLAIMS = frozenset({int(wire.Claim.IAT), int(wire.Claim.NONCE), int(wire.Claim.INNER)})


class LiveLayer(NamedTuple):
    """The holder's level: when the phone says it was made, its nonce, and the signed bytes."""

    signed: Sign1
    iat_s: int
    nonce: bytes


class Envelope(NamedTuple):
    """What the code carries. `kid` is the issuer key that the bytes claim; nothing here is believed."""

    credential: Sign1
    kid: bytes
    live: LiveLayer | None


class NestedLiveError(MalformedError):
    """A live code inside a live code: somebody put a fresh layer around an old one."""


class ForeignCodeError(MalformedError):
    """The text does not even begin like ours: somebody else's code."""


def parse_envelope(text: bytes) -> Envelope:
    """The envelope in the text of a code. Raises ForeignCodeError, NestedLiveError or MalformedError; never reads past a limit."""
    if not text.startswith(wire.PREFIX):
        raise ForeignCodeError("not a code of this profile")
    if len(text) > wire.MAX_TEXT_BYTES:
        raise MalformedError("longer than a code may be")
    outer = parse_sign1(base45.decode(text[len(wire.PREFIX) :]), (_ISSUER_LABELS, _HOLDER_LABELS))
    if _KID in outer.protected:
        return Envelope(outer, _kid(outer), None)
    live, inner = _live_layer(outer)
    return Envelope(inner, _kid(inner), live)


def _live_layer(outer: Sign1) -> tuple[LiveLayer, Sign1]:
    claims = _live_claims(outer)
    iat, nonce, inner = claims[wire.Claim.IAT], claims[wire.Claim.NONCE], claims[wire.Claim.INNER]
    if type(iat) is not int or not 0 <= iat <= wire.MAX_NUMERIC_DATE:
        raise MalformedError("the live layer's iat is not an instant")
    if type(nonce) is not bytes or len(nonce) != wire.NONCE_BYTES:
        raise MalformedError("the live layer's nonce has the wrong size")
    if type(inner) is not bytes:
        raise MalformedError("the live layer holds no credential")
    credential = parse_sign1(inner, (_ISSUER_LABELS, _HOLDER_LABELS))
    if _KID not in credential.protected:
        _live_claims(credential)
        raise NestedLiveError("a live layer around a live layer")
    return LiveLayer(_sized(outer), iat, nonce), credential


def _live_claims(signed: Sign1) -> dict[int | str, cbor.Value]:
    claims = cbor.decode(signed.payload)
    if not isinstance(claims, dict) or claims.keys() != _LIVE_CLAIMS:
        raise MalformedError("the live layer has other claims than iat, nonce and the credential")
    return claims


def _kid(signed: Sign1) -> bytes:
    kid = _sized(signed).protected[_KID]
    if type(kid) is not bytes or len(kid) != wire.KID_BYTES:
        raise MalformedError("the key id has the wrong size")
    return kid


def _sized(signed: Sign1) -> Sign1:
    if len(signed.signature) != wire.SIGNATURE_BYTES:
        raise MalformedError("the signature has the wrong size")
    if signed.alg is None:
        raise MalformedError("the algorithm is not an integer")
    return signed
