"""Ledgers of an earlier form, and of another device key: their records go on, and the new log says what went before."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.ledger.device import FILE_NAME as KEY_NAME
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.reader import LedgerReader
from firmware.ledger.record import Record, encode
from firmware.ledger.start import GENESIS, Before, Start, decode_start
from firmware.ledger.store import FILE_NAME, LedgerStore, floor_in
from firmware.ledger.tree import Edge
from firmware.model import ClockLevel, Family, Kind, Reason
from tests.ledger.test_store import ENTRY, NOON, entry_at

RECORD = Record(
    1, NOON, ClockLevel.T3, Family.GO, Reason.VALID, Kind.INSPECTION_MARK, b"\x01" * 16, b"\x02" * 8, 3, 1, 30.0
)

CHAIN = """
CREATE TABLE record (sequence INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, body BLOB NOT NULL, link BLOB NOT NULL) STRICT;
CREATE TABLE chain (one INTEGER PRIMARY KEY CHECK (one = 1), base_sequence INTEGER NOT NULL, base_link BLOB NOT NULL,
    head_sequence INTEGER NOT NULL, head_link BLOB NOT NULL, floor_ms INTEGER NOT NULL) STRICT;
"""


def write_chain(folder: Path, *, forgotten: int, kept: int) -> tuple[bytes, bytes]:
    """A ledger as the first release wrote it; gives its last forgotten link and its last link."""
    base = sqlite3.connect(folder / FILE_NAME)
    base.executescript(CHAIN)
    link, start = GENESIS, GENESIS
    for sequence in range(1, forgotten + kept + 1):
        body = encode(replace(RECORD, sequence=sequence))
        link = hashlib.sha256(link + body).digest()
        if sequence <= forgotten:
            start = link
        else:
            row = (sequence, round(RECORD.utc_s * 1000), body, link)
            base.execute("INSERT INTO record VALUES (?, ?, ?, ?)", row)
    base.execute("INSERT INTO chain VALUES (1, ?, ?, ?, ?, 77000)", (forgotten, start, forgotten + kept, link))
    base.commit()
    base.close()
    return start, link


def test_a_chain_goes_on_as_a_tree_whose_first_leaf_names_where_it_was(tmp_path: Path) -> None:
    start, end = write_chain(tmp_path, forgotten=40, kept=5)
    with LedgerStore(tmp_path) as store:
        assert store.append(ENTRY) == 46
        assert store.verify(store.key.note_key) == 6
        assert [record.sequence for record in store.records()] == [41, 42, 43, 44, 45, 46]
        first = store.start()
        assert first == Start(40, Before.CHAIN, start)
        link = first.link
        for body in store.bodies(1, 6):
            link = hashlib.sha256(link + body).digest()
        assert link == end  # whoever noted the chain's end finds it again
        assert store.floor_s() == 77.0


def test_a_chain_that_did_not_hold_is_taken_over_and_named_so(tmp_path: Path) -> None:
    write_chain(tmp_path, forgotten=0, kept=5)
    base = sqlite3.connect(tmp_path / FILE_NAME)
    base.execute("DELETE FROM record WHERE sequence = 5")
    base.commit()
    base.close()
    with LedgerStore(tmp_path) as store:
        first = store.start()
        assert first is not None
        assert first.before is Before.BROKEN_CHAIN
        assert store.verify() == 4


def test_an_empty_chain_becomes_an_empty_tree(tmp_path: Path) -> None:
    write_chain(tmp_path, forgotten=3, kept=0)
    with LedgerStore(tmp_path) as store:
        assert store.verify() == 0
        assert store.append(ENTRY) == 4


def test_the_floor_of_a_chain_is_read_before_it_is_taken_over(tmp_path: Path) -> None:
    write_chain(tmp_path, forgotten=0, kept=1)
    assert floor_in(tmp_path) == 77.0


def test_a_reader_does_not_take_a_chain_over(tmp_path: Path) -> None:
    write_chain(tmp_path, forgotten=0, kept=1)
    with pytest.raises(LedgerDamagedError, match="starting the terminal once"):
        LedgerReader.in_folder(tmp_path)


def test_a_lost_device_key_begins_a_new_log_that_names_the_old_root(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        for number in range(10):
            store.append(entry_at(NOON + number, number))
        old = store.log()
    (tmp_path / KEY_NAME).unlink()
    with LedgerStore(tmp_path) as store:
        assert store.start() == Start(0, Before.OTHER_KEY, old.edge.root(), 11)
        assert store.append(ENTRY) == 11
        assert store.verify(store.key.note_key) == 11
        assert store.log().origin != old.origin


def test_a_first_leaf_is_read_to_the_last_byte() -> None:
    start = Start(40, Before.CHAIN, bytes(range(32)))
    assert decode_start(start.encode()) == start
    assert len(start.encode()) == 53
    for bad in (start.encode()[:-1], b"\x01" + start.encode()[1:], start.encode()[:-1] + b"\x01"):
        with pytest.raises(LedgerDamagedError):
            decode_start(bad)
    with pytest.raises(LedgerDamagedError, match="unknown way"):
        decode_start(start.encode()[:5] + b"\x09" + start.encode()[6:])


def test_a_fresh_log_begins_with_nothing_before_it(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as store:
        assert store.start() == Start()
        assert store.log().edge == Edge().extend([Start().encode()])
