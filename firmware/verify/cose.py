"""COSE_Sign1 (RFC 9052), strict: tag 18, exactly four parts, an empty unprotected header, the exact labels asked for."""

from __future__ import annotations

from typing import Final, NamedTuple

from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError

_SIGN1_OF_4: Final = bytes((wire.TAGGED_SIGN1, 0x84))
_ALG: Final = int(wire.Header.ALG)
_EMPTY_MAP: Final = b"\xa0"
_CONTEXT: Final = b"\x84\x6aSignature1"


class Sign1(NamedTuple):
    """One signed message, unbelieved. `protected` is decoded; `protected_bytes` and `payload` are exactly as they came."""

    protected_bytes: bytes
    protected: dict[int | str, cbor.Value]
    payload: bytes
    signature: bytes

    @property
    def alg(self) -> int | None:
        value = self.protected.get(_ALG)
        return value if type(value) is int else None

    @property
    def to_be_signed(self) -> bytes:
        """Sig_structure of RFC 9052, 4.4, with empty external data. An empty protected map counts as h''."""
        protected = b"" if self.protected_bytes == _EMPTY_MAP else self.protected_bytes
        return b"".join((_CONTEXT, cbor.encode_bytes(protected), b"\x40", cbor.encode_bytes(self.payload)))


def parse_sign1(data: bytes, labels: tuple[frozenset[int], ...], *, max_bytes: int = wire.MAX_COSE_BYTES) -> Sign1:
    """`data` as COSE_Sign1 whose protected header has exactly one of the label sets. Raises MalformedError."""
    if len(data) > max_bytes:
        raise MalformedError("cose: longer than allowed")
    if data[:2] != _SIGN1_OF_4:
        raise MalformedError("cose: not a tagged COSE_Sign1 of four parts")
    protected_bytes, position = cbor.read_bytes(data, 2)
    if data[position : position + 1] != _EMPTY_MAP:
        raise MalformedError("cose: the unprotected header is not empty")
    payload, position = cbor.read_bytes(data, position + 1)
    signature, position = cbor.read_bytes(data, position)
    if position != len(data):
        raise MalformedError("cose: bytes left over")
    if not payload:
        raise MalformedError("cose: no payload")
    protected = cbor.decode(protected_bytes)
    if not isinstance(protected, dict) or frozenset(protected) not in labels:
        raise MalformedError("cose: other header labels than the profile has")
    return Sign1(protected_bytes, protected, payload, signature)
