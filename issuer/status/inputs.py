"""What an authority has -> marks in order: arrays of states, tables of lines, and changes on top of a register."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from firmware.register.bits import Bits, Numbers
from firmware.register.facts import RegisterError
from firmware.register.flow import Flow, Marks
from firmware.register.snapshot import Snapshot
from firmware.register.table import ListTable
from firmware.verify.wire import Status
from issuer.errors import bad_data

#: Places that are looked at together.
_PIECE: Final = 1 << 23
_LINES: Final = 1 << 16
_WORDS: Final = {state.name.lower().replace("_", "-"): int(state) for state in Status}
_MAX_STATE: Final = 15
Done = Callable[[int], None]


def load_array(path: Path) -> Bits:
    """One state a place, as a map of the file: FILE.npy with uint8, or FILE.bin with two a byte. Raises OfficeError."""
    if path.suffix == ".npy":
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            raise bad_data(f"{path} is no array of numpy: {error}") from None
        if array.ndim != 1 or array.dtype != np.uint8:
            raise bad_data(f"{path}: expected one row of uint8 states, got {array.dtype} in {array.ndim} dimensions")
        states: Bits = array
        return states
    return np.memmap(path, np.uint8, "r")


def places_of(array: Bits, path: Path) -> int:
    """How many places an array of `load_array` has."""
    return len(array) if path.suffix == ".npy" else 2 * len(array)


def array_marks(array: Bits, path: Path, done: Done) -> Iterator[Marks]:
    """The marks of an array, in order. Raises OfficeError for a state over 15."""
    packed = path.suffix != ".npy"
    for first in range(0, len(array), _PIECE):
        piece: Bits = array[first : first + _PIECE]
        at = np.flatnonzero(piece)
        found = piece[at]
        if packed:
            positions = np.repeat(2 * (at + first), 2)
            positions[1::2] += 1
            states = np.column_stack((found & 15, found >> 4)).ravel()
            yield positions[states != 0], states[states != 0]
        elif len(found) and found.max() > _MAX_STATE:
            raise bad_data(f"{path}: place {first + int(at[found > _MAX_STATE][0])} has a state over {_MAX_STATE}")
        else:
            yield at + first, found
        done(min(first + _PIECE, len(array)) * (2 if packed else 1))


def default_lists(places: int, list_size: int, first: int) -> ListTable:
    """Lists of `list_size` one after another, the last one as large as is left. Raises OfficeError."""
    if list_size < 2 or list_size % 2:
        raise bad_data(f"expected an even list size from 2 on, got {list_size}")
    count = -(-places // list_size)
    rest = places - (count - 1) * list_size
    sizes = {first + row: list_size for row in range(count - 1)} | {first + count - 1: rest + rest % 2}
    return _table(sizes.items() if places else ())


def read_lists(path: Path) -> ListTable:
    """The table in a file of lines "list,size". Raises OfficeError."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
    try:
        return _table((int(number), int(size)) for number, size in rows)
    except ValueError:
        raise bad_data(f'{path}: expected lines "list,size"') from None


def _table(pairs: Iterable[tuple[int, int]]) -> ListTable:
    try:
        return ListTable.of(pairs)
    except RegisterError as error:
        raise bad_data(f"these lists cannot be: {error}") from None


class Lines:
    """Lines "list,index,state", all read. Of several for one place the last one holds."""

    def __init__(self, source: str, done: Done) -> None:
        """Raises OfficeError that names the line."""
        with _opened(source) as file:
            parts = list(_parsed(file, source, done))
        rows = np.concatenate(parts) if parts else np.zeros((0, 3), np.int64)
        self.numbers, self.indexes, self.states = rows[:, 0], rows[:, 1], rows[:, 2].astype(np.uint8)
        self.source = source

    def lists(self, list_size: int) -> ListTable:
        """Every list that a line names, all of one size. Raises OfficeError."""
        return _table((int(number), list_size) for number in np.unique(self.numbers))

    def marks(self, lists: ListTable) -> Marks:
        """(positions, states) in order, each position once; a state 0 says that nothing is marked there. Raises OfficeError."""
        rows = np.searchsorted(lists.numbers, self.numbers)
        inside = rows < len(lists.numbers)
        inside[inside] = lists.numbers[rows[inside]] == self.numbers[inside]
        inside[inside] &= self.indexes[inside] < lists.sizes[rows[inside]]
        if not inside.all():
            line = int(np.flatnonzero(~inside)[0])
            raise bad_data(
                f"{self.source}: no place [{self.numbers[line]}, {self.indexes[line]}] in these lists: name them with --lists"
            )
        positions = lists.firsts[rows] + self.indexes
        order = np.argsort(positions, kind="stable")
        positions = positions[order]
        last = np.append(positions[1:] != positions[:-1], True)[: len(positions)]
        return positions[last], self.states[order][last]


def marked(marks: Marks) -> Iterator[Marks]:
    """The marks alone, without the places that are valid."""
    positions, states = marks
    yield positions[states != 0], states[states != 0]


def overlaid(base: Snapshot, changes: Marks, done: Done) -> Iterator[Marks]:
    """The marks of `base` with changes on top. Positions are those of its lists."""
    waiting = Flow(iter((changes,)))
    seen = 0
    for batch in base.batches():
        last = int(batch.positions[-1])
        yield _laid_over(batch.positions, batch.states, *waiting.below(last + 1))
        seen += len(batch.positions)
        done(seen)
    yield from marked(waiting.below(None))


def _laid_over(old: Numbers, states: Bits, new: Numbers, became: Bits) -> Marks:
    at = np.searchsorted(old, new)
    found = old[at] == new  # the last of `old` is not before any of `new`
    states = states.copy()
    states[at[found]] = became[found]
    positions = np.insert(old, at[~found], new[~found])
    states = np.insert(states, at[~found], became[~found])
    return positions[states != 0], states[states != 0]


@contextmanager
def _opened(source: str) -> Iterator[TextIO]:
    if source == "-":
        yield sys.stdin
        return
    with Path(source).open(encoding="utf-8") as file:
        yield file


def _parsed(file: TextIO, source: str, done: Done) -> Iterator[Numbers]:
    """Pieces of (list, index, state) rows."""
    read = 0
    while lines := list(islice(file, _LINES)):
        try:
            rows = np.loadtxt(lines, np.int64, delimiter=",", ndmin=2)
            good = rows.shape[1] == 3 and rows.min() >= 0 and rows[:, 2].max() <= _MAX_STATE
        except (ValueError, IndexError):
            good = False
        yield rows if good else _slowly(lines, source, read)
        read += len(lines)
        done(read)


def _slowly(lines: list[str], source: str, read: int) -> Numbers:
    """The same, line by line: with words for states, and with the number of the line that is wrong."""
    rows = []
    for at, line in enumerate(lines, read + 1):
        text = line.partition("#")[0].strip()
        fields = [field.strip() for field in text.split(",")]
        if not text or (at == 1 and fields == ["list", "index", "state"]):
            continue
        numbers = [_WORDS.get(field, field) for field in fields]
        values = [int(value) if str(value).isascii() and str(value).isdigit() else -1 for value in numbers]
        if len(values) != 3 or min(values) < 0 or max(values) >= 1 << 63 or values[2] > _MAX_STATE:
            raise bad_data(f'{source}, line {at}: expected "list,index,state" with a state from 0 to 15, got {text!r}')
        rows.append(values)
    return np.array(rows, np.int64).reshape(-1, 3)
