"""A piece of a log as one file: for an auditor, and for the collector. All that is needed to check it lies in it.

    YANMALG1 | length u32 | head | then blocks: length u32 | columns          (big-endian)

The head is JSON with sorted keys and no spaces: `key` (the log's public key), `first` and `count` (its leaves), `edge`
(the tree before the first), `checkpoint` (the signed tree after the last), `receipt` (the newest one, or "") and `blocks`
(SHA-256 of all that follows: zstd says one thing in many ways, and a damaged file shall be found damaged). Where records
say their lane there is also `lanes`: the `names` of the numbers, and the device's `signature` over them (lane_names.py).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from firmware.ledger.columns import MAX_RECORDS, pack, unpack
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.lane_names import LaneNames, parse_names
from firmware.ledger.note import Note, NoteKey, parse_note
from firmware.ledger.tree import MAX_SIZE, Edge

MAGIC: Final = b"YANMALG1"
MAX_HEAD_BYTES: Final = 64 * 1024
MAX_LEAVES: Final = 20_000_000
_LENGTH: Final = struct.Struct(">I")
_LANES: Final = "lanes"
_FIELDS: Final = frozenset({"key", "first", "count", "edge", "checkpoint", "receipt", "blocks"})


class ExportError(LedgerDamagedError):
    """Bytes that are no export, or one that contradicts itself."""


@dataclass(frozen=True, slots=True)
class Export:
    """Leaves `edge.size` and after, with the tree before them and the signed one behind them. Unbelieved."""

    key: NoteKey
    edge: Edge
    bodies: list[bytes]
    checkpoint: Note
    receipt: Note | None = None
    lanes: LaneNames | None = None

    @property
    def size(self) -> int:
        """The leaves of the tree at the end."""
        return self.edge.size + len(self.bodies)


def write(export: Export) -> Iterator[bytes]:
    """The file, piece by piece."""
    starts = range(0, len(export.bodies), MAX_RECORDS)
    blocks = [pack(export.bodies[at : at + MAX_RECORDS]) for at in starts]
    pieces = [_LENGTH.pack(len(block)) + block for block in blocks]
    head = {
        "key": export.key.text,
        "first": export.edge.size,
        "count": len(export.bodies),
        "edge": [base64.b64encode(each).decode() for each in export.edge.hashes],
        "checkpoint": export.checkpoint.text,
        "receipt": export.receipt.text if export.receipt else "",
        "blocks": hashlib.sha256(b"".join(pieces)).hexdigest(),
    }
    said = _head_bytes(head | ({_LANES: export.lanes.fields()} if export.lanes else {}))
    yield MAGIC + _LENGTH.pack(len(said)) + said
    yield from pieces


def read(data: bytes) -> Export:
    """The export that `data` is, to its last byte. Raises LedgerDamagedError; nothing of it is believed yet."""
    if not data.startswith(MAGIC):
        raise ExportError("not an export of a ledger")
    said, at = _piece(data, len(MAGIC), MAX_HEAD_BYTES)
    head = _head(said)
    if hashlib.sha256(data[at:]).hexdigest() != head["blocks"]:
        raise ExportError("an export that is damaged: its records are not those that its head names")
    bodies: list[bytes] = []
    while len(bodies) < head["count"]:
        block, at = _piece(data, at, len(data))
        found = unpack(block)
        if len(found) != min(MAX_RECORDS, head["count"] - len(bodies)):
            raise ExportError("a block with another number of records than its place needs")
        bodies += found
    if at != len(data):
        raise ExportError("an export with something after its end")
    try:
        edge = Edge(head["first"], tuple(base64.b64decode(each, validate=True) for each in head["edge"]))
    except (ValueError, TypeError, binascii.Error) as error:
        raise ExportError("an export whose edge is none") from error
    receipt = parse_note(head["receipt"]) if head["receipt"] else None
    lanes = parse_names(head[_LANES]) if _LANES in head else None
    return Export(NoteKey.parse(head["key"]), edge, bodies, parse_note(head["checkpoint"]), receipt, lanes)


def _head(said: bytes) -> dict[str, Any]:
    try:
        head = json.loads(said)
    except (ValueError, RecursionError):
        raise ExportError("an export whose head is no JSON") from None
    if not isinstance(head, dict) or set(head) - {_LANES} != _FIELDS or _head_bytes(head) != said:
        raise ExportError("an export whose head has other fields, or is not in its one form")
    numbers = (head["first"], head["count"])
    texts = (head["key"], head["checkpoint"], head["receipt"], head["blocks"])
    if not all(type(each) is int for each in numbers) or not all(type(each) is str for each in texts):
        raise ExportError("an export whose head has a field of another kind")
    if not 0 <= head["first"] <= MAX_SIZE or not 0 <= head["count"] <= MAX_LEAVES or not isinstance(head["edge"], list):
        raise ExportError("an export of more leaves than there can be")
    return head


def _head_bytes(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _piece(data: bytes, at: int, most: int) -> tuple[bytes, int]:
    if at + _LENGTH.size > len(data):
        raise ExportError("an export that ends too early")
    (length,) = _LENGTH.unpack_from(data, at)
    start, end = at + _LENGTH.size, at + _LENGTH.size + length
    if length > most or end > len(data):
        raise ExportError("a length that runs past the end of the export")
    return data[start:end], end
