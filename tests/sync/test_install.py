"""A bundle from a stranger's folder becomes the one in force, or changes nothing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from firmware.events import TrustLoaded
from firmware.sync import install as installing
from firmware.sync.blobs import Store
from firmware.sync.bundle import MAX_LISTS
from firmware.sync.disk import RealDisk
from firmware.sync.install import Installed, RefusedError, check, install
from firmware.sync.store import MissingError, TrustError, load_trust
from firmware.verify.trust import MAX_STATUS_BYTES, MAX_TRUST_BYTES
from firmware.watch import TrustWatch
from tests.sync.bundles import ENVIRONMENT, seen, world, write_anchors, write_bundle
from tests.world import DAY, NOW, Key, World

OLD, NEW = world(7, NOW - 7200), world(8, NOW - 3600)


class Terminal:
    """One terminal's trust folder, its anchors, and a stick."""

    def __init__(self, folder: Path) -> None:
        self.target = folder / "trust"
        self.anchors = write_anchors(folder / "keys")
        self.stick = folder / "stick"

    def install(self) -> Installed:
        return install(self.stick, self.target, self.anchors, ENVIRONMENT)

    def bring(self, made: World, lists: tuple[int, ...] = (11,)) -> Installed:
        """A fresh stick with this bundle, installed."""
        self.stick = self.stick.with_name(f"{self.stick.name}x")
        write_bundle(self.stick, made, lists)
        return self.install()

    @property
    def seen(self) -> object:
        return seen(self.target, self.anchors)

    def everything(self) -> list[str]:
        return sorted(str(path.relative_to(self.target)) for path in self.target.rglob("*"))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    made = Terminal(tmp_path)
    made.bring(OLD)
    return made


def blob(terminal: Terminal, name: str) -> Path:
    """Where the bytes of an entry in force lie."""
    with Store.open(terminal.target, read_only=True) as store:
        current = store.current()
        assert current is not None
        return store.path(current.entries[name])


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(terminal: Terminal, match: str) -> TrustError:
    """The refusal, after which all is as it was."""
    before, files = terminal.seen, terminal.everything()
    with pytest.raises(RefusedError, match=match) as caught:
        terminal.install()
    assert (terminal.seen, terminal.everything()) == (before, files)
    assert "stays" in caught.value.next_step
    return caught.value


def test_the_first_bundle_comes_into_force_in_a_folder_that_is_made_for_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "new" / "card")
    result = terminal.bring(OLD)
    assert (result.before, result.view.version, result.unchanged) == (None, 7, False)
    assert terminal.seen == (7, ((11, NOW - 7200),))


def test_a_newer_bundle_replaces_it_and_the_one_before_is_kept(terminal: Terminal) -> None:
    first = terminal.stick
    result = terminal.bring(NEW)
    assert result.before is not None
    assert (result.before.version, result.view.version) == (7, 8)
    assert terminal.seen == (8, ((11, NOW - 3600),))
    with Store.open(terminal.target, read_only=True) as store:
        previous = store.previous()
        assert previous is not None
        assert store.read(previous.entries["trust.cwt"]) == (first / "trust.cwt").read_bytes()
    terminal.bring(world(9, NOW - 60))
    assert names_in(terminal.target / "generations") == ["00000002", "00000003"]


def test_the_same_bundle_again_writes_nothing(terminal: Terminal) -> None:
    files = terminal.everything()
    result = terminal.install()
    assert result.unchanged
    assert terminal.everything() == files


def test_what_came_in_another_way_stays_in_force_beside_a_new_bundle(terminal: Terminal) -> None:
    """Else a stick would take a revocation back that came as an urgent item."""
    with Store.open(terminal.target) as store:
        current = store.current()
        assert current is not None
        store.commit({**current.entries, "urgent/1": store.put(b"one"), "urgent/2": store.put(b"two")}, {})
    assert terminal.install().unchanged
    blob(terminal, "urgent/2").write_bytes(b"rot")
    terminal.bring(NEW)
    with Store.open(terminal.target, read_only=True) as store:
        current = store.current()
        assert current is not None
        assert {name for name in current.entries if name.startswith("urgent/")} == {"urgent/1"}
        assert store.read(current.entries["urgent/1"]) == b"one"


def test_a_check_says_what_would_come_and_writes_nothing(terminal: Terminal) -> None:
    files = terminal.everything()
    write_bundle(terminal.stick, NEW)
    result = check(terminal.stick, terminal.target, terminal.anchors, ENVIRONMENT)
    assert (result.view.version, result.unchanged) == (8, False)
    assert terminal.everything() == files


