"""Marks in ascending order -> one coded set. Streaming: what has been coded lies in scratch files until `write_to`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, Final, TypeAlias

import numpy as np

from firmware.register.bits import Bits, BitSink, Numbers, low_bits, pack_numbers, width_of, write_column
from firmware.register.facts import BATCH_BLOCKS, BLOCK_MARKS, MAX_MARKS, STATES, RegisterError
from firmware.register.header import SetHeader
from firmware.register.shape import ROOT, Prefix, Shape, shape_for

_BATCH: Final = BATCH_BLOCKS * BLOCK_MARKS
_COPY_BYTES: Final = 1 << 18

Scratch: TypeAlias = Callable[[], IO[bytes]]


@dataclass(slots=True)
class _Columns:
    """The directory: one number a block in each."""

    spans: list[Numbers] = field(default_factory=list)
    highs: list[Numbers] = field(default_factory=list)


class SetWriter:
    """Takes marks in ascending order. Use it as a context: it closes its scratch files."""

    def __init__(self, scratch: Scratch, *, spare_bits: int = 0) -> None:
        self._files = ExitStack()
        self._scratch = scratch
        self._spare_bits = spare_bits
        self._high, self._low, self._states = self._file(), self._file(), self._file()
        self._high_bits, self._low_bits = BitSink(self._high), BitSink(self._low)
        self._pending: list[tuple[Numbers, Bits]] = []
        self._waiting = 0
        self._last = -1
        self._width: int | None = None
        self._columns = _Columns()
        self._counts = np.zeros(STATES, np.int64)
        self.marks = 0

    def __enter__(self) -> SetWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, positions: Numbers, states: Bits) -> None:
        """Marks behind all that came before, strictly ascending. Raises RegisterError for more than a register may hold."""
        if not len(positions):
            return
        self.marks += len(positions)
        if self.marks > MAX_MARKS:
            raise RegisterError(f"more than {MAX_MARKS} marks")
        self._pending.append((positions, states))
        self._waiting += len(positions)
        if self._waiting >= _BATCH:
            self._code(self._waiting - self._waiting % BLOCK_MARKS)

    def write_to(self, out: IO[bytes], places: int) -> None:
        """End the set, and write it. Raises RegisterError when a mark lies beyond the places."""
        self._code(self._waiting)
        if self._last >= places:
            raise RegisterError("a mark beyond the last place")
        self._high_bits.close()
        self._low_bits.close()
        shape = shape_for({state: int(count) for state, count in enumerate(self._counts)})
        sinks, forked = self._planes(shape)
        spans, highs = _joined(self._columns.spans), _joined(self._columns.highs)
        widths = width_of(spans), width_of(highs), max((width_of(column) for column in forked), default=0)
        out.write(SetHeader(places, self.marks, shape, widths).encode())
        out.write(write_column(spans, widths[0]) + write_column(highs, widths[1]))
        for column in forked:
            out.write(write_column(column, widths[2]))
        for file in (self._high, self._low, *sinks):
            file.seek(0)
            while piece := file.read(_COPY_BYTES):
                out.write(piece)

    def _code(self, count: int) -> None:
        """Code the first `count` of what waits: whole blocks, but for the end."""
        if not count:
            return
        positions = np.concatenate([part for part, _ in self._pending])
        states = np.concatenate([part for _, part in self._pending])
        self._pending = [(positions[count:], states[count:])]
        self._waiting -= count
        gaps = np.diff(positions[:count], prepend=self._last) - 1
        if gaps.min() < 0:
            raise RegisterError("marks out of order, or twice")
        self._last = int(positions[count - 1])
        starts = np.arange(0, count, BLOCK_MARKS)
        sizes = np.minimum(count - starts, BLOCK_MARKS)
        spans = np.add.reduceat(gaps, starts)
        width = low_bits(spans, sizes, self._width)
        self._width = int(width[-1])
        width = np.maximum(width - self._spare_bits, 0)
        unary = (gaps >> np.repeat(width, sizes)) + 1
        self._columns.spans.append(spans)
        self._columns.highs.append(np.add.reduceat(unary, starts))
        ends = np.cumsum(unary)
        bits = np.zeros(int(ends[-1]), np.uint8)
        bits[ends - 1] = 1
        self._high_bits.add(bits)
        for first, end in _runs(width):  # mostly one run: neighbours are alike
            low = gaps[starts[first] : starts[first] + int(sizes[first:end].sum())]
            self._low_bits.add(pack_numbers(low, int(width[first])))
        self._states.write(states[:count].tobytes())
        self._counts += np.bincount(states[:count], minlength=STATES)

    def _planes(self, shape: Shape) -> tuple[list[IO[bytes]], list[Numbers]]:
        """The planes of the forks, and how many marks each block has at every fork but the root."""
        files = {fork: self._file() for fork in shape.forks}
        sinks = {fork: BitSink(file) for fork, file in files.items()}
        columns: dict[Prefix, list[Numbers]] = {fork: [] for fork in shape.forks if fork != ROOT}
        turns = {fork: _turns(shape, fork) for fork in shape.forks}
        self._states.seek(0)
        while shape.forks and (piece := self._states.read(_BATCH)):
            states = np.frombuffer(piece, np.uint8)
            bounds = np.append(np.arange(0, len(states), BLOCK_MARKS), len(states))
            at: dict[Prefix, tuple[Bits, Numbers]] = {ROOT: (states, bounds)}
            for fork in shape.forks:
                here, bounds = at.pop(fork)
                bits = turns[fork][here]
                sinks[fork].add(bits)
                ones = np.concatenate(([0], np.cumsum(bits, dtype=np.int64)))[bounds]
                for bit, ends in ((0, bounds - ones), (1, ones)):
                    child = (fork[0] + 1, fork[1] << 1 | bit)
                    if child in columns:
                        columns[child].append(np.diff(ends))
                        at[child] = here[bits == bit], ends
        for sink in sinks.values():
            sink.close()
        return list(files.values()), [_joined(column) for column in columns.values()]

    def _file(self) -> IO[bytes]:
        return self._files.enter_context(self._scratch())


def _turns(shape: Shape, fork: Prefix) -> Bits:
    """State -> which way its word goes at the fork."""
    table = np.zeros(STATES, np.uint8)
    for (length, code), state in shape.words.items():
        if length > fork[0] and code >> (length - fork[0]) == fork[1]:
            table[state] = code >> (length - fork[0] - 1) & 1
    return table


def _runs(values: Numbers) -> list[tuple[int, int]]:
    """(first, end) of each run of equal values."""
    return list(pairwise((0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values))))


def _joined(parts: list[Numbers]) -> Numbers:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
