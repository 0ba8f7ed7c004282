"""The ledger's thread: verdicts never wait for it, and trouble is counted."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.ledger.reader import LedgerReader
from firmware.ledger.store import DAY_S, FILE_NAME, LedgerStore
from firmware.ledger.writer import LedgerCounts, LedgerWriter, NullRecorder
from firmware.model import LedgerEntry
from tests.ledger.test_store import ENTRY, NOON, entry_at

PATIENCE_S = 10.0


def wait_until(holds: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends_s, "it never happened"
        time.sleep(0.005)


class SlowStore(LedgerStore):
    """A disk that takes its time: appends wait until `go` is set."""

    go = threading.Event()

    def append(self, entry: LedgerEntry, floor_s: float = 0.0) -> int:
        self.go.wait(PATIENCE_S)
        return super().append(entry, floor_s)


class FullStore(LedgerStore):
    """A disk with room for `room` more records."""

    room = 2

    def append(self, entry: LedgerEntry, floor_s: float = 0.0) -> int:
        if FullStore.room == 0:
            raise sqlite3.OperationalError("database or disk is full")
        FullStore.room -= 1
        return super().append(entry, floor_s)


def test_what_was_handed_over_is_written_before_close_returns(tmp_path: Path) -> None:
    writer = LedgerWriter.in_folder(tmp_path, retention_days=30)
    for number in range(40):
        writer.record(entry_at(NOON + number, number), NOON)
    writer.close()
    assert writer.counts() == LedgerCounts(written=40)
    with LedgerStore(tmp_path) as store:
        assert store.verify() == 40
        assert store.floor_s() == NOON


def test_a_slow_disk_never_holds_up_the_caller_and_the_oldest_entries_go(tmp_path: Path) -> None:
    SlowStore.go.clear()
    writer = LedgerWriter(lambda: SlowStore(tmp_path), 30, places=8)
    began_s = time.monotonic()
    for number in range(100):
        writer.record(entry_at(NOON + number, number), 0.0)
    assert time.monotonic() - began_s < 0.5
    SlowStore.go.set()
    writer.close()
    counts = writer.counts()
    assert counts.errors == 0
    assert 8 <= counts.written <= 10
    assert counts.written + counts.dropped == 100
    with LedgerStore(tmp_path) as store:
        assert [record.utc_s for record in store.records()][-1] == NOON + 99


def test_a_full_disk_is_counted_and_the_writer_goes_on_when_there_is_room(tmp_path: Path) -> None:
    FullStore.room = 2
    writer = LedgerWriter(lambda: FullStore(tmp_path), 30, retry_s=0.0)
    for number in range(5):
        writer.record(entry_at(NOON, number), 0.0)
    wait_until(lambda: writer.counts().dropped == 3)
    assert "full" in writer.counts().last_error
    FullStore.room = 1
    writer.record(entry_at(NOON, 9), 0.0)
    writer.close()
    assert writer.counts().written == 3
    assert writer.counts().errors == 3
    with LedgerStore(tmp_path) as store:
        assert store.verify() == 3


def test_while_the_storage_rests_after_trouble_entries_are_dropped_at_once(tmp_path: Path) -> None:
    FullStore.room = 0
    writer = LedgerWriter(lambda: FullStore(tmp_path), 30, retry_s=3600.0)
    for number in range(4):
        writer.record(entry_at(NOON, number), 0.0)
    writer.close()
    assert writer.counts().errors == 1
    assert writer.counts().dropped == 4


def test_a_folder_that_cannot_be_made_is_counted(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file where the folder should be")
    writer = LedgerWriter.in_folder(tmp_path / "ledger", retention_days=30)
    writer.record(ENTRY, 0.0)
    writer.close()
    assert writer.counts().errors == 1
    assert "FileExistsError" in writer.counts().last_error


def test_a_file_that_is_no_database_is_counted_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is not a ledger" * 100)
    writer = LedgerWriter.in_folder(tmp_path, retention_days=30)
    writer.record(ENTRY, 0.0)
    writer.close()
    assert writer.counts().errors == 1
    assert (tmp_path / FILE_NAME).read_bytes().startswith(b"this is not a ledger")


def test_retention_goes_by_the_time_that_is_certainly_past(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        store.append(ENTRY)
    fast_clock = LedgerWriter.in_folder(tmp_path, retention_days=30)
    fast_clock.record(replace(ENTRY, utc_s=NOON + 400 * DAY_S), 0.0)
    fast_clock.close()
    with LedgerStore(tmp_path) as store:
        assert store.count() == 2
    signed = LedgerWriter.in_folder(tmp_path, retention_days=30)
    signed.keep_floor(NOON + 31 * DAY_S)
    signed.record(replace(ENTRY, utc_s=NOON + 400 * DAY_S), 0.0)
    signed.close()
    with LedgerStore(tmp_path) as store:
        assert store.verify() == 2
        assert store.count() == 2


def test_without_a_ledger_nothing_is_kept_and_nothing_fails() -> None:
    recorder = NullRecorder()
    recorder.record(ENTRY, NOON)
    recorder.keep_floor(NOON)
    recorder.close()
    assert recorder.counts() == LedgerCounts()


FILLER = """
import resource, sys
from pathlib import Path
from firmware.ledger.writer import LedgerWriter
from tests.ledger.test_store import entry_at, NOON

writer = LedgerWriter.in_folder(Path(sys.argv[1]), retention_days=30)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
for number in range(200):
    writer.record(entry_at(NOON, number), NOON)
writer.close()
counts = writer.counts()
print(counts.written, counts.dropped, counts.errors)
"""


def test_a_disk_that_really_fills_leaves_a_whole_chain(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    written, dropped, errors = map(int, done.stdout.split())
    assert written + dropped == 200
    assert errors >= 1
    with LedgerStore(tmp_path) as store:
        assert store.verify() == written


def test_a_checkpoint_is_signed_when_the_writer_closes(tmp_path: Path) -> None:
    writer = LedgerWriter.in_folder(tmp_path, 30)
    for _ in range(3):
        writer.record(ENTRY, 0.0)
    writer.close()
    with LedgerStore(tmp_path) as store:
        assert [note.checkpoint.size for note in store.checkpoints()] == [4]


def test_a_checkpoint_is_signed_after_a_quiet_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.ledger.writer.CHECKPOINT_EACH_S", 0.05)
    writer = LedgerWriter.in_folder(tmp_path, 30)
    writer.record(ENTRY, 0.0)
    until = time.monotonic() + 20
    sizes: list[int] = []
    while not sizes and time.monotonic() < until:
        time.sleep(0.05)
        if (tmp_path / "ledger.sqlite").exists() and writer.counts().written:
            with LedgerReader.in_folder(tmp_path) as reader:
                sizes = [note.checkpoint.size for note in reader.checkpoints()]
    writer.close()
    assert sizes == [2]
