"""Records as columns, for a file that is sent: each field of all records together, small tables for what repeats, then zstd.

Nothing is lost: the 53 bytes of every record come back exactly. About 21 bytes a record, of which 16 are the digest of
the credential, which no compression can shorten.

    count u16, then for each column: length u32 and one zstd frame. Columns, in this order:
    places of the heads | heads | kids' places | kids | versions' places | versions | sequence steps | time steps |
    digests | lanes and microseconds          (numbers big-endian; those of a column byte plane by byte plane, the highest first)
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

import zstandard

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.record import RECORD_BYTES

MAX_RECORDS: Final = 4096
MAX_COLUMN_BYTES: Final = 16 * MAX_RECORDS
_COUNT: Final = struct.Struct(">H")
_LENGTH: Final = struct.Struct(">I")
#: Where the fields of `record.LAYOUT` lie. The head is the version with level, family, reason and kind.
_HEAD: Final = (slice(0, 1), slice(13, 17))
_SEQUENCE: Final = slice(1, 5)
_TIME: Final = slice(5, 13)
_DIGEST: Final = slice(17, 33)
_KID: Final = slice(33, 41)
_VERSIONS: Final = slice(41, 49)
_ELAPSED: Final = slice(49, 53)  # the lane is its first byte, and so a plane of its own
_LEVEL: Final = 19


class ColumnsError(LedgerDamagedError):
    """Bytes that are no columns of records."""


def pack(bodies: Sequence[bytes]) -> bytes:
    """One block of at most MAX_RECORDS records. ValueError for more, or for a record of another length."""
    if len(bodies) > MAX_RECORDS or any(len(body) != RECORD_BYTES for body in bodies):
        raise ValueError(f"a block holds at most {MAX_RECORDS} records of {RECORD_BYTES} bytes")
    columns = [
        *_table([body[_HEAD[0]] + body[_HEAD[1]] for body in bodies]),
        *_table([body[_KID] for body in bodies]),
        *_table([body[_VERSIONS] for body in bodies]),
        _steps([int.from_bytes(body[_SEQUENCE], "big") for body in bodies]),
        _steps([int.from_bytes(body[_TIME], "big") for body in bodies]),
        b"".join(body[_DIGEST] for body in bodies),
        _planes(b"".join(body[_ELAPSED] for body in bodies), 4),
    ]
    packer = zstandard.ZstdCompressor(level=_LEVEL)
    packed = [packer.compress(column) for column in columns]
    return _COUNT.pack(len(bodies)) + b"".join(_LENGTH.pack(len(each)) + each for each in packed)


def unpack(block: bytes) -> list[bytes]:
    """The records of one block, to its last byte. Raises ColumnsError; never inflates more than MAX_COLUMN_BYTES a column."""
    if len(block) < _COUNT.size:
        raise ColumnsError("a block that ends too early")
    (count,) = _COUNT.unpack_from(block)
    if count > MAX_RECORDS:
        raise ColumnsError(f"a block of {count} records, at most {MAX_RECORDS} allowed")
    columns = _columns(block, _COUNT.size)
    heads = _of_table(columns[0], columns[1], 5, count)
    kids = _of_table(columns[2], columns[3], 8, count)
    versions = _of_table(columns[4], columns[5], 8, count)
    sequences = _of_steps(columns[6], 4, count)
    times = _of_steps(columns[7], 8, count)
    digests = _cut(columns[8], 16, count)
    elapsed = _cut(_unplanes(columns[9], 4), 4, count)
    rows = zip(heads, sequences, times, digests, kids, versions, elapsed, strict=True)
    return [b"".join((h[:1], s, t, h[1:], d, k, v, e)) for h, s, t, d, k, v, e in rows]


def _columns(block: bytes, at: int) -> list[bytes]:
    found = []
    for _ in range(10):
        if at + _LENGTH.size > len(block):
            raise ColumnsError("a block that ends too early")
        (length,) = _LENGTH.unpack_from(block, at)
        at += _LENGTH.size
        if at + length > len(block):
            raise ColumnsError("a column that runs past the end of its block")
        found.append(_inflate(block[at : at + length]))
        at += length
    if at != len(block):
        raise ColumnsError("a block with something after its end")
    return found


def _inflate(frame: bytes) -> bytes:
    """One zstd frame that says its size; the size is checked before anything is allocated."""
    try:
        size = zstandard.frame_content_size(frame)
        if not 0 <= size <= MAX_COLUMN_BYTES:
            raise ColumnsError("a column that is too large, or does not say how large it is")
        unpacker = zstandard.ZstdDecompressor().decompressobj()
        data = unpacker.decompress(frame)
    except zstandard.ZstdError:
        raise ColumnsError("a column that is no zstd frame") from None
    if not unpacker.eof or unpacker.unused_data or len(data) != size:
        raise ColumnsError("a column that is cut, or followed by more")
    return data


def _table(values: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(places of two bytes, in planes; the distinct values in order of appearance)."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return _planes(b"".join(places[value].to_bytes(2, "big") for value in values), 2), b"".join(places)


def _of_table(places: bytes, values: bytes, width: int, count: int) -> list[bytes]:
    table = [values[at : at + width] for at in range(0, len(values), width)]
    if len(values) % width or len(table) > count:
        raise ColumnsError("a table of another width, or longer than its records")
    chosen = [int.from_bytes(place, "big") for place in _cut(_unplanes(places, 2), 2, count)]
    if chosen and max(chosen) >= len(table):
        raise ColumnsError("a place outside its table")
    return [table[place] for place in chosen]


def _steps(numbers: Sequence[int]) -> bytes:
    """Differences to the one before, folded so that small ones of either sign are small, in planes of nine bytes."""
    steps = [after - before for before, after in pairwise([0, *numbers])]
    return _planes(b"".join((step << 1 if step >= 0 else -step << 1 | 1).to_bytes(9, "big") for step in steps), 9)


def _of_steps(column: bytes, width: int, count: int) -> list[bytes]:
    folded = [int.from_bytes(each, "big") for each in _cut(_unplanes(column, 9), 9, count)]
    numbers = list(accumulate(-(each >> 1) if each & 1 else each >> 1 for each in folded))
    if numbers and not 0 <= min(numbers) <= max(numbers) < 1 << 8 * width:
        raise ColumnsError("a number outside its field")
    return [number.to_bytes(width, "big") for number in numbers]


def _planes(data: bytes, width: int) -> bytes:
    return b"".join(data[place::width] for place in range(width))


def _unplanes(data: bytes, width: int) -> bytes:
    if len(data) % width:
        raise ColumnsError("a column of another width")
    return _planes(data, len(data) // width) if data else b""


def _cut(data: bytes, width: int, count: int) -> list[bytes]:
    if len(data) != width * count:
        raise ColumnsError("a column of another length than its block")
    return [data[at : at + width] for at in range(0, len(data), width)]
