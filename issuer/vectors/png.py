"""1-bit PNG pictures that come out byte for byte the same everywhere: no library's compressor has a say in them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_MAX_STORED: Final = 0xFFFF
_ZLIB_HEAD: Final = b"\x78\x01"


def stored(data: bytes) -> bytes:
    """A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4): nothing is compressed, and nothing is left to choose."""
    starts = range(0, max(len(data), 1), _MAX_STORED)
    blocks = [data[start : start + _MAX_STORED] for start in starts]
    framed = [
        struct.pack("<BHH", number == len(blocks) - 1, len(block), len(block) ^ _MAX_STORED) + block
        for number, block in enumerate(blocks)
    ]
    return _ZLIB_HEAD + b"".join(framed) + struct.pack(">I", zlib.adler32(data))


def repeated(data: bytes, line_bytes: int) -> bytes:
    """A zlib stream in which whatever repeats the line above is written as that (RFC 1951, 3.2.6: fixed Huffman codes)."""
    bits = _Bits()
    bits.put(0b011, 3)  # the last block, with fixed codes
    at = 0
    while at < len(data):
        length = _repeats(data, at, line_bytes)
        if length < _MIN_MATCH:
            bits.symbol(data[at])
            at += 1
            continue
        base = max(base for base in _LENGTHS if base <= length)
        symbol, extra = _LENGTHS[base]
        bits.symbol(symbol)
        bits.put(length - base, extra)
        base = max(base for base in _DISTANCES if base <= line_bytes)
        code, extra = _DISTANCES[base]
        bits.put(_reversed(code, 5), 5)
        bits.put(line_bytes - base, extra)
        at += length
    bits.symbol(_END)
    return _ZLIB_HEAD + bits.done() + struct.pack(">I", zlib.adler32(data))


def _repeats(data: bytes, at: int, distance: int) -> int:
    """How many bytes from `at` on repeat those `distance` before."""
    if at < distance:
        return 0
    length = 0
    while length < _MAX_MATCH and at + length < len(data) and data[at + length] == data[at + length - distance]:
        length += 1
    return length


def _reversed(code: int, width: int) -> int:
    return int(f"{code:0{width}b}"[::-1], 2)


class _Bits:
    """Bits in the order of RFC 1951: numbers lowest bit first, Huffman codes highest bit first."""

    def __init__(self) -> None:
        self._number = 0
        self._width = 0
        self._out = bytearray()

    def put(self, number: int, width: int) -> None:
        self._number |= number << self._width
        self._width += width
        while self._width >= 8:
            self._out.append(self._number & 0xFF)
            self._number >>= 8
            self._width -= 8

    def symbol(self, symbol: int) -> None:
        """One symbol of the fixed literal and length codes."""
        code, width = _FIXED[symbol]
        self.put(code, width)

    def done(self) -> bytes:
        return bytes(self._out) + (bytes([self._number]) if self._width else b"")


#: RFC 1951, 3.2.6: (first symbol, last symbol, first code, bits).
_FIXED: Final = {
    symbol: (_reversed(code + symbol - first, width), width)
    for first, last, code, width in ((0, 143, 0x30, 8), (144, 255, 0x190, 9), (256, 279, 0, 7), (280, 287, 0xC0, 8))
    for symbol in range(first, last + 1)
}
_END: Final = 256
_MIN_MATCH, _MAX_MATCH = 3, 258


def _bases(first: int, start: int, doubling: int, count: int) -> dict[int, tuple[int, int]]:
    """Least value -> (symbol, extra bits): `doubling` symbols share a number of extra bits, which then grows by one."""
    table, value = {}, start
    for number in range(count):
        extra = max(number // doubling - 1, 0)
        table[value] = (first + number, extra)
        value += 1 << extra
    return table


#: RFC 1951, 3.2.5. The longest match has a symbol of its own.
_LENGTHS: Final = {**_bases(257, 3, 4, 28), _MAX_MATCH: (285, 0)}
_DISTANCES: Final = _bases(0, 1, 2, 30)


def png(cells: Sequence[Sequence[bool]]) -> bytes:
    """A picture of one dot to a cell, black where it is True."""
    height, width = len(cells), len(cells[0])
    lines = b"".join(b"\0" + packed for row, times in _runs(cells) for packed in [_packed(row)] * times)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = repeated(lines, len(lines) // height)
    return _SIGNATURE + b"".join((*_chunk(b"IHDR", header), *_chunk(b"IDAT", body), *_chunk(b"IEND", b"")))


def _runs(cells: Sequence[Sequence[bool]]) -> Iterator[tuple[Sequence[bool], int]]:
    """Each row with the number of times that it comes one after another."""
    for _, group in groupby(cells, key=id):
        rows = list(group)
        yield rows[0], len(rows)


def _packed(row: Sequence[bool]) -> bytes:
    """Eight dots to a byte, the leftmost highest; 1 is white."""
    bits = 0
    for cell in row:
        bits = bits << 1 | (not cell)
    spare = -len(row) % 8
    return (bits << spare).to_bytes((len(row) + spare) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> Iterator[bytes]:
    yield struct.pack(">I", len(data)) + kind + data
    yield struct.pack(">I", zlib.crc32(kind + data))
