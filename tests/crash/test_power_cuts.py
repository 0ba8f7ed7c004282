"""The power goes off at any call of any write path, and processes are killed at any instant. `make crash` is all of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.acts import WRITE_PATHS
from tests.crash.enumeration import SEED, enumerate_cuts
from tests.crash.kills import LOOPS, kill_loop, kill_syncs
from tests.crash.model import Disk, File, Folder, State
from tests.crash.mutants import MUTANTS, shown_by
from tests.crash.trace import Call

#: Of all states of a write path, so many are tried here; all of them in `make crash`.
SAMPLE = 120


@pytest.mark.parametrize("name", WRITE_PATHS)
def test_after_any_cut_what_was_acknowledged_is_there_and_nothing_is_torn(name: str, scratch: Path) -> None:
    result = enumerate_cuts(name, scratch, most_states=SAMPLE)
    assert result.bad == []
    assert result.cuts >= 10
    assert result.states >= min(SAMPLE, result.cuts)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_enumeration_catches_a_write_path_that_leaves_out_a_step(mutant: str, scratch: Path) -> None:
    assert enumerate_cuts(shown_by(mutant), scratch, mutant=mutant, until_bad=True).bad


@pytest.mark.parametrize("name", LOOPS)
def test_a_process_that_is_killed_at_any_instant_has_lost_nothing_it_acknowledged(name: str, scratch: Path) -> None:
    result = kill_loop(name, scratch, 10, random.Random(SEED))
    assert result.bad == []
    assert (result.cuts, result.done > 0) == (10, True)


def test_a_sync_that_is_killed_between_its_start_and_its_end_leaves_one_bundle_whole(scratch: Path) -> None:
    assert kill_syncs(scratch, 3, random.Random(SEED)).bad == []


def after(start: Path, *calls: Call) -> set[State]:
    """All states that may be found after these calls."""
    disk = Disk(start)
    for call in calls:
        disk.do(call)
    return set(disk.states(random.Random(1)))


def made(path: Path, handle: int) -> Call:
    return Call("openat", ("AT_FDCWD", str(path).encode(), "O_WRONLY|O_CREAT"), handle)


def test_a_file_that_was_not_synced_may_be_absent_empty_torn_or_zeros(tmp_path: Path) -> None:
    data = b"a" * 1024
    found = after(tmp_path, made(tmp_path / "f", 5), Call("write", ("5", data), 1024))
    assert {b"".join(content for _, content in state) for state in found} == {
        b"",
        data,
        data[:512],
        data[:512] + bytes(512),
        bytes(512) + data[512:],
        bytes(1024),
    }
    assert () in found


def test_a_synced_file_is_whole_where_its_name_is_there(tmp_path: Path) -> None:
    calls = made(tmp_path / "f", 5), Call("write", ("5", b"data"), 4), Call("fsync", ("5",), 0)
    assert after(tmp_path, *calls) == {(), (("f", b"data"),)}
    synced = Call("openat", ("AT_FDCWD", str(tmp_path).encode(), "O_RDONLY"), 6), Call("fsync", ("6",), 0)
    assert after(tmp_path, *calls, *synced) == {(("f", b"data"),)}


def test_a_rename_is_one_step_and_names_of_one_folder_may_arrive_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"1")
    rename = Call("rename", (str(tmp_path / "old").encode(), str(tmp_path / "new").encode()), 0)
    other = Call("symlink", (b"old", str(tmp_path / "link").encode()), 0)
    old, new, link = ("old", b"1"), ("new", b"1"), ("link", b"->old")
    assert after(tmp_path, rename, other) == {(old,), (new,), (link, old), (link, new)}


def test_of_the_writes_to_one_file_a_later_one_may_arrive_alone(tmp_path: Path) -> None:
    file = File(b"..", [(0, b"a"), (1, b"b")])
    assert {b"..", b"a.", b".b", b"ab"} <= set(file.options(random.Random(1)))
    assert Folder({"f": file}).options(random.Random(1)) == [{"f": file}]
