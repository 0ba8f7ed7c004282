"""One coded set, read strictly: one mark at a time, or all in order. Nothing is decoded before its length was checked."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from firmware.register.bits import Bits, Fields, Numbers, bits_of, fields_of, numbers_at, numbers_of
from firmware.register.directory import Cursor, Data, Directory, Starts, children
from firmware.register.facts import BATCH_BLOCKS, BLOCK_MARKS, MARKED, RegisterError
from firmware.register.shape import ROOT, Prefix

_STEPS: Final = np.arange(BLOCK_MARKS)


@cache
def _fields(width: int) -> Fields:
    return fields_of(_STEPS * width, width)


@dataclass(frozen=True, slots=True)
class Batch:
    """Marks that follow one another: the rank of the first, their positions, their states."""

    rank: int
    positions: Numbers
    states: Bits


class SetReader:
    """The set that begins at byte `start` of `data`. Raises RegisterError when its directory contradicts itself or the data."""

    def __init__(self, data: Data, start: int = 0, *, states: Set[int] = MARKED, spare_bits: int = 0) -> None:
        self._data = data
        self.directory = Directory(data, start, states, spare_bits=spare_bits)
        self.start, self.places, self.marks = start, self.directory.places, self.directory.marks
        self.shape, self.blocks, self._sizes = self.directory.shape, self.directory.blocks, self.directory.sizes
        cursor = Cursor(data, self.directory.end)
        self._high_byte = cursor.skip_bits(int(self.directory.high_at[-1]))
        self._low_byte = cursor.skip_bits(int(self.directory.low_at[-1]))
        self._planes = {fork: cursor.skip_bits(int(at[-1])) for fork, at in self.directory.fork_at.items()}
        self.end = cursor.at

    @property
    def cuts(self) -> tuple[int, ...]:
        """Where another kind of bytes begins: what packs the data does well to begin anew there."""
        return (self._high_byte, self._low_byte, *self._planes.values(), self.end)

    def find(self, position: int) -> int | None:
        """The rank of the mark at `position`; None where nothing is marked. Raises RegisterError for a block that lies."""
        block = int(self.directory.ends.searchsorted(position))
        if block == self.blocks:
            return None
        positions = self._block(block)
        place = int(positions.searchsorted(position))
        return block * BLOCK_MARKS + place if positions[place] == position else None

    def state_at(self, rank: int) -> int:
        """The state of the mark of this rank, below `marks`."""
        block, place = divmod(rank, BLOCK_MARKS)
        if self.shape.only is not None:
            return self.shape.only
        prefix = ROOT
        while prefix in self._planes:
            bits = self.fork_bits(prefix, block, block + 1)
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

    def high_bits(self, first: int, end: int) -> Bits:
        """The unary parts of the blocks [first, end)."""
        return self._bits(self._high_byte, self.directory.high_at, first, end)

    def fork_bits(self, fork: Prefix, first: int, end: int) -> Bits:
        """The bits of a fork's plane for the blocks [first, end)."""
        return self._bits(self._planes[fork], self.directory.fork_at[fork], first, end)

    @property
    def low_section(self) -> bytes:
        """The raw low bits of all gaps."""
        return self._low_section(0, self.blocks)

    def _bits(self, byte: int, at: Starts, first_block: int, end_block: int) -> Bits:
        """The bits of some blocks, of the section that begins at `byte`."""
        first, end = int(at[first_block]), int(at[end_block])
        return bits_of(self._data[byte + (first >> 3) : byte + ((end + 7) >> 3)], first & 7, end - first)

    def _block(self, block: int) -> Numbers:
        """The places of the marks of one block: `_positions` with as few calls as can be, for a lookup is made of them."""
        high = self.high_bits(block, block + 1)
        stops = high.view(np.bool).nonzero()[0]
        count, width = int(self._sizes[block]), int(self.directory.width[block])
        if len(stops) != count or stops[-1] != len(high) - 1:
            raise RegisterError("a block with more or fewer marks than it says")
        steps = _STEPS[:count]
        far = ((stops - steps) << width) + numbers_at(
            self._low_section(block, block + 1), _fields(width), count
        ).cumsum()
        positions: Numbers = far + steps + (int(self.directory.ends[block - 1]) + 1 if block else 0)
        if positions[-1] != self.directory.ends[block]:
            raise RegisterError("a block whose gaps do not sum to its span")
        return positions

    def _positions(self, first: int, end: int) -> Numbers:
        """The places of all marks of the blocks [first, end)."""
        at, sizes = self.directory.high_at, self._sizes[first:end]
        stops = np.flatnonzero(self.high_bits(first, end))
        lasts = np.cumsum(sizes) - 1
        if len(stops) != lasts[-1] + 1 or (stops[lasts] + 1 != at[first + 1 : end + 1] - at[first]).any():
            raise RegisterError("a block with more or fewer marks than it says")
        steps = np.arange(len(stops))
        unary = stops - steps  # all zeros so far, for this mark and those before it
        low = self._low_section(first, end)
        widths = self.directory.width[first:end]
        width = int(widths[0])
        if (widths == width).all():  # nearly always: neighbours are alike
            far = (unary << width) + np.cumsum(numbers_of(low, steps * width, width))
        else:
            each = np.repeat(widths, sizes)
            gaps = np.diff(unary, prepend=0) << each | numbers_of(low, np.cumsum(each) - each, each)
            far = np.cumsum(gaps)
        before = int(self.directory.ends[first - 1]) if first else -1
        positions: Numbers = far + steps + (before + 1)
        if (positions[lasts] != self.directory.ends[first:end]).any():
            raise RegisterError("a block whose gaps do not sum to its span")
        return positions

    def _low_section(self, first: int, end: int) -> bytes:
        """The low bits of some blocks: a block begins at a whole byte, for all but the last are full."""
        low_first, low_end = int(self.directory.low_at[first]), int(self.directory.low_at[end])
        return self._data[self._low_byte + (low_first >> 3) : self._low_byte + ((low_end + 7) >> 3)]

    def _states(self, first: int, end: int) -> Bits:
        count = int(self._sizes[first:end].sum())
        if self.shape.only is not None:
            return np.full(count, self.shape.only, np.uint8)
        found: dict[Prefix, Bits] = {}
        for fork in reversed(self.shape.forks):  # the deepest first: a fork is filled from what it leads to
            ones = self.fork_bits(fork, first, end).view(np.bool)
            states = np.empty(len(ones), np.uint8)
            for which, child in zip((~ones, ones), children(*fork), strict=True):
                below = found.pop(child, None)
                if below is None:
                    states[which] = self.shape.words[child]
                elif len(below) == np.count_nonzero(which):
                    states[which] = below
                else:
                    raise RegisterError("a block with more or fewer states than it says")
            found[fork] = states
        return found[ROOT] if count else np.zeros(0, np.uint8)
