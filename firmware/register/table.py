"""The lists of a register: their numbers, their sizes, and with them the first place of each in the one row of all places."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

import numpy as np

from firmware.register.bits import Numbers, read_column, width_of, write_column
from firmware.register.facts import MAX_LIST_NUMBER, MAX_LIST_SIZE, MAX_LISTS, MAX_PLACES, RegisterError

#: How many lists, and the widths of the two columns: numbers, sizes.
_HEADER: Final = struct.Struct("<IBB")
_MAX_WIDTH: Final = 5


class ListTable:
    """Lists by ascending number, and places in their order. A size is even, for two four-bit states are a byte."""

    def __init__(self, numbers: Numbers, sizes: Numbers) -> None:
        """Raises RegisterError for numbers that do not ascend, and for sizes that are odd, nothing or too large."""
        if len(numbers) > MAX_LISTS:
            raise RegisterError(f"more than {MAX_LISTS} lists")
        if (np.diff(numbers) <= 0).any() or (len(numbers) and not 0 <= numbers[0] <= numbers[-1] <= MAX_LIST_NUMBER):
            raise RegisterError("lists out of order, twice, or with a number that cannot be")
        if ((sizes <= 0) | (sizes > MAX_LIST_SIZE) | (sizes % 2 != 0)).any():
            raise RegisterError("a list whose size is odd, nothing or too large")
        self.numbers, self.sizes = numbers, sizes
        self.firsts = np.cumsum(sizes) - sizes
        self.places = int(sizes.sum())
        if self.places > MAX_PLACES:
            raise RegisterError("more places than there may be")

    @classmethod
    def of(cls, sizes: Mapping[int, int] | Iterable[tuple[int, int]]) -> ListTable:
        """The table of lists with these sizes, in any order. Raises RegisterError."""
        pairs = sorted(sizes.items() if isinstance(sizes, Mapping) else sizes)
        return cls(np.array([number for number, _ in pairs], np.int64), np.array([size for _, size in pairs], np.int64))

    @cached_property
    def encoded(self) -> bytes:
        widths = width_of(self.numbers), width_of(self.sizes)
        head = _HEADER.pack(len(self.numbers), *widths)
        return head + write_column(self.numbers, widths[0]) + write_column(self.sizes, widths[1])

    def position(self, number: int, index: int) -> int | None:
        """The place of [list, index] in the row of all places; None for a list that is not here, or that ends before the index."""
        row = int(np.searchsorted(self.numbers, number))
        if row == len(self.numbers) or self.numbers[row] != number or not 0 <= index < self.sizes[row]:
            return None
        return int(self.firsts[row]) + index

    def size_of(self, number: int) -> int | None:
        row = int(np.searchsorted(self.numbers, number))
        return int(self.sizes[row]) if row < len(self.numbers) and self.numbers[row] == number else None

    def rows_of(self, positions: Numbers) -> Numbers:
        """The row of the list that each position lies in."""
        return np.searchsorted(self.firsts, positions, side="right") - 1


def parse_table(data: bytes) -> tuple[ListTable, int]:
    """The table at the beginning of `data`, and how many bytes it takes. Raises RegisterError."""
    if len(data) < _HEADER.size:
        raise RegisterError("a list table that ends in its header")
    count, *widths = _HEADER.unpack(data[: _HEADER.size])
    end = _HEADER.size + count * sum(widths)
    if count > MAX_LISTS or max(widths) > _MAX_WIDTH or end > len(data):
        raise RegisterError("a list table longer than it may be")
    middle = _HEADER.size + count * widths[0]
    numbers = read_column(data[_HEADER.size : middle], count, widths[0])
    sizes = read_column(data[middle:end], count, widths[1])
    table = ListTable(numbers, sizes)
    if table.encoded != data[:end]:
        raise RegisterError("a list table with columns wider than their numbers")
    return table, end


MAX_TABLE_BYTES: Final = _HEADER.size + 2 * _MAX_WIDTH * MAX_LISTS


class Moved:
    """From the places of one table to those of another: lists may come, go, grow and shrink."""

    def __init__(self, old: ListTable, new: ListTable) -> None:
        self._old = old
        rows = np.searchsorted(new.numbers, old.numbers)
        inside = rows < len(new.numbers)
        inside[inside] = new.numbers[rows[inside]] == old.numbers[inside]
        self._sizes, self._firsts = np.zeros_like(old.sizes), np.zeros_like(old.sizes)
        self._sizes[inside], self._firsts[inside] = new.sizes[rows[inside]], new.firsts[rows[inside]]
        self.same = old.encoded == new.encoded

    def __call__(self, positions: Numbers) -> tuple[Numbers, np.ndarray[tuple[int], np.dtype[np.bool]]]:
        """The new positions of those that stay, and which do. Order stays: both tables ascend."""
        rows = self._old.rows_of(positions)
        indexes = positions - self._old.firsts[rows]
        stays = indexes < self._sizes[rows]
        return (indexes + self._firsts[rows])[stays], stays
