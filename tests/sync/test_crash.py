"""The power goes off in the middle of an installation: at every step, in every state that a file system may leave."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware.sync.install import install
from firmware.sync.store import TrustError, bundle_in
from tests.sync.bundles import ENVIRONMENT, Seen, seen, world, write_anchors, write_bundle
from tests.sync.crash import Recorder, State, put_on_disk, states_after_cuts
from tests.world import NOW

OLD, NEW = world(7, NOW - 7200), world(8, NOW - 3600)
SEEN_OLD: Seen = (7, ((11, NOW - 7200), (12, NOW - 7200)))
SEEN_NEW: Seen = (8, ((11, NOW - 3600), (12, NOW - 3600)))
LISTS = (11, 12)


class Cuts:
    """A trust folder with the old bundle, a stick with the new one, and a place to try states in."""

    def __init__(self, folder: Path, *, by_hand: bool) -> None:
        self.anchors = write_anchors(folder / "keys")
        self.stick = write_bundle(folder / "new", NEW, LISTS)
        self.start = folder / "start"
        old = write_bundle(self.start if by_hand else folder / "old", OLD, LISTS)
        if not by_hand:
            for version, source in ((6, folder / "older"), (7, old)):
                write_bundle(source, world(version, NOW - 7200) if version == 6 else OLD, LISTS)
                install(source, self.start, self.anchors, ENVIRONMENT)
        self.work, self.trial = folder / "work", folder / "trial"
        shutil.copytree(self.start, self.work, symlinks=True)

    def states(self, recorder: type[Recorder] = Recorder) -> list[State]:
        """All states of an installation whose steps go through `recorder`."""
        disk = recorder(self.work)
        install(self.stick, self.work, self.anchors, ENVIRONMENT, disk)
        return sorted(states_after_cuts(self.start, disk.steps), key=len)

    def found_in(self, state: State) -> Seen | None:
        """What a reader sees after this cut; None when it cannot believe what it finds."""
        put_on_disk(state, self.trial)
        try:
            return seen(self.trial, self.anchors)
        except TrustError:
            return None


@pytest.fixture(params=[False, True], ids=["over a generation", "over files copied by hand"])
def cuts(tmp_path: Path, request: pytest.FixtureRequest) -> Cuts:
    return Cuts(tmp_path, by_hand=request.param)


def test_after_any_cut_a_reader_finds_the_old_bundle_or_the_new_one_and_the_next_sync_finishes(cuts: Cuts) -> None:
    found = set()
    states = cuts.states()
    assert len(states) > 30
    for state in states:
        found.add(cuts.found_in(state))
        install(cuts.stick, cuts.trial, cuts.anchors, ENVIRONMENT)
        assert seen(cuts.trial, cuts.anchors) == SEEN_NEW
        left = [path for path in cuts.trial.rglob("*") if path.name == "current.new"]
        generations = sorted((cuts.trial / "generations").iterdir())
        assert (left, len(generations) <= 2) == ([], True)
        assert generations[-1] == bundle_in(cuts.trial)
    assert found == {SEEN_OLD, SEEN_NEW}


class NoSyncOfFiles(Recorder):
    def sync(self, path: Path) -> None:
        if path.is_dir():
            super().sync(path)


class NoSyncOfFolders(Recorder):
    def sync(self, path: Path) -> None:
        if not path.is_dir():
            super().sync(path)


class NoSyncOfTheListsFolder(Recorder):
    def sync(self, path: Path) -> None:
        if path.name != "status":
            super().sync(path)


class NoSyncOfGenerations(Recorder):
    def sync(self, path: Path) -> None:
        if path.name != "generations":
            super().sync(path)


class CurrentBeforeTheFiles(Recorder):
    """Lets `current` name the generation as soon as its folder is there."""

    def make_folder(self, path: Path) -> None:
        super().make_folder(path)
        if path.name.isdecimal():
            super().sync(path.parent)
            super().link(self.root / "early", f"generations/{path.name}")
            super().rename(self.root / "early", self.root / "current")


class InPlace(Recorder):
    """Writes over the files in force instead of beside them."""

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        data = b"".join(parts)
        place = bundle_in(self.root)
        if path.parent.name != "status":
            (place / path.name).write_bytes(data)
            self._note("write", place / path.name, data)
        super().write(path, (data,))


@pytest.mark.parametrize(
    "mutant",
    [NoSyncOfFiles, NoSyncOfFolders, NoSyncOfTheListsFolder, NoSyncOfGenerations, CurrentBeforeTheFiles, InPlace],
)
def test_the_enumeration_catches_an_installation_that_leaves_out_a_step(tmp_path: Path, mutant: type[Recorder]) -> None:
    cuts = Cuts(tmp_path, by_hand=False)
    assert any(cuts.found_in(state) not in (SEEN_OLD, SEEN_NEW) for state in cuts.states(mutant))


CHILD = """
import sys
from pathlib import Path
from firmware.sync.install import install
stick, target, anchors = map(Path, sys.argv[1:])
print("ready", flush=True)
install(stick, target, anchors, "demo")
"""


def test_a_sync_that_is_killed_at_any_time_leaves_one_bundle_whole(tmp_path: Path) -> None:
    cuts = Cuts(tmp_path, by_hand=False)
    root = Path(__file__).parents[2]
    for delay_ms in range(12):
        shutil.rmtree(cuts.work)
        shutil.copytree(cuts.start, cuts.work, symlinks=True)
        words = [sys.executable, "-c", CHILD, str(cuts.stick), str(cuts.work), str(cuts.anchors)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=root) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(delay_ms / 1000)
            os.kill(child.pid, signal.SIGKILL)
        assert seen(cuts.work, cuts.anchors) in (SEEN_OLD, SEEN_NEW)
        install(cuts.stick, cuts.work, cuts.anchors, ENVIRONMENT)
        assert seen(cuts.work, cuts.anchors) == SEEN_NEW
