"""The directory of a coded set: for each block its span, the bits of its unary part, its marks at each fork.

It is checked before it is used. From it follows where everything lies, so no offset is stored, and none can lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from mmap import mmap
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from firmware.register.bits import Numbers, low_bits, read_column, width_of
from firmware.register.facts import BLOCK_MARKS, MARKED, MAX_LOW_BITS, RegisterError
from firmware.register.header import MAX_HEADER_BYTES, parse_header
from firmware.register.shape import ROOT, Prefix, Shape

Data: TypeAlias = bytes | mmap
Starts: TypeAlias = npt.NDArray[np.uint32] | Numbers


class Cursor:
    """Walks over the sections of a file; never past the end of the data."""

    def __init__(self, data: Data, at: int) -> None:
        self._data = data
        self.at = at

    def take(self, size: int) -> bytes:
        """The next `size` bytes. Raises RegisterError when there are fewer."""
        if size > len(self._data) - self.at:
            raise RegisterError("a length that runs past the end")
        self.at += size
        return self._data[self.at - size : self.at]

    def skip_bits(self, bits: int) -> int:
        """Where a section of so many bits begins. Raises RegisterError when its last byte holds anything else."""
        size = (bits + 7) >> 3
        if size > len(self._data) - self.at:
            raise RegisterError("a length that runs past the end")
        start = self.at
        self.at += size
        if bits & 7 and self._data[self.at - 1] >> (bits & 7):
            raise RegisterError("bits behind the last one")
        return start


class Directory:
    """The directory that begins at byte `start` of `data`. Raises RegisterError when it contradicts itself.

    `width`: low bits of each block's gaps. `ends`: the last position of each block. `high_at`, `low_at`, `fork_at`: where each
    block begins in these sections, in bits, and where the last one ends.
    """

    def __init__(self, data: Data, start: int, states: Set[int] = MARKED, *, spare_bits: int = 0) -> None:
        header, size = parse_header(data[start : start + MAX_HEADER_BYTES], states=states)
        self.places: int = header.places
        self.marks: int = header.marks
        self.shape: Shape = header.shape
        self.blocks = -(-self.marks // BLOCK_MARKS)
        self.sizes = np.full(self.blocks, BLOCK_MARKS, np.int64)
        if self.blocks:
            self.sizes[-1] = self.marks - (self.blocks - 1) * BLOCK_MARKS
        cursor = Cursor(data, start + size)
        spans, highs = (self._columns(cursor, 1, width)[0] for width in header.widths[:2])
        forks = [fork for fork in self.shape.forks if fork != ROOT]
        counts = dict(zip(forks, self._columns(cursor, len(forks), header.widths[2]), strict=True))
        self.end = cursor.at
        self._place_gaps(spans, highs, spare_bits)
        self._place_forks({ROOT: self.sizes} | counts if self.shape.forks else {})

    def _columns(self, cursor: Cursor, count: int, width: int) -> list[Numbers]:
        columns = [read_column(cursor.take(self.blocks * width), self.blocks, width) for _ in range(count)]
        if width != max((width_of(column) for column in columns), default=0):
            raise RegisterError("a directory column wider than its numbers")
        return columns

    def _place_gaps(self, spans: Numbers, highs: Numbers, spare_bits: int) -> None:
        self.width = np.maximum(low_bits(spans, self.sizes, None) - spare_bits, 0)
        if (self.width > MAX_LOW_BITS).any() or (highs < self.sizes).any():
            raise RegisterError("a block whose gaps cannot be")
        if (highs - self.sizes > spans >> self.width).any():
            raise RegisterError("a block whose unary part is longer than its span")
        self.ends = np.cumsum(spans + self.sizes) - 1
        if self.blocks and self.ends[-1] >= self.places:
            raise RegisterError("marks beyond the last place")
        self.high_at, self.low_at = _starts(highs), _starts(self.width * self.sizes)

    def _place_forks(self, counts: Mapping[Prefix, Numbers]) -> None:
        for fork, total in counts.items():
            inside = [counts[child] for child in children(*fork) if child in counts]
            below = sum(inside, np.zeros(self.blocks, np.int64))
            if (below != total if len(inside) == 2 else below > total).any():
                raise RegisterError("a block with more states than marks")
        self.fork_at = {fork: _starts(total) for fork, total in counts.items()}

    def ones(self, fork: Prefix) -> Numbers | None:
        """How many bits of each block are 1 at the fork; None where the directory does not tell (two states part there)."""
        left, right = children(*fork)
        if right in self.fork_at:
            return counts_of(self.fork_at[right])
        if left in self.fork_at:
            return counts_of(self.fork_at[fork]) - counts_of(self.fork_at[left])
        return None


def children(length: int, code: int) -> tuple[Prefix, Prefix]:
    """What a fork leads to by a 0 and by a 1."""
    return (length + 1, code << 1), (length + 1, code << 1 | 1)


def counts_of(starts: Starts) -> Numbers:
    """How many bits each block has, from where they begin."""
    wide = starts.astype(np.int64)
    return wide[1:] - wide[:-1]


def _starts(counts: Numbers) -> Starts:
    """In 32 bits where that is enough: a register of a country stays resident, and most of what is resident is this."""
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    return starts.astype(np.uint32) if starts[-1] < 1 << 32 else starts
