"""From one register to the next: made by the office, applied by the terminal, streaming, and compared by hash at the end.

Three sets. Marks that go are named by their rank in the base, which the terminal has; marks that change, by their rank among those
that stay; marks that come, by their rank among the places that the base does not mark. So none says again what the base says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from firmware.register.directory import Data
from firmware.register.facts import DELTA_MAGIC, DELTA_SPARE_BITS, MARKED, STATES, RegisterError
from firmware.register.flow import Flow, Marks
from firmware.register.reader import Batch, SetReader
from firmware.register.shape import Shape
from firmware.register.snapshot import Snapshot, map_file, sha256_of, write_snapshot, written
from firmware.register.table import MAX_TABLE_BYTES, ListTable, Moved, parse_table
from firmware.register.writer import SetWriter

#: A delta names registers by the beginning of their SHA-256; whoever applies it compares the whole.
NAME_BYTES: Final = 4
_SAME_LISTS, _NEW_LISTS = b"\x00", b"\x01"
GONE: Final = frozenset({0})
_HEAD_BYTES: Final = len(DELTA_MAGIC) + 2 * NAME_BYTES + 1


@dataclass(frozen=True, slots=True)
class Head:
    """What a delta leads from and to, and the lists if they change; `encoded` as it came."""

    base: bytes
    result: bytes
    lists: ListTable | None
    encoded: bytes


def parse_head(data: Data) -> tuple[Head, int]:
    """The head of a delta, and how many bytes it takes. Raises RegisterError."""
    head = data[:_HEAD_BYTES]
    if len(head) < _HEAD_BYTES or not head.startswith(DELTA_MAGIC):
        raise RegisterError("not a delta: it begins with other bytes")
    start = len(DELTA_MAGIC)
    base, result, flag = head[start : start + NAME_BYTES], head[start + NAME_BYTES : -1], head[-1:]
    if flag == _SAME_LISTS:
        return Head(base, result, None, head), _HEAD_BYTES
    if flag != _NEW_LISTS:
        raise RegisterError("a delta whose lists neither stay nor change")
    table, size = parse_table(data[_HEAD_BYTES : _HEAD_BYTES + MAX_TABLE_BYTES])
    return Head(base, result, table, data[: _HEAD_BYTES + size]), _HEAD_BYTES + size


class Delta:
    """A delta file, mapped: the names of what it leads from and to, the lists if they change, and its three sets."""

    def __init__(self, path: Path) -> None:
        """Raises RegisterError when the file is no delta, OSError when it cannot be read."""
        self._map = map_file(path)
        try:
            self.head, at = parse_head(self._map)
            self.gone = SetReader(self._map, at, states=GONE, spare_bits=DELTA_SPARE_BITS)
            self.changed = SetReader(self._map, self.gone.end, spare_bits=DELTA_SPARE_BITS)
            self.added = SetReader(self._map, self.changed.end, spare_bits=DELTA_SPARE_BITS)
            if self.added.end != len(self._map):
                raise RegisterError("bytes left over")
        except BaseException:
            self._map.close()
            raise

    def __enter__(self) -> Delta:
        return self

    def __exit__(self, *_: object) -> None:
        self._map.close()

    def between(self, first: int, end: int) -> bytes:
        """The bytes [first, end) of the file."""
        return self._map[first:end]


class Others:
    """The states that a mark may change to, numbered from 1 in the order of how frequent they are in the base, its own left out.

    So a change costs no more than telling the other states apart. `number[old, new]`, `state[old, number]`; 0 where there is none.
    """

    def __init__(self, base: Shape) -> None:
        order = sorted(MARKED, key=lambda state: (base.lengths[state] or STATES, state))
        self.number, self.state = np.zeros((STATES, STATES), np.uint8), np.zeros((STATES, STATES), np.uint8)
        for old in MARKED:
            for number, new in enumerate((state for state in order if state != old), 1):
                self.number[old, new], self.state[old, number] = number, new


def make_delta(old: Path, new: Path, target: Path) -> None:
    """Write the delta from one register file to another. Raises RegisterError and OSError."""
    with (
        Snapshot(old) as base,
        Snapshot(new) as result,
        written(target) as (out, scratch),
        SetWriter(scratch, spare_bits=DELTA_SPARE_BITS) as gone,
        SetWriter(scratch, spare_bits=DELTA_SPARE_BITS) as changed,
        SetWriter(scratch, spare_bits=DELTA_SPARE_BITS) as added,
    ):
        moved, others = Moved(base.lists, result.lists), Others(base.shape)
        before, after = Flow(_moved(base, moved)), Flow(_marks(result.batches()))
        while (bound := _nearest(before.reach(), after.reach())) is not None:
            rank = before.taken
            _compare(rank, before.below(bound), after.below(bound), others, gone, changed, added)
        out.write(DELTA_MAGIC + sha256_of(old)[:NAME_BYTES] + sha256_of(new)[:NAME_BYTES])
        out.write(_SAME_LISTS if moved.same else _NEW_LISTS + result.lists.encoded)
        gone.write_to(out, before.taken)
        changed.write_to(out, before.taken - gone.marks)
        added.write_to(out, result.lists.places - before.taken)


def apply_delta(base: Path, delta: Path, target: Path, *, expected: bytes) -> None:
    """Write the register that the delta makes of the base: the one whose SHA-256 is `expected`, as a signed token says.

    Raises RegisterError and writes no file when the base is another one, the delta is damaged, or the result is not as expected.
    """
    with Delta(delta) as step:
        if sha256_of(base)[:NAME_BYTES] != step.head.base:
            raise RegisterError("a delta for another base")
        if step.head.result != expected[:NAME_BYTES]:
            raise RegisterError("a delta to another register")
        with Snapshot(base) as old:
            lists = step.head.lists or old.lists
            marks = _merged(_moved(old, Moved(old.lists, lists)), step, Others(old.shape), lists.places)
            write_snapshot(target, lists, marks, expected=expected)


def _compare(
    rank: int, before: Marks, after: Marks, others: Others, gone: SetWriter, changed: SetWriter, added: SetWriter
) -> None:
    """What became of some places: `rank` is that of the first mark before."""
    (old, old_states), (new, new_states) = before, after
    at = np.searchsorted(old, new)
    found = at < len(old)
    found[found] = old[at[found]] == new[found]
    stays = np.zeros(len(old), np.bool)
    stays[at[found]] = True
    became = new_states[found]
    were = old_states[stays]
    differs = np.flatnonzero(became != were)
    changed.add(differs + (rank - gone.marks), others.number[were[differs], became[differs]])
    ranks = np.flatnonzero(~stays)
    gone.add(ranks + rank, np.zeros(len(ranks), np.uint8))
    added.add(new[~found] - at[~found] - rank, new_states[~found])


def _merged(before: Iterator[Marks], step: Delta, others: Others, places: int) -> Iterator[Marks]:
    """The marks after the step. Positions in `before` are those of the new lists already."""
    gone, changed = Flow(_marks(step.gone.batches())), Flow(_marks(step.changed.batches()))
    added = Flow(_marks(step.added.batches()))
    rank = 0
    for old, states in before:
        free = old - np.arange(rank, rank + len(old))  # how many unmarked places lie before each mark
        stays = np.ones(len(old), np.bool)
        first = rank - gone.taken
        stays[gone.below(rank + len(old))[0] - rank] = False
        kept, kept_states = old[stays], states[stays]
        ranks, became = changed.below(first + len(kept))
        kept_states[ranks - first] = others.state[kept_states[ranks - first], became]
        unmarked, new_states = added.below(int(free[-1]) if len(free) else 0)
        new = unmarked + rank + np.searchsorted(free, unmarked, side="right")
        at = np.searchsorted(kept, new)
        yield np.insert(kept, at, new), np.insert(kept_states, at, new_states)
        rank += len(old)
    if (step.gone.places, step.changed.places, step.added.places) != (rank, rank - gone.taken, places - rank):
        raise RegisterError("a delta for a base of another size")
    unmarked, new_states = added.below(None)
    yield unmarked + rank, new_states


def _marks(batches: Iterator[Batch]) -> Iterator[Marks]:
    return ((batch.positions, batch.states) for batch in batches)


def _moved(base: Snapshot, moved: Moved) -> Iterator[Marks]:
    """The marks of the base at their places in the new lists; those whose list is gone are left out."""
    for batch in base.batches():
        if moved.same:
            yield batch.positions, batch.states
        else:
            positions, stays = moved(batch.positions)
            yield positions, batch.states[stays]


def _nearest(a: int | None, b: int | None) -> int | None:
    return min((bound for bound in (a, b) if bound is not None), default=None)
