"""What the tests of the register share: a register as a dict, its file, and files made wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from firmware.register.snapshot import Snapshot, write_snapshot
from firmware.register.table import ListTable

#: [list, index] -> state, of the marked places alone.
States = Mapping[tuple[int, int], int]

SIZES = {3: 10, 7: 100_000, 40: 2, (1 << 40) - 1: 6}


def write(path: Path, states: States, sizes: Mapping[int, int] = SIZES, *, piece: int = 1000) -> bytes:
    """The register of these states, written `piece` marks at a time; its SHA-256."""
    lists = ListTable.of(sizes)
    marks = sorted((lists.position(*place), state) for place, state in states.items())
    positions = np.array([position for position, _ in marks], np.int64)
    values = np.array([state for _, state in marks], np.uint8)
    parts = ((positions[at : at + piece], values[at : at + piece]) for at in range(0, len(marks), piece))
    return write_snapshot(path, lists, parts)


def read(path: Path) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """Every mark of a file, and its lists."""
    with Snapshot(path) as snapshot:
        lists = snapshot.lists
        found = {}
        for batch in snapshot.batches():
            rows = lists.rows_of(batch.positions)
            for position, row, state in zip(batch.positions, rows, batch.states, strict=True):
                found[int(lists.numbers[row]), int(position - lists.firsts[row])] = int(state)
        return found, dict(zip(lists.numbers.tolist(), lists.sizes.tolist(), strict=True))


def places(sizes: Mapping[int, int]) -> st.SearchStrategy[tuple[int, int]]:
    return st.sampled_from(sorted(sizes)).flatmap(
        lambda number: st.tuples(st.just(number), st.integers(0, sizes[number] - 1))
    )


def registers(sizes: Mapping[int, int] = SIZES) -> st.SearchStrategy[dict[tuple[int, int], int]]:
    """Some marks here and there, and now and then a long run of them."""
    few = st.dictionaries(places(sizes), st.integers(1, 15), max_size=60)
    largest = max(sizes, key=lambda number: sizes[number])
    runs = st.tuples(st.integers(0, 500), st.integers(0, 5000), st.integers(1, 7), st.integers(1, 15)).map(
        lambda run: {(largest, run[0] + place * run[2]): 1 + place * run[3] % 15 for place in range(run[1])}
    )
    return st.one_of(few, st.tuples(few, runs).map(lambda both: both[1] | both[0]))
