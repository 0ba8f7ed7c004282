"""Several lanes, one ledger: real processes that write the same file, start at once, are killed, stand still."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.ledger.device import FILE_NAME as KEY_NAME
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import read
from firmware.ledger.keys import MonthlyKeys, months_in
from firmware.ledger.lock import locked
from firmware.ledger.note import KeyType, NoteKey
from firmware.ledger.outbox import Exchange
from firmware.ledger.reader import LedgerReader
from firmware.ledger.schema import BUSY_MS, FILE_NAME, connect, prepare
from firmware.ledger.start import Before, decode_start
from firmware.ledger.store import DAY_S, LedgerStore
from firmware.ledger.writer import LedgerCounts, LedgerWriter
from tests.ledger.test_store import ENTRY, NOON, entry_at
from tests.ledger.test_writer import wait_until

ROOT = Path(__file__).parents[2]
COLLECTOR = NoteKey("collector", KeyType.WITNESS, bytes(32))

#: Opens the folder that each line names, appends, and says the numbers that it got.
OPENER = """
import sys
from pathlib import Path
from firmware.ledger.store import LedgerStore
from tests.ledger.test_store import ENTRY
lane = sys.argv[1]
print("ready", flush=True)
for line in sys.stdin:
    try:
        with LedgerStore(Path(line.strip()), lane=lane) as store:
            print(*(store.append(ENTRY, 1.0) for _ in range(5)), flush=True)
    except Exception as error:
        print("error", type(error).__name__, error, flush=True)
"""
#: Appends as fast as a hundred lanes would, each number said once it is safe.
APPENDER = """
import sys, time
from pathlib import Path
from firmware.ledger.store import LedgerStore
from tests.ledger.test_store import ENTRY
with LedgerStore(Path(sys.argv[2]), lane=sys.argv[1]) as store:
    while True:
        print(store.append(ENTRY, 1.0), flush=True)
        time.sleep(0.002)
"""
#: Holds the ledger in the middle of a transaction.
HOLDER = """
import sys, time
from pathlib import Path
from firmware.ledger.schema import FILE_NAME, connect
base = connect(Path(sys.argv[2]) / FILE_NAME)
base.execute("BEGIN IMMEDIATE")
base.execute("UPDATE log SET floor_ms = floor_ms + 1")
print("held", flush=True)
time.sleep(600)
"""
#: Does all that is done each hour, again and again, until it was alone often enough.
KEEPER = """
import sys, time
from pathlib import Path
from firmware.ledger.outbox import Exchange
from firmware.ledger.store import LedgerStore
from tests.ledger.test_lanes import COLLECTOR
from tests.ledger.test_store import ENTRY
lane, folder = sys.argv[1], Path(sys.argv[2])
exchange = Exchange(folder / "outbox", folder / "inbox", COLLECTOR, least=1)
print("ready", flush=True)
sys.stdin.readline()
turns = 0
with LedgerStore(folder / "ledger", lane=lane) as store:
    while turns < 8:
        for _ in range(10):
            store.append(ENTRY, 1.0)
            time.sleep(0.002)
        with exchange.alone() as alone:
            if alone:
                exchange.run(store)
                store.forget_before(0.0, under_receipt=True)
                turns += 1
