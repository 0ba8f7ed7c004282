"""The bundle that lies ready: swapped whole, whatever the power does in between."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware.sync.disk import RealDisk
from firmware.sync.parcel import parcel_in, put_parcel
from tests.sync.stepping import SteppingDisk

OLD = {"trust.cwt": b"old trust", "rules.cwt": b"old rules", "status/1.cwt": b"old list" * 99}
NEW = {"trust.cwt": b"new trust", "rules.cwt": b"old rules", "status/1.cwt": b"new list" * 99, "status/2.cwt": b"more"}


class PowerCutError(Exception):
    """The power went."""


class CutDisk(SteppingDisk):
    """Loses power at a step: what was written and not synced is then half there."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.unsynced: set[Path] = set()

    def step(self) -> None:
        if self.left == 0:
            for path in self.unsynced:
                data = path.read_bytes()
                path.write_bytes(data[: len(data) // 2])
            raise PowerCutError
        self.left -= 1

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        super().write(path, parts)
        self.unsynced.add(path)

    def sync(self, path: Path) -> None:
        super().sync(path)
        self.unsynced.discard(path)


def put(folder: Path, files: dict[str, bytes], disk: RealDisk | None = None) -> bool:
    blobs = {hashlib.sha256(data).hexdigest(): data for data in files.values()}
    names = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return put_parcel(folder, names, blobs.__getitem__, disk or RealDisk())


def seen(folder: Path) -> dict[str, bytes]:
    place = parcel_in(folder)
    if place == folder:
        return {}
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("before", [{}, OLD], ids=["first", "second"])
def test_a_power_cut_at_any_step_leaves_the_old_bundle_or_the_new_one(tmp_path: Path, before: dict[str, bytes]) -> None:
    cuts = 0
    for steps in range(200):
        folder = tmp_path / str(steps)
        if before:
            put(folder, before)
        try:
            put(folder, NEW, CutDisk(steps))
        except PowerCutError:
            cuts += 1
        assert seen(folder) in (before, NEW), steps
        put(folder, NEW)
        assert seen(folder) == NEW, steps
        assert len(list((folder / "parcels").iterdir())) <= 2
        if cuts <= steps:  # no cut any more: all steps were tried
            break
    assert cuts > 15


def test_the_same_bundle_again_changes_nothing(tmp_path: Path) -> None:
    assert put(tmp_path, OLD)
    assert not put(tmp_path, OLD, CutDisk(0))


def test_a_file_that_the_card_forgot_is_noticed_and_written_again(tmp_path: Path) -> None:
    put(tmp_path, OLD)
    (parcel_in(tmp_path) / "rules.cwt").write_bytes(b"old rulez")
    assert put(tmp_path, OLD)
    assert seen(tmp_path) == OLD


def test_whoever_is_reading_the_bundle_before_may_finish(tmp_path: Path) -> None:
    put(tmp_path, OLD)
    reading = parcel_in(tmp_path)
    put(tmp_path, NEW)
    assert (reading / "trust.cwt").read_bytes() == b"old trust"


def test_a_folder_filled_by_hand_is_followed_only_until_something_was_fetched(tmp_path: Path) -> None:
    (tmp_path / "trust.cwt").write_bytes(b"by hand")
    assert parcel_in(tmp_path) == tmp_path
    put(tmp_path, OLD)
    assert parcel_in(tmp_path) != tmp_path
