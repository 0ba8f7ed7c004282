"""The disk is full, read-only, failing or not ours, at every step: what was in force stays, and nothing half remains."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from firmware.sync import manifest
from firmware.sync.blobs import Store
from firmware.sync.disk import RealDisk
from firmware.sync.install import install
from tests.sync.bundles import ENVIRONMENT, Seen, seen, world, write_anchors, write_bundle
from tests.sync.stepping import SteppingDisk
from tests.world import NOW

OLD, NEW = world(7, NOW - 7200), world(8, NOW - 3600)
SEEN_OLD: Seen = (7, ((11, NOW - 7200),))
SEEN_NEW: Seen = (8, ((11, NOW - 3600),))
FAULTS = (errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT)


class FailingDisk(SteppingDisk):
    """From its step number `at` on, every step fails; a write leaves half of its bytes behind. `steps` counts them."""

    def __init__(self, at: int, fault: int, *, once: bool = False) -> None:
        self._at = at
        self._fault = fault
        self._once = once
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self._at or (self.steps > self._at and not self._once):
            raise OSError(self._fault, os.strerror(self._fault))

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        data = b"".join(parts)
        try:
            super().write(path, (data,))
        except OSError:
            if self._fault == errno.ENOSPC and not path.exists():
                RealDisk.write(self, path, (data[: len(data) // 2],))
            raise


class Card:
    """A trust folder with the old bundle in it, and a stick with the new one."""

    def __init__(self, folder: Path) -> None:
        self.trust = folder / "trust"
        self.keys = write_anchors(folder / "keys")
        self.stick = write_bundle(folder / "new", NEW)
        for version in (6, 7):
            made = world(version, NOW - 7200)
            install(write_bundle(folder / str(version), made), self.trust, self.keys, ENVIRONMENT)

    def bring(self, disk: RealDisk | None = None) -> None:
        install(self.stick, self.trust, self.keys, ENVIRONMENT, disk or RealDisk())

    def seen(self) -> Seen:
        return seen(self.trust, self.keys)

    def drafts(self) -> list[Path]:
        return list(self.trust.rglob("*.new"))


@pytest.fixture
def make_card(tmp_path: Path) -> Callable[[], Card]:
    numbers = iter(range(1000))
    return lambda: Card(tmp_path / str(next(numbers)))


@pytest.mark.parametrize("fault", FAULTS, ids=[errno.errorcode[fault] for fault in FAULTS])
def test_from_any_step_on_the_disk_fails_and_the_old_bundle_or_the_new_one_is_there_whole(
    make_card: Callable[[], Card], fault: int
) -> None:
    quiet = FailingDisk(10**9, fault)
    make_card().bring(quiet)
    assert quiet.steps > 15
    found = set()
    for at in range(1, quiet.steps + 1):
        card = make_card()
        with pytest.raises(OSError, match=os.strerror(fault)):
            card.bring(FailingDisk(at, fault))
        found.add(card.seen())
        card.bring()
        assert (card.seen(), card.drafts()) == (SEEN_NEW, [])
        assert len(list((card.trust / "blobs").iterdir())) <= 6
    assert found == {SEEN_OLD, SEEN_NEW}


def test_one_step_that_fails_on_a_full_disk_leaves_no_half_file_behind(make_card: Callable[[], Card]) -> None:
    quiet = FailingDisk(10**9, errno.ENOSPC)
    make_card().bring(quiet)
    for at in range(1, quiet.steps + 1):
        card = make_card()
        with pytest.raises(OSError, match="No space"):
            card.bring(FailingDisk(at, errno.ENOSPC, once=True))
        assert card.seen() in (SEEN_OLD, SEEN_NEW)
        assert card.drafts() == []
        for path in (card.trust / "blobs").iterdir():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


@pytest.mark.parametrize("pages", [1, 2, 3, 4, 5, 6])
def test_a_manifest_that_finds_no_space_keeps_what_it_knew(
    make_card: Callable[[], Card], monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    card = make_card()
    monkeypatch.setattr(manifest, "_PRAGMAS", (*manifest._PRAGMAS, f"max_page_count = {pages}"))
    many = {f"status/{number}.cwt": "" for number in range(900)}
    with Store.open(card.trust) as store:
        before = store.current()
        entries = dict.fromkeys(many, store.put(b"x"))
        with pytest.raises(OSError, match="full") as caught:
            store.commit(entries, {"demo/trust": 99})
        assert caught.value.errno == errno.ENOSPC
        assert (store.current(), store.floors()["demo/trust"]) == (before, 7)
    assert card.seen() == SEEN_OLD
    monkeypatch.undo()
    card.bring()
    assert card.seen() == SEEN_NEW
