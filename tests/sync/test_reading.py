"""A reader of the trust folder: of another user, never in anybody's way, and never without the last good bundle."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.events import TrustLoaded, TrustRefused
from firmware.sync.blobs import Store
from firmware.sync.bundle import FolderBundle, StoredBundle, bundle_in
from firmware.sync.install import install
from firmware.sync.record import path_of
from firmware.sync.store import FellBackError, TrustError, load_trust
from firmware.verify.trust import TrustView
from firmware.watch import TrustWatch
from tests.sync.bundles import ENVIRONMENT, world, write_anchors, write_bundle, write_older_form
from tests.world import NOW

NOBODY = 65534


class Card:
    """A trust folder, its anchors, and a publisher's sticks."""

    def __init__(self, folder: Path) -> None:
        self.trust = folder / "trust"
        self.keys = write_anchors(folder / "keys")
        self._sticks = folder / "sticks"

    def bring(self, version: int, issued: int | None = None) -> None:
        made = world(version, issued if issued is not None else NOW - 10_000 + version)
        install(write_bundle(self._sticks / str(version), made, (11, 12)), self.trust, self.keys, ENVIRONMENT)

    def load(self, floor: int = 0) -> TrustView:
        return load_trust(self.trust, self.keys, ENVIRONMENT, version_floor=floor)

    def blob(self, name: str) -> Path:
        bundle = bundle_in(self.trust)
        assert isinstance(bundle, StoredBundle)
        return self.trust / "blobs" / bundle.generation.entries[name]

    def watch(self) -> TrustWatch:
        return TrustWatch(self.trust, self.load, poll_s=0.0)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    made = Card(tmp_path)
    made.bring(7)
    made.bring(8)
    return made


def fallen_back(card: Card) -> FellBackError:
    with pytest.raises(FellBackError) as caught:
        card.load()
    return caught.value


@pytest.mark.parametrize("damage", [None, b"", b"rot"])
@pytest.mark.parametrize("name", ["trust.cwt", "rules.cwt"])
def test_where_a_blob_in_force_is_damaged_the_bundle_before_it_is_used_and_that_is_said(
    card: Card, name: str, damage: bytes | None
) -> None:
    if name == "rules.cwt":  # versions 7 and 8 have the same rules bytes only where the signature is the same
        assert card.blob(name).exists()
    card.blob(name).unlink() if damage is None else card.blob(name).write_bytes(damage)
    error = fallen_back(card)
    assert error.view.version == 7
    assert f"00000002: {name} is the blob" in error.what
    assert "run the sync" in error.next_step


def test_where_the_record_in_force_is_damaged_the_bundle_before_it_is_used(card: Card) -> None:
    path_of(card.trust, 2).write_bytes(b"rot")
    assert fallen_back(card).view.version == 7


def test_where_nothing_is_whole_it_is_the_newest_fault_that_is_told(card: Card) -> None:
    shutil.rmtree(card.trust / "blobs")
    with pytest.raises(TrustError, match=r"00000002: trust\.cwt is the blob") as caught:
        card.load()
    assert not isinstance(caught.value, FellBackError)


def test_a_terminal_never_falls_back_below_the_version_it_has_seen(card: Card) -> None:
    card.blob("trust.cwt").write_bytes(b"rot")
    with pytest.raises(TrustError) as caught:
        card.load(floor=8)
    assert not isinstance(caught.value, FellBackError)


def test_an_older_form_serves_as_the_bundle_before(tmp_path: Path) -> None:
    card = Card(tmp_path)
    write_older_form(card.trust, world(7), number=4)
    Store.open(card.trust).close()
    assert card.load().version == 7
    card.blob("trust.cwt").write_bytes(b"rot")
    error = fallen_back(card)
    assert (error.view.version, "00000005: trust.cwt" in error.what) == (7, True)


def test_a_terminal_that_starts_on_a_damaged_bundle_says_how_old_what_it_uses_is_until_the_sync_mends_it(
    card: Card,
) -> None:
    card.blob("trust.cwt").write_bytes(b"rot")
    watch = card.watch()
    told = watch.poll(0.0)
    assert isinstance(told, TrustLoaded)
    assert (told.version, told.status_utc_s) == (7, NOW - 10_000 + 7)
    assert told.instead_of is not None
    assert "trust.cwt" in told.instead_of.what
    assert watch.poll(1.0) is None
    card.bring(8)  # the same bundle again: what is damaged is brought again, and nothing else
    mended = watch.poll(2.0)
    assert mended == TrustLoaded(8, NOW - 10_000 + 8, True)
    assert watch.poll(3.0) is None


