"""The register token: which register is in force, until when, and which parcels lead to it. Payload bytes -> RegisterToken.

The parcels themselves are unsigned; each is named by its SHA-256 here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError, UntrustedError
from firmware.verify.values import as_instant, as_list, as_map, as_whole
from firmware.verify.wire import RegisterField

MAX_TOKEN_BYTES: Final = 128 << 10
#: As large as a register may be in any form (firmware/register/facts.py has the same).
MAX_REGISTER_BYTES: Final = 1 << 30
_CLAIMS: Final = frozenset(int(claim) for claim in (wire.Claim.IAT, wire.Claim.EXP, wire.Claim.REGISTER))
_FIELDS: Final = frozenset(int(field) for field in RegisterField)
_ITEMS_A_DELTA: Final = 7
_MAX_ITEMS: Final = 32 + wire.MAX_DELTAS * _ITEMS_A_DELTA


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file to fetch: its SHA-256 and its size."""

    sha256: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DeltaOffer:
    """A parcel that leads from the register of one serial to that of a later one, whose content is named."""

    from_serial: int
    to_serial: int
    parcel: Parcel
    unpacked_bytes: int
    to_content: bytes


@dataclass(frozen=True, slots=True)
class RegisterToken:
    """What the publisher says of its register. `content` and `size_bytes` are SHA-256 and length of its one form."""

    serial: int
    issued_s: int
    expires_s: int
    content: bytes
    size_bytes: int
    snapshot: Parcel
    deltas: tuple[DeltaOffer, ...]


def parse_register_token(payload: bytes) -> RegisterToken:
    """The token in a payload whose signature held. Raises UntrustedError."""
    try:
        claims = as_map(cbor.decode(payload, max_bytes=MAX_TOKEN_BYTES, max_items=_MAX_ITEMS), "register token")
    except MalformedError as error:
        raise UntrustedError(f"register token: {error}") from error
    if frozenset(claims) != _CLAIMS:
        raise UntrustedError("register token: other claims than expected")
    body = as_map(claims[wire.Claim.REGISTER], "register")
    if frozenset(body) != _FIELDS:
        raise UntrustedError("a register with other fields than the profile has")
    issued_s, expires_s = as_instant(claims[wire.Claim.IAT]), as_instant(claims[wire.Claim.EXP])
    if expires_s < issued_s:
        raise UntrustedError("register token: ends before it was made")
    token = RegisterToken(
        serial=as_whole(body[RegisterField.SERIAL], "a serial"),
        issued_s=issued_s,
        expires_s=expires_s,
        content=_sha256(body[RegisterField.CONTENT]),
        size_bytes=_size(body[RegisterField.SIZE]),
        snapshot=_parcel(as_list(body[RegisterField.SNAPSHOT], "snapshot")),
        deltas=_deltas(as_list(body[RegisterField.DELTAS], "list of deltas")),
    )
    for offer in token.deltas:
        if not offer.from_serial < offer.to_serial <= token.serial:
            raise UntrustedError("a delta that does not lead forward to the register")
        if offer.to_serial == token.serial and offer.to_content != token.content:
            raise UntrustedError("a delta that leads to another register of this serial")
    return token


def _deltas(values: list[cbor.Value]) -> tuple[DeltaOffer, ...]:
    if len(values) > wire.MAX_DELTAS:
        raise UntrustedError(f"more than {wire.MAX_DELTAS} deltas")
    offers = tuple(_delta(as_list(value, "delta")) for value in values)
    if any((a.from_serial, a.to_serial) >= (b.from_serial, b.to_serial) for a, b in pairwise(offers)):
        raise UntrustedError("deltas out of order, or twice")
    return offers


def _delta(row: list[cbor.Value]) -> DeltaOffer:
    if len(row) != _ITEMS_A_DELTA - 1:
        raise UntrustedError("a delta with other fields than the profile has")
    return DeltaOffer(
        as_whole(row[0], "a serial"), as_whole(row[1], "a serial"), _parcel(row[2:4]), _size(row[4]), _sha256(row[5])
    )


def _parcel(row: list[cbor.Value]) -> Parcel:
    if len(row) != 2:
        raise UntrustedError("a parcel with other fields than the profile has")
    return Parcel(_sha256(row[0]), _size(row[1]))


def _sha256(value: cbor.Value) -> bytes:
    if not isinstance(value, bytes) or len(value) != wire.SHA256_BYTES:
        raise UntrustedError("a hash that is not of 32 bytes")
    return value


def _size(value: cbor.Value) -> int:
    size = as_whole(value, "a size")
    if not 0 < size <= MAX_REGISTER_BYTES:
        raise UntrustedError("a size that no register has")
    return size
