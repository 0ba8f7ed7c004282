"""A register file: what was written is what is found, at every place; and one content has one form."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.register.facts import BLOCK_MARKS, RegisterError
from firmware.register.snapshot import Snapshot, sha256_of, write_snapshot
from firmware.register.table import ListTable
from tests.register.common import SIZES, places, read, registers, write


@settings(max_examples=60, deadline=None)
@given(registers(), st.lists(places(SIZES), max_size=50))
def test_every_place_has_the_state_that_was_written(
    states: dict[tuple[int, int], int], asked: list[tuple[int, int]]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.bin"
        digest = write(path, states)
        assert digest == hashlib.sha256(path.read_bytes()).digest() == sha256_of(path)
        with Snapshot(path) as snapshot:
            assert snapshot.marks == len(states)
            for place in [*asked, *list(states)[:40]]:
                assert snapshot.state(*place) == states.get(place, 0)
        assert read(path) == (states, SIZES)


@pytest.mark.parametrize("marks", [0, 1, BLOCK_MARKS - 1, BLOCK_MARKS, BLOCK_MARKS + 1, 32 * BLOCK_MARKS + 1])
def test_block_ends_are_no_special_places(marks: int, tmp_path: Path) -> None:
    chance = random.Random(marks)
    states = {(1, index): chance.choice((1, 2, 12, 15)) for index in chance.sample(range(2_000_000), marks)}
    write(tmp_path / "r", states, {1: 2_000_000})
    assert read(tmp_path / "r")[0] == states
    with Snapshot(tmp_path / "r") as snapshot:
        ordered = sorted(states)
        for place in [*ordered[:3], *ordered[BLOCK_MARKS - 2 : BLOCK_MARKS + 2], *ordered[-3:]]:
            assert snapshot.state(*place) == states[place]


def test_all_marked_and_one_far_away_are_found(tmp_path: Path) -> None:
    states = {(1, index): 1 + index % 15 for index in range(3000)} | {(2, (1 << 32) - 1): 9}
    write(tmp_path / "r", states, {1: 3000, 2: 1 << 32})
    with Snapshot(tmp_path / "r") as snapshot:
        assert [snapshot.state(1, index) for index in range(3000)] == [states[1, index] for index in range(3000)]
        assert (snapshot.state(2, (1 << 32) - 1), snapshot.state(2, 0)) == (9, 0)


@pytest.mark.parametrize("place", [(3, 10), (3, -1), (4, 0), (0, 0), (2, 1 << 40), ((1 << 40), 0), (40, 2)])
def test_a_list_or_an_index_that_is_not_there_has_no_state(place: tuple[int, int], tmp_path: Path) -> None:
    write(tmp_path / "r", {(3, 9): 1})
    with Snapshot(tmp_path / "r") as snapshot:
        assert snapshot.state(*place) is None
        assert (snapshot.state(3, 9), snapshot.state(3, 8)) == (1, 0)


def test_the_form_does_not_depend_on_how_the_marks_came(tmp_path: Path) -> None:
    states = {(7, index * 7): 1 + index % 3 for index in range(9000)}
    assert len({write(tmp_path / "r", states, piece=piece) for piece in (1, 999, 2048, 100_000)}) == 1


@pytest.mark.parametrize("states", [{(3, 0): 1}, {(3, 0): 2}, {(3, 1): 1}, {(40, 0): 1}, {}])
def test_another_content_has_another_form(states: dict[tuple[int, int], int], tmp_path: Path) -> None:
    digests = {write(tmp_path / "r", content) for content in (states, {(3, 0): 1, (3, 2): 1})}
    assert len(digests) == 2
    assert write(tmp_path / "r", states, SIZES | {8: 2}) != write(tmp_path / "r", states)


@pytest.mark.parametrize(
    ("positions", "states"),
    [([5, 5], [1, 1]), ([5, 4], [1, 1]), ([5], [0]), ([10], [1]), ([-1], [1])],
)
def test_marks_out_of_order_beyond_the_end_or_valid_are_not_written(
    positions: list[int], states: list[int], tmp_path: Path
) -> None:
    marks = [(np.array(positions, np.int64), np.array(states, np.uint8))]
    with pytest.raises(RegisterError):
        write_snapshot(tmp_path / "r", ListTable.of({1: 10}), marks)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sizes", [[(1, 3)], [(1, 0)], [(1, -2)], [(1, (1 << 32) + 2)], [(1, 2), (1, 2)], [(-1, 2)], [(1 << 40, 2)]]
)
def test_a_list_that_cannot_be_is_no_list(sizes: list[tuple[int, int]]) -> None:
    with pytest.raises(RegisterError):
        ListTable.of(sizes)


def test_resident_pages_are_given_back_now_and_then(tmp_path: Path) -> None:
    write(tmp_path / "r", {(7, index * 3): 1 for index in range(30_000)})
    with Snapshot(tmp_path / "r") as snapshot:
        assert [snapshot.state(7, index) for index in range(100)] == [int(index % 3 == 0) for index in range(100)]