print(turns, flush=True)
"""


@contextmanager
def process(program: str, *words: str | Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, words)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def tell(child: subprocess.Popen[str], line: object) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{line}\n")
    child.stdin.flush()


@pytest.mark.slow
def test_lanes_that_start_at_once_make_one_ledger_with_one_key(tmp_path: Path) -> None:
    """Twenty first starts: the folder, the device key, the month's key, the tables and the lanes' numbers, each made once."""
    with process(OPENER, "entry") as entry, process(OPENER, "exit") as exit_:
        lanes = (entry, exit_)
        assert [said(lane) for lane in lanes] == ["ready", "ready"]
        for turn in range(20):
            folder = tmp_path / str(turn) / "ledger"
            for lane in lanes:
                tell(lane, folder)
            numbers = [said(lane) for lane in lanes]
            assert sorted(int(number) for told in numbers for number in told.split()) == list(range(1, 11)), numbers
            with LedgerReader.in_folder(folder) as reader:
                records = list(reader.records())
                assert reader.verify(DeviceKey.from_bytes((folder / KEY_NAME).read_bytes(), "test").note_key) == 10
                assert sorted(reader.lanes().items()) in ([(1, "entry"), (2, "exit")], [(1, "exit"), (2, "entry")])
                assert sorted(record.lane for record in records) == [1] * 5 + [2] * 5
                assert len({record.credential for record in records}) == 1  # one key of the month made all digests
            assert len(months_in(folder)) == 1
            assert not list(folder.glob("*.new"))


@pytest.mark.slow
def test_a_lane_that_is_killed_while_it_writes_loses_nothing_acknowledged_and_stops_nobody(tmp_path: Path) -> None:
    chance = random.Random(5)
    acknowledged: list[int] = []
    with process(APPENDER, "exit", tmp_path) as survivor:
        said(survivor)
        for _ in range(6):
            with process(APPENDER, "entry", tmp_path) as victim:
                acknowledged += [int(said(victim)) for _ in range(chance.randrange(1, 40))]
                victim.send_signal(signal.SIGKILL)
                assert victim.stdout is not None
                acknowledged += [int(line) for line in victim.stdout.read().splitlines() if line.strip()]
            before = int(said(survivor))
            while int(said(survivor)) < before + 5:
                pass  # it goes on after each death
    with LedgerStore(tmp_path) as store:
        kept = {record.sequence: record for record in store.records()}
        assert store.verify(store.key.note_key) == len(kept)
        entry = {name: number for number, name in store.lanes().items()}["entry"]
    assert len(acknowledged) == len(set(acknowledged))
    assert all(kept[number].lane == entry for number in acknowledged)


@pytest.mark.slow
def test_a_lane_that_stands_still_with_the_ledger_in_hand_holds_up_no_verdict_and_no_record_is_dropped(
    tmp_path: Path,
) -> None:
    with LedgerStore(tmp_path):
        pass
    writer = LedgerWriter.in_folder(tmp_path, retention_days=30, lane="exit")
    with process(HOLDER, "entry", tmp_path) as stuck:
        assert said(stuck) == "held"
        stuck.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        for number in range(40):
            writer.record(entry_at(NOON + number, number), NOON)
        assert time.monotonic() - began_s < BUSY_MS / 1000
        wait_until(lambda: writer.counts().errors == 1)
        assert (writer.counts().written, writer.counts().dropped) == (0, 0)
        assert "locked" in writer.counts().last_error
    wait_until(lambda: writer.counts().written == 40)  # the watchdog has ended it
    writer.close()
    assert writer.counts().dropped == 0
    with LedgerStore(tmp_path) as store:
        assert store.verify(store.key.note_key) == 40


def test_one_wait_is_counted_once_and_what_waits_at_the_end_is_told(tmp_path: Path) -> None:
    with LedgerStore(tmp_path):
        pass
    base = connect(tmp_path / FILE_NAME)
    base.execute("BEGIN IMMEDIATE")
    writer = LedgerWriter.in_folder(tmp_path, retention_days=30)
    writer.record(ENTRY, 0.0)
    writer.close()
    wait_until(lambda: not writer.alive)
    base.close()
    counts = writer.counts()
    assert (counts.written, counts.dropped) == (0, 1)
    assert 1 <= counts.errors <= 2  # one wait, and the end of patience


@pytest.mark.slow
def test_two_lanes_keep_house_together_and_no_batch_is_torn_or_doubled(tmp_path: Path) -> None:
    with process(KEEPER, "entry", tmp_path) as entry, process(KEEPER, "exit", tmp_path) as exit_:
        assert [said(entry), said(exit_)] == ["ready", "ready"]
        tell(entry, "go")
        tell(exit_, "go")
        assert [said(entry), said(exit_)] == ["8", "8"]
    with LedgerStore(tmp_path / "ledger") as store:
        assert store.verify(store.key.note_key) >= 160
        Exchange(tmp_path / "outbox", tmp_path / "inbox", COLLECTOR, least=1).run(store)
        whole = list(store.bodies())
    end = 0
    for path in sorted((tmp_path / "outbox").iterdir()):
        assert path.suffix == ".batch", path
        export = read(path.read_bytes())
        assert export.edge.size == end
        assert export.bodies == whole[end : export.size]
        end = export.size
    assert end == len(whole)


def test_while_one_lane_keeps_house_the_other_does_not(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path / "outbox", tmp_path / "inbox", COLLECTOR, least=1)
    with exchange.alone() as first, exchange.alone() as second:
        assert (first, second) == (True, False)
        writer = LedgerWriter.in_folder(tmp_path / "ledger", 30, exchange=exchange)
        writer.record(ENTRY, NOON)
        writer.close()
        assert writer.counts() == LedgerCounts(written=1)
        assert not list((tmp_path / "outbox").iterdir())
    with exchange.alone() as again:
        assert again


def test_a_month_key_that_another_lane_destroyed_makes_no_more_digests(tmp_path: Path) -> None:
    """The defect it stops: the key is gone from the disk, and a lane that remembers it goes on writing digests under it."""
    one, two = MonthlyKeys(tmp_path), MonthlyKeys(tmp_path)
    before = one.digest(b"cti", NOON)
    assert two.digest(b"cti", NOON) == before
    assert two.destroy_before("2026-07") == 1
    assert one.digest(b"cti", NOON) != before
    assert one.destroy_before("2026-07") == 1
    assert two.destroy_before("2026-07") == 0


class Hasty(sqlite3.Connection):
    """A lane that finds nothing; and before it has the file for itself, another one has made the log and written into it."""

    folder = Path()

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        if sql == "BEGIN IMMEDIATE":
            other = connect(self.folder / FILE_NAME)
            prepare(other, "yanma/ledger/x")
            other.execute("UPDATE log SET floor_ms = 77")
            other.close()
        return super().execute(sql, *values)


def test_a_log_that_another_lane_made_meanwhile_is_not_begun_again(tmp_path: Path) -> None:
    """The defect it stops: of two first starts the later one ends the log of the earlier one, and starts another."""
    Hasty.folder = tmp_path
    base = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None, factory=Hasty)
    prepare(base, "yanma/ledger/x")
    assert base.execute("SELECT size, floor_ms FROM log").fetchall() == [(1, 77)]
    [body] = base.execute("SELECT body FROM record").fetchone()
    assert decode_start(body).before is Before.NOTHING
    base.close()


@pytest.mark.slow
def test_a_lane_waits_its_turn_to_open_the_ledger(tmp_path: Path) -> None:
    """The defect it stops: SQLite does not wait in the switch to a write-ahead log, and of two first starts one fails."""
    with LedgerStore(tmp_path), locked(tmp_path), pytest.raises(TimeoutError):
        connect(tmp_path / FILE_NAME)


def test_lanes_with_two_device_keys_are_told_so(tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(bytes(range(32)))
    with LedgerStore(tmp_path / "ledger", lane="entry") as entry:
        entry.append(ENTRY)
        with LedgerStore(tmp_path / "ledger", other, lane="exit") as exit_:
            exit_.append(ENTRY)
            for act in (lambda: entry.append(ENTRY), entry.checkpoint):
                with pytest.raises(LedgerDamagedError, match="one device key"):
                    act()
            assert exit_.verify(exit_.key.note_key) == 2


def test_retention_by_either_lane_leaves_a_log_that_holds_for_both(tmp_path: Path) -> None:
    with LedgerStore(tmp_path, lane="entry") as entry, LedgerStore(tmp_path, lane="exit") as exit_:
        for number in range(80):
            (entry if number % 3 else exit_).append(entry_at(NOON + number * 3600, number))
        notes = [entry.checkpoint(), exit_.checkpoint()]
        assert notes[0] == notes[1]
        assert entry.forget_before(NOON + DAY_S) == 24
        assert exit_.forget_before(NOON + DAY_S) == 0
        exit_.append(ENTRY)
        assert entry.append(ENTRY) == 82
        for store in (entry, exit_):
            assert store.verify(store.key.note_key) == 58
        assert {record.lane for record in entry.records()} == {1, 2}


def test_the_time_floor_is_the_higher_of_both(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as entry, LedgerStore(tmp_path) as exit_:
        entry.keep_floor(NOON + 5)
        exit_.append(ENTRY, NOON)
        assert entry.floor_s() == exit_.floor_s() == NOON + 5
