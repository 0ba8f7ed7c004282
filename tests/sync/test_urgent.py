"""The folder of urgent items: kept durably, read by the terminal, cleaned of what is over, never longer than its cap."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware.sync.urgent import Taken, UrgentFolder
from firmware.verify.urgent import heed
from tests.sync.stepping import SteppingDisk
from tests.verify.test_urgent import item, state_of, verdict
from tests.world import DAY, NOW, Key, World


class Post:
    """One terminal's folder, in one world."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "urgent"
        self.world = World()
        self.view = self.world.trust()
        self.folder = UrgentFolder(self.path)

    def take(self, data: bytes, now_s: float = NOW) -> Taken:
        return self.folder.take(data, self.view, self.world.anchors(), now_s).what

    def reason(self) -> str:
        """What the terminal says of the document in question, after a restart: from the folder alone."""
        view, _ = heed(self.view, self.world.anchors(), UrgentFolder(self.path).read())
        return verdict(self.world, view).reason


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_an_item_is_kept_and_is_in_force_after_a_restart(post: Post) -> None:
    assert post.reason() == "VALID"
    assert post.take(item(post.world)) is Taken.NEW
    assert post.reason() == "REVOKED"
    assert post.take(item(post.world)) is Taken.KNOWN


def test_what_may_not_be_believed_is_not_kept(post: Post) -> None:
    answer = post.folder.take(item(post.world, key=Key.es256(66)), post.view, post.world.anchors(), NOW)
    assert answer.what is Taken.REFUSED
    assert "not known" in answer.why
    assert not post.path.exists()


def test_an_item_that_is_over_is_not_kept_and_goes_when_the_next_one_comes(post: Post) -> None:
    assert post.take(item(post.world, exp=NOW + 100)) is Taken.NEW
    assert post.take(item(post.world, exp=NOW + 100, cti=b"item-002"), NOW + 101) is Taken.OVER
    assert len(list(post.path.iterdir())) == 1
    assert post.take(item(post.world, state_of(index=6), cti=b"item-003"), NOW + 101) is Taken.NEW
    assert len(list(post.path.iterdir())) == 1
    assert post.reason() == "VALID"


def test_a_flood_ends_at_the_cap(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defect it stops: whoever stole a status key fills the card."""
    monkeypatch.setattr("firmware.sync.urgent.MAX_ITEMS", 3)
    answers = [post.take(item(post.world, state_of(index=n), cti=b"item-%03d" % n)) for n in range(5)]
    assert answers == [Taken.NEW] * 3 + [Taken.FULL] * 2


def test_a_file_that_was_changed_on_the_card_is_not_heeded(post: Post) -> None:
    post.take(item(post.world))
    (path,) = post.path.iterdir()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert post.reason() == "VALID"
    path.write_bytes(bytes(10_000))
    assert post.reason() == "VALID"


class Cut(Exception):
    """The power went."""


class CutDisk(SteppingDisk):
    """Loses power before its n-th step; of a file that was being written, half is there."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        if self.left == 0:
            raise Cut
        self.left -= 1

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        data = b"".join(parts)
        if self.left == 0:
            path.write_bytes(data[: len(data) // 2])
        super().write(path, (data,))


@pytest.mark.parametrize("steps", range(7))
def test_a_power_cut_at_any_step_leaves_the_item_or_nothing_and_the_next_try_succeeds(post: Post, steps: int) -> None:
    data = item(post.world)
    try:
        UrgentFolder(post.path, CutDisk(steps)).take(data, post.view, post.world.anchors(), NOW)
    except Cut:
        assert post.reason() in ("VALID", "REVOKED")
    else:
        assert post.reason() == "REVOKED"
    assert post.take(data) in (Taken.NEW, Taken.KNOWN)
    assert post.reason() == "REVOKED"
    assert post.take(item(post.world, cti=b"item-002", exp=NOW + DAY)) is Taken.NEW


def test_without_a_folder_there_are_no_items(post: Post) -> None:
    assert post.folder.read() == []
