"""The first leaf of every log: where it begins, and what went before it. 53 bytes, like a record, of version 0.

    0 u8 | sequence u32 | how u8 | link 32 bytes | size u32 | zeros          (big-endian)

`sequence` is added to a leaf's place to give its record's number. `link` names what went before: nothing, the last
forgotten link of a chain (ledgers were hash chains before they were trees), or the root of a log under another key.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.record import RECORD_BYTES

VERSION: Final = 0
_LAYOUT: Final = struct.Struct(">BIB32sI")
GENESIS: Final = hashlib.sha256(b"yanma ledger 1").digest()


class Before(IntEnum):
    """What went before a log."""

    NOTHING = 0
    CHAIN = 1  # a chain that held when it was taken over
    BROKEN_CHAIN = 2  # a chain that did not: its records were taken over as they were
    OTHER_KEY = 3  # a log signed by another device key


@dataclass(frozen=True, slots=True)
class Start:
    """What the first leaf says."""

    sequence: int = 0
    before: Before = Before.NOTHING
    link: bytes = GENESIS
    size: int = 0

    def encode(self) -> bytes:
        packed = _LAYOUT.pack(VERSION, self.sequence, self.before, self.link, self.size)
        return packed.ljust(RECORD_BYTES, b"\x00")


def is_start(body: bytes) -> bool:
    return len(body) == RECORD_BYTES and body[0] == VERSION


def decode_start(body: bytes) -> Start:
    """What these bytes say. Raises LedgerDamagedError when they are no first leaf, to the last byte."""
    if not is_start(body):
        raise LedgerDamagedError("the first leaf does not say where the log begins")
    _, sequence, before, link, size = _LAYOUT.unpack(body[: _LAYOUT.size])
    if before not in Before.__members__.values():
        raise LedgerDamagedError(f"a log that began in the unknown way {before}")
    start = Start(sequence, Before(before), link, size)
    if start.encode() != body:
        raise LedgerDamagedError("a first leaf with something after its end")
    return start
