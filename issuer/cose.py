"""Claims -> bytes: deterministic CBOR, COSE_Sign1, base45.

The office writes with `cbor2`; the device reads with its own parser, so a mistake in one does not hide in the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import cbor2

from firmware.verify.wire import COSE_SIGN1_TAG, PREFIX, Alg, Claim, Header

_BASE45: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

#: What may stand in our CBOR: no floats, no tags, no null.
Value = int | bool | bytes | str | list["Value"] | dict["int | str", "Value"]
Map = dict[int | str, Value]


class Signer(Protocol):
    """Whatever can sign: a key of the office or of a holder."""

    @property
    def alg(self) -> Alg: ...

    @property
    def kid(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


def encode(value: object) -> bytes:
    """Deterministic CBOR (RFC 8949, 4.2.1): shortest, definite, keys in bytewise order of their encoding."""
    return cbor2.dumps(_ordered(value))


def _ordered(value: object) -> object:
    """Not cbor2's own `canonical`: that is the older length-first order of RFC 7049."""
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def sign1(protected: Map, payload: bytes, signer: Signer) -> bytes:
    """One tagged COSE_Sign1 (RFC 9052) over exactly these payload bytes."""
    header = encode(protected)
    signature = signer.sign(encode(["Signature1", header, b"", payload]))
    return join1(header, payload, signature)


def join1(header: bytes, payload: bytes, signature: bytes, unprotected: Map | None = None) -> bytes:
    """The tagged array of four, from parts that are already bytes. Good codes have an empty unprotected header."""
    return cbor2.dumps(cbor2.CBORTag(COSE_SIGN1_TAG, [header, _ordered(unprotected or {}), payload, signature]))


def split1(cose: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, payload and signature of a COSE_Sign1 that we made ourselves."""
    header, _, payload, signature = cbor2.loads(cose).value
    return header, payload, signature


def issuer_header(signer: Signer) -> Map:
    return {Header.ALG: signer.alg, Header.KID: signer.kid}


def holder_header(signer: Signer) -> Map:
    return {Header.ALG: signer.alg}


def typed_header(signer: Signer, content_type: str) -> Map:
    """Trust and status data say what they are, so that one can never be taken for another."""
    return issuer_header(signer) | {Header.TYPE: content_type}


def inner_of(cose: bytes) -> bytes:
    """The issuer's credential inside a two-level code that we made ourselves."""
    inner = cbor2.loads(split1(cose)[1])[Claim.INNER]
    assert isinstance(inner, bytes)
    return inner


def base45(data: bytes) -> bytes:
    """RFC 9285."""
    out = bytearray()
    for at in range(0, len(data) - 1, 2):
        rest, low = divmod(data[at] * 256 + data[at + 1], 45)
        high, middle = divmod(rest, 45)
        out += bytes((_BASE45[low], _BASE45[middle], _BASE45[high]))
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        out += bytes((_BASE45[low], _BASE45[high]))
    return bytes(out)


def text_of(cose: bytes) -> bytes:
    """What stands in the QR code."""
    return PREFIX + base45(cose)
