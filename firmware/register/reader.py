"""One coded set, read strictly: one mark at a time, or all in order. Nothing is decoded before its length was checked."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from mmap import mmap
from typing import Final, TypeAlias

import numpy as np

from firmware.register.bits import Bits, Numbers, bits_of, low_bits, numbers_of, read_column, width_of
from firmware.register.facts import (
    BATCH_BLOCKS,
    BLOCK_MARKS,
    MARKED,
    MAX_LOW_BITS,
    RegisterError,
)
from firmware.register.header import MAX_HEADER_BYTES, parse_header
from firmware.register.shape import ROOT, Prefix

Data: TypeAlias = bytes | mmap

_STEPS: Final = np.arange(BLOCK_MARKS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Marks that follow one another: the rank of the first, their positions, their states."""

    rank: int
    positions: Numbers
    states: Bits


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where the bits of one fork begin: the byte of the file, and for each block the bit (one more than there are blocks)."""

    byte: int
    at: Numbers


class SetReader:
    """The set that begins at byte `start` of `data`. Raises RegisterError when its directory contradicts itself or the data."""

    def __init__(self, data: Data, start: int = 0, *, states: Set[int] = MARKED) -> None:
        self._data = data
        header, size = parse_header(data[start : start + MAX_HEADER_BYTES], states=states)
        self.places, self.marks, self.shape = header.places, header.marks, header.shape
        widths = header.widths
        self.blocks = -(-self.marks // BLOCK_MARKS)
        self._sizes = np.full(self.blocks, BLOCK_MARKS, np.int64)
        if self.blocks:
            self._sizes[-1] = self.marks - (self.blocks - 1) * BLOCK_MARKS
        cursor = _Cursor(data, start + size)
        self._read_gaps(cursor, widths[0], widths[1])
        forked = {fork: self._column(cursor, widths[2]) for fork in self.shape.forks if fork != ROOT}
        if forked and widths[2] != max(width_of(column) for column in forked.values()):
            raise RegisterError("a directory column wider than its numbers")
        if not forked and widths[2]:
            raise RegisterError("a directory column of nothing")
        self._high_byte = cursor.skip_bits(int(self._high_at[-1]))
        self._low_byte = cursor.skip_bits(int(self._low_at[-1]))
        self._planes = self._read_planes(cursor, forked)
        self.end = cursor.at

    def _read_gaps(self, cursor: _Cursor, span_width: int, high_width: int) -> None:
        spans, highs = self._column(cursor, span_width), self._column(cursor, high_width)
        if (span_width, high_width) != (width_of(spans), width_of(highs)):
            raise RegisterError("a directory column wider than its numbers")
        self._width = low_bits(spans, self._sizes, None)
        if (self._width > MAX_LOW_BITS).any() or (highs < self._sizes).any():
            raise RegisterError("a block whose gaps cannot be")
        if (highs - self._sizes > spans >> self._width).any():
            raise RegisterError("a block whose unary part is longer than its span")
        self._ends = np.cumsum(spans + self._sizes) - 1  # the last position of each block
        if self.blocks and self._ends[-1] >= self.places:
            raise RegisterError("marks beyond the last place")
        self._high_at, self._low_at = _starts(highs), _starts(self._width * self._sizes)

    def _read_planes(self, cursor: _Cursor, forked: dict[Prefix, Numbers]) -> dict[Prefix, _Plane]:
        counts = {ROOT: self._sizes} | forked if self.shape.forks else {}
        for length, code in counts:
            children = [counts[child] for child in _children(length, code) if child in counts]
            total = sum(children, np.zeros(self.blocks, np.int64))
            wrong = total != counts[length, code] if len(children) == 2 else total > counts[length, code]
            if wrong.any():
                raise RegisterError("a block with more states than marks")
        return {
            fork: _Plane(cursor.skip_bits(int(at[-1])), at)
            for fork, at in ((fork, _starts(column)) for fork, column in counts.items())
        }

    def _column(self, cursor: _Cursor, width: int) -> Numbers:
        return read_column(cursor.take(self.blocks * width), self.blocks, width)

    @property
    def cuts(self) -> tuple[int, ...]:
        """Where another kind of bytes begins: what packs the data does well to begin anew there."""
        return (self._high_byte, self._low_byte, *(plane.byte for plane in self._planes.values()), self.end)

    def find(self, position: int) -> int | None:
        """The rank of the mark at `position`; None where nothing is marked. Raises RegisterError for a block that lies."""
        block = int(np.searchsorted(self._ends, position))
        if block == self.blocks:
            return None
        positions = self._positions(block, block + 1)
        place = int(np.searchsorted(positions, position))
        return block * BLOCK_MARKS + place if positions[place] == position else None

    def state_at(self, rank: int) -> int:
        """The state of the mark of this rank, below `marks`."""
        block, place = divmod(rank, BLOCK_MARKS)
        if self.shape.only is not None:
            return self.shape.only
        prefix = ROOT
        while prefix in self._planes:
            plane = self._planes[prefix]
            bits = self._bits(plane.byte, int(plane.at[block]), int(plane.at[block + 1]))
            if place >= len(bits):
                raise RegisterError("a block with fewer states than marks")
            bit = int(bits[place])
            ones = int(np.count_nonzero(bits[:place]))
            place = ones if bit else place - ones
            prefix = (prefix[0] + 1, prefix[1] << 1 | bit)
        return self.shape.words[prefix]

    def batches(self, first_block: int = 0) -> Iterator[Batch]:
        """Every mark in order, some blocks at a time."""
        for first in range(first_block, self.blocks, BATCH_BLOCKS):
            end = min(first + BATCH_BLOCKS, self.blocks)
            yield Batch(first * BLOCK_MARKS, self._positions(first, end), self._states(first, end))

    def _bits(self, byte: int, first: int, end: int) -> Bits:
        """The bits [first, end) of the section that begins at `byte`."""
        return bits_of(self._data[byte + (first >> 3) : byte + ((end + 7) >> 3)], first & 7, end - first)

    def _positions(self, first: int, end: int) -> Numbers:
        high_first, high_end = int(self._high_at[first]), int(self._high_at[end])
        stops = np.flatnonzero(self._bits(self._high_byte, high_first, high_end))
        sizes = self._sizes[first:end]
        lasts = np.cumsum(sizes) - 1
        if len(stops) != lasts[-1] + 1 or (stops[lasts] != self._high_at[first + 1 : end + 1] - high_first - 1).any():
            raise RegisterError("a block with more or fewer marks than it says")
        gaps = np.diff(stops, prepend=-1) - 1
        low_first, low_end = int(self._low_at[first]), int(self._low_at[end])
        data = self._data[self._low_byte + (low_first >> 3) : self._low_byte + ((low_end + 7) >> 3)]
        if end - first == 1:
            width = int(self._width[first])
            gaps = gaps << width | numbers_of(data, _STEPS[: len(gaps)] * width, width)
        else:
            widths = np.repeat(self._width[first:end], sizes)
            gaps = gaps << widths | numbers_of(data, np.cumsum(widths) - widths, widths)
        before = int(self._ends[first - 1]) if first else -1
        positions = np.cumsum(gaps + 1) + before
        if (positions[lasts] != self._ends[first:end]).any():
            raise RegisterError("a block whose gaps do not sum to its span")
        return positions

    def _states(self, first: int, end: int) -> Bits:
        count = int(self._sizes[first:end].sum())
        if self.shape.only is not None:
            return np.full(count, self.shape.only, np.uint8)
        states = np.zeros(count, np.uint8)
        at: dict[Prefix, Numbers] = {ROOT: np.arange(count)}
        for fork, plane in self._planes.items():
            bits = self._bits(plane.byte, int(plane.at[first]), int(plane.at[end]))
            here = at.pop(fork)
            if len(here) != len(bits):
                raise RegisterError("a block with more or fewer states than it says")
            for bit, child in enumerate(_children(*fork)):
                there = here[bits == bit]
                if child in self._planes:
                    at[child] = there
                else:
                    states[there] = self.shape.words[child]
        return states


class _Cursor:
    """Walks over the sections of a set; never past the end of the data."""

    def __init__(self, data: Data, at: int) -> None:
        self._data = data
        self.at = at

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self.at:
            raise RegisterError("a length that runs past the end")
        self.at += size
        return self._data[self.at - size : self.at]

    def skip_bits(self, bits: int) -> int:
        """Where a section of so many bits begins. Its last byte may hold nothing else."""
        size = (bits + 7) >> 3
        if size > len(self._data) - self.at:
            raise RegisterError("a length that runs past the end")
        start = self.at
        self.at += size
        if bits & 7 and self._data[self.at - 1] >> (bits & 7):
            raise RegisterError("bits behind the last one")
        return start


def _starts(counts: Numbers) -> Numbers:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))


def _children(length: int, code: int) -> tuple[Prefix, Prefix]:
    return (length + 1, code << 1), (length + 1, code << 1 | 1)