def test_a_folder_filled_by_hand_is_taken_over_and_not_taken_from_under_its_reader(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    write_bundle(terminal.target, OLD)
    write_anchors(terminal.target / "anchors")
    result = terminal.bring(NEW)
    assert result.before is not None
    assert result.before.version == 7
    assert load_trust(terminal.target, terminal.anchors, ENVIRONMENT).version == 8
    assert (terminal.target / "trust.cwt").exists()  # whoever opened the old bundle can read on
    terminal.bring(world(9, NOW - 60))
    assert names_in(terminal.target) == ["anchors", "blobs", "current", "generations", "manifest.sqlite"]
    assert load_trust(terminal.target, terminal.target / "anchors", ENVIRONMENT).version == 9


@pytest.mark.parametrize("name", ["trust.cwt", "rules.cwt", "status/11.cwt"])
def test_one_flipped_bit_in_any_file_is_refused_and_the_old_bundle_stays(terminal: Terminal, name: str) -> None:
    path = write_bundle(terminal.stick, NEW) / name
    data = bytearray(path.read_bytes())
    for place in (3, len(data) // 2, len(data) - 1):
        flipped = bytearray(data)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        refused(terminal, "stick")


def test_an_older_trust_list_is_refused(terminal: Terminal) -> None:
    write_bundle(terminal.stick, world(6, NOW))
    refused(terminal, "version 6 is older than 7")


def test_a_status_list_one_second_older_than_the_one_in_force_is_refused(terminal: Terminal) -> None:
    write_bundle(terminal.stick, world(8, NOW - 7200 - 1))
    refused(terminal, "status list 11 is older")
    write_bundle(terminal.stick, world(8, NOW - 7200))
    assert terminal.install().view.version == 8


def test_older_rules_are_refused(terminal: Terminal) -> None:
    write_bundle(terminal.stick, World(version=8, rules_version=2))
    refused(terminal, "rules version 2 are older than version 3")


def test_a_list_that_still_serves_may_not_be_left_out_so_that_its_oldest_state_never_comes_back(
    terminal: Terminal,
) -> None:
    (terminal.stick / "status/11.cwt").unlink()
    refused(terminal, "status list 11 is missing")


def test_a_list_that_has_expired_may_be_left_out(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.bring(world(7, NOW - 40 * DAY), lists=(11, 12))
    terminal.bring(world(8, NOW), lists=(12,))
    assert terminal.seen == (8, ((12, NOW),))


def test_a_bundle_of_another_environment_is_refused(terminal: Terminal) -> None:
    write_bundle(terminal.stick, World(version=8, environment="staging"))
    refused(terminal, "'staging'; this terminal is 'demo'")


def test_a_bundle_of_another_office_is_refused(terminal: Terminal) -> None:
    write_bundle(terminal.stick, World(version=8, anchor=Key.es256(6006)))
    refused(terminal, "not known")


def test_anchors_on_a_stick_are_ignored_and_said(terminal: Terminal) -> None:
    write_bundle(terminal.stick, NEW)
    write_anchors(terminal.stick / "anchors")
    assert terminal.install().ignored == ("anchors/: a bundle never brings anchors",)
    assert not any("anchors" in name for name in terminal.everything())


@pytest.mark.parametrize(
    ("name", "size"),
    [("trust.cwt", MAX_TRUST_BYTES + 1), ("rules.cwt", MAX_TRUST_BYTES + 1), ("status/x.cwt", MAX_STATUS_BYTES + 1)],
)
def test_a_huge_file_is_refused_before_it_is_read_whole(terminal: Terminal, name: str, size: int) -> None:
    with (terminal.stick / name).open("wb") as file:
        file.truncate(size)
    refused(terminal, f"longer than {size - 1}")


def test_many_lists_that_are_too_much_together_are_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "MAX_BUNDLE_BYTES", 1500)
    for name in range(3):
        (terminal.stick / f"status/{name}.cwt").write_bytes(bytes([name]) * 500)
    refused(terminal, "more than 1500 bytes")


def test_more_lists_than_there_may_be_are_refused(terminal: Terminal) -> None:
    for name in range(MAX_LISTS + 1):
        (terminal.stick / f"status/{name}.cwt").touch()
    refused(terminal, "more than 4096 lists")


def test_a_pipe_in_place_of_a_file_does_not_keep_the_sync_waiting(terminal: Terminal) -> None:
    (terminal.stick / "trust.cwt").unlink()
    os.mkfifo(terminal.stick / "trust.cwt")
    refused(terminal, "no file")


def test_the_files_that_a_mac_leaves_beside_others_are_no_lists(terminal: Terminal) -> None:
    write_bundle(terminal.stick, NEW)
    (terminal.stick / "status/._11.cwt").write_bytes(b"\0\5\x16\7Mac OS X")
    assert terminal.install().view.version == 8


def test_an_empty_stick_is_told_apart_from_a_bad_one(terminal: Terminal, tmp_path: Path) -> None:
    terminal.stick = tmp_path / "nothing"
    with pytest.raises(MissingError, match=r"trust\.cwt"):
        terminal.install()


def test_a_stick_that_is_pulled_out_midway_leaves_the_old_bundle(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(terminal.stick, NEW, lists=(11, 12))
    real_open = os.open

    def pulled(path: object, flags: int, mode: int = 0o777) -> int:
        if str(path).endswith("12.cwt"):
            raise OSError(5, "Input/output error")
        return real_open(str(path), flags, mode)

    before = terminal.everything()
    monkeypatch.setattr("firmware.sync.record.os.open", pulled)
    with pytest.raises(MissingError, match="Input/output error"):
        terminal.install()
    monkeypatch.undo()
    assert terminal.everything() == before


def test_what_was_checked_is_what_is_installed_though_the_stick_changes_meanwhile(terminal: Terminal) -> None:
    write_bundle(terminal.stick, NEW)

    class Swapping(RealDisk):
        def write(self, path: Path, parts: Iterable[bytes]) -> None:
            for file in terminal.stick.rglob("*.cwt"):
                file.write_bytes(b"something else")
            super().write(path, parts)

    install(terminal.stick, terminal.target, terminal.anchors, ENVIRONMENT, Swapping())
    assert terminal.seen == (8, ((11, NOW - 3600),))


def test_a_full_disk_leaves_the_old_bundle_and_nothing_half_written(terminal: Terminal) -> None:
    write_bundle(terminal.stick, NEW)
    before = terminal.everything()

    class Full(RealDisk):
        def write(self, path: Path, parts: Iterable[bytes]) -> None:
            super().write(path, [b"".join(parts)[:10]])
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        install(terminal.stick, terminal.target, terminal.anchors, ENVIRONMENT, Full())
    assert terminal.everything() == before


def test_a_bundle_in_force_that_the_card_has_damaged_is_replaced_but_never_by_one_older_than_the_one_before(
    terminal: Terminal,
) -> None:
    terminal.bring(NEW)
    blob(terminal, "rules.cwt").write_bytes(b"rot")
    write_bundle(terminal.stick, world(6, NOW))
    with pytest.raises(RefusedError, match="older than 7"):
        terminal.install()
    write_bundle(terminal.stick, NEW)
    assert not terminal.install().unchanged
    assert terminal.seen == (8, ((11, NOW - 3600),))


def test_whoever_has_another_mask_writes_files_that_the_terminal_may_read(terminal: Terminal) -> None:
    mask = os.umask(0o077)
    try:
        terminal.bring(NEW)
    finally:
        os.umask(mask)
    shown = [path for path in terminal.target.rglob("*") if not path.name.startswith("manifest")]
    files = {path.stat().st_mode & 0o777 for path in shown if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in shown if path.is_dir()}
    assert (files, folders) == ({0o644}, {0o755})


def test_two_syncs_never_write_at_once(terminal: Terminal) -> None:
    write_bundle(terminal.stick, NEW)
    said: list[str] = []

    class Nosy(RealDisk):
        def rename(self, old: Path, new: Path) -> None:
            with pytest.raises(TrustError, match="another sync") as caught:
                terminal.install()
            said.append(caught.value.next_step)
            super().rename(old, new)

    install(terminal.stick, terminal.target, terminal.anchors, ENVIRONMENT, Nosy())
    assert set(said) == {"wait for it, then try again"}


def test_a_terminal_that_polls_takes_the_new_bundle_up_and_never_refuses_one(terminal: Terminal) -> None:
    def load(floor: int):  # type: ignore[no-untyped-def]
        return load_trust(terminal.target, terminal.anchors, ENVIRONMENT, version_floor=floor)

    watch = TrustWatch(terminal.target, load, poll_s=0.0)
    last = 19
    told = [watch.poll(0.0)]

    def poll() -> None:
        for step in range(1, 100_000):
            told.append(watch.poll(step))
            if watch.view is not None and watch.view.version == last:
                return

    reader = threading.Thread(target=poll)
    reader.start()
    for version in range(8, last + 1):
        terminal.bring(world(version, NOW - 3600))
        wait_until(lambda wanted=version: watch.view is not None and watch.view.version == wanted)  # type: ignore[misc]
    reader.join(timeout=20)
    assert [event for event in told if event is not None] == [
        TrustLoaded(version, float(NOW - (7200 if version == 7 else 3600)), True) for version in range(7, last + 1)
    ]


def test_a_generation_that_is_still_being_written_does_not_make_the_terminal_load_again(terminal: Terminal) -> None:
    watch = TrustWatch(terminal.target, lambda floor: load_trust(terminal.target, terminal.anchors, ENVIRONMENT), 0.0)
    write_bundle(terminal.stick, NEW)
    told = [watch.poll(0.0)]

    class Polled(RealDisk):
        def sync(self, path: Path) -> None:
            super().sync(path)
            told.append(watch.poll(float(len(told))))

    install(terminal.stick, terminal.target, terminal.anchors, ENVIRONMENT, Polled())
    assert [event.version for event in told if isinstance(event, TrustLoaded)] == [7, 8]
    assert told[1:-1] == [None] * (len(told) - 2)


def wait_until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)
