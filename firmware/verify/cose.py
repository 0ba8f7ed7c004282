"""COSE_Sign1 (RFC 9052), strict: tag 18, exactly four parts, an empty unprotected header, the exact labels asked for."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError

_ARRAY_OF_4 = 0x84
_EMPTY_MAP = 0xA0
_BYTES = 2
_CONTEXT = b"\x84\x6aSignature1"


@dataclass(frozen=True, slots=True)
class Sign1:
    """One signed message, unbelieved. `protected` is decoded; `protected_bytes` and `payload` are exactly as they came."""

    protected_bytes: bytes
    protected: dict[int | str, cbor.Value]
    payload: bytes
    signature: bytes

    @property
    def alg(self) -> int | None:
        value = self.protected.get(wire.Header.ALG)
        return value if type(value) is int else None

    @property
    def to_be_signed(self) -> bytes:
        """Sig_structure of RFC 9052, 4.4, with empty external data. An empty protected map counts as h''."""
        protected = b"" if self.protected_bytes == b"\xa0" else self.protected_bytes
        return b"".join((_CONTEXT, cbor.encode_bytes(protected), b"\x40", cbor.encode_bytes(self.payload)))


def parse_sign1(data: bytes, labels: tuple[frozenset[int], ...], *, max_bytes: int = wire.MAX_COSE_BYTES) -> Sign1:
    """`data` as COSE_Sign1 whose protected header has exactly one of the label sets. Raises MalformedError."""
    if len(data) > max_bytes:
        raise MalformedError("cose: longer than allowed")
    if data[:2] != bytes((wire.TAGGED_SIGN1, _ARRAY_OF_4)):
        raise MalformedError("cose: not a tagged COSE_Sign1 of four parts")
    reader = cbor.Reader(data, 4, 1, 2)
    protected_bytes = _byte_string(reader)
    if data[reader.position : reader.position + 1] != bytes((_EMPTY_MAP,)):
        raise MalformedError("cose: the unprotected header is not empty")
    reader.position += 1
    payload = _byte_string(reader)
    signature = _byte_string(reader)
    reader.finish()
    if not payload:
        raise MalformedError("cose: no payload")
    protected = cbor.decode(protected_bytes)
    if not isinstance(protected, dict) or frozenset(protected) not in labels:
        raise MalformedError("cose: other header labels than the profile has")
    return Sign1(protected_bytes, protected, payload, signature)


def _byte_string(reader: cbor.Reader) -> bytes:
    major, length = reader.head()
    if major != _BYTES:
        raise MalformedError("cose: a part that is not a byte string")
    return reader.take(length)