def test_a_running_terminal_keeps_what_it_has_when_the_card_rots_under_it(card: Card) -> None:
    """Same version, older lists: going back to them would forget a revocation that this terminal already knows."""
    card.bring(8, NOW - 50)
    watch = card.watch()
    assert watch.poll(0.0) == TrustLoaded(8, NOW - 50, True)
    for blob in (card.trust / "blobs").iterdir():
        if blob.name not in StoredBundle(card.trust, read_previous(card)).generation.entries.values():
            blob.write_bytes(b"rot")
    (card.trust / "generations" / "00000003").touch()
    told = watch.poll(1.0)
    assert isinstance(told, TrustRefused)
    assert watch.view is not None
    assert watch.view.newest_lists[0].issued_s == NOW - 50


def read_previous(card: Card):  # type: ignore[no-untyped-def]
    with Store.open(card.trust, read_only=True) as store:
        found = store.previous()
        assert found is not None
        return found


def test_a_reader_never_finds_a_hole_while_bundles_come_and_go(tmp_path: Path) -> None:
    card = Card(tmp_path)
    card.bring(1)
    done = threading.Event()
    seen: list[int] = []
    faults: list[str] = []

    def read_on() -> None:
        while not done.is_set():
            try:
                seen.append(card.load(seen[-1] if seen else 0).version)
            except TrustError as error:
                faults.append(str(error))

    reader = threading.Thread(target=read_on)
    reader.start()
    try:
        for version in range(2, 40):
            card.bring(version)
    finally:
        done.set()
        reader.join(timeout=20)
    assert faults == []
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


@pytest.fixture
def public_place(tmp_path: Path) -> Iterator[Path]:
    """A folder that another user may come to: pytest keeps its own to itself."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    place = Path("/var/tmp") / f"yanma-test-{os.getpid()}"
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


def test_another_user_without_any_right_to_write_reads_even_after_a_writer_was_killed(public_place: Path) -> None:
    card = Card(public_place)
    card.bring(7)
    killed = os.fork()
    if killed == 0:  # a writer that dies in the middle: a log that is not empty, a draft, an uncommitted record
        store = Store.open(card.trust)
        store.commit({"trust.cwt": store.put(b"x")}, {})
        os.kill(os.getpid(), 9)
    os.waitpid(killed, 0)
    assert (card.trust / "manifest.sqlite-wal").stat().st_size > 0
    (card.trust / "current").unlink()
    (card.trust / "current").symlink_to("generations/00000001")
    before = everything(card.trust)
    assert as_nobody(card) == 7
    assert everything(card.trust) == before


def as_nobody(card: Card) -> int:
    """The version that another user loads, in a process of its own; 0 where it fails, 255 where it could write."""
    reader = os.fork()
    if reader == 0:
        code = 0
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            may_write = any(os.access(path, os.W_OK) for path in (card.trust, *card.trust.rglob("*")))
            code = 255 if may_write else card.load().version
        finally:
            os._exit(code)
    _, status = os.waitpid(reader, 0)
    return os.waitstatus_to_exitcode(status)


def everything(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_size) for path in folder.rglob("*"))


def test_a_folder_and_a_generation_are_read_the_same_way(card: Card, tmp_path: Path) -> None:
    folder = FolderBundle(write_bundle(tmp_path / "by hand", world(9), (11, 12)))
    stored = bundle_in(card.trust)
    for bundle in (folder, stored):
        assert (len(bundle.lists()), bundle.has("rules.cwt"), bundle.has("register.bin")) == (2, True, False)
        assert bundle.path("rules.cwt").read_bytes() == bundle.read("rules.cwt", 1 << 20)
        with pytest.raises(TrustError, match=r"register\.bin"):
            bundle.read("register.bin", 100)
        with pytest.raises(TrustError):
            bundle.read("rules.cwt", 10)
