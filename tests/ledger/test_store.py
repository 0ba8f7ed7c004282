"""The ledger's file: what is acknowledged stays, and whatever was touched is found."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.store import DAY_S, FILE_NAME, LedgerStore
from firmware.ledger.tree import (
    Edge,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    require_consistent,
    require_included,
)
from firmware.model import ClockLevel, Family, Kind, LedgerEntry, Reason

NOON = 1_781_000_000.0  # 2026-06-09 in China
ENTRY = LedgerEntry(
    utc_s=NOON,
    level=ClockLevel.T3,
    family=Family.GO,
    reason=Reason.VALID,
    kind=Kind.INSPECTION_MARK,
    cti=b"cti-0001",
    kid=b"\x01" * 8,
    trust_version=3,
    rules_version=1,
    elapsed_ms=31.5,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LedgerStore]:
    with LedgerStore(tmp_path) as opened:
        yield opened


def entry_at(utc_s: float, number: int = 0) -> LedgerEntry:
    return replace(ENTRY, utc_s=utc_s, cti=number.to_bytes(8, "big"))


def test_entries_get_numbers_in_order_and_come_back(store: LedgerStore) -> None:
    assert [store.append(entry_at(NOON + i, i)) for i in range(3)] == [1, 2, 3]
    records = list(store.records())
    assert [record.sequence for record in records] == [1, 2, 3]
    assert records[0].reason is Reason.VALID
    assert records[0].kind is Kind.INSPECTION_MARK
    assert records[0].elapsed_ms == 31.5
    assert store.verify() == 3


def test_an_empty_ledger_verifies(store: LedgerStore) -> None:
    assert store.verify() == 0
    assert store.floor_s() == 0.0


def test_the_log_goes_on_after_reopening(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as first:
        first.append(ENTRY)
    with LedgerStore(tmp_path) as second:
        assert second.append(ENTRY) == 2
        assert second.verify() == 2


def test_the_credential_id_is_never_in_the_folder(tmp_path: Path) -> None:
    ids = [random.Random(number).randbytes(8) for number in range(50)]
    with LedgerStore(tmp_path) as opened:
        for cti in ids:
            opened.append(replace(ENTRY, cti=cti))
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(kept) > 50 * 53
    assert not [cti for cti in ids if cti in kept]


def test_the_same_credential_has_one_digest_within_a_month_and_another_in_the_next(store: LedgerStore) -> None:
    for utc_s in (NOON, NOON + 1, NOON + 40 * DAY_S):
        store.append(entry_at(utc_s, 7))
    june, again, july = (record.credential for record in store.records())
    assert june == again
    assert june != july


def test_digests_of_two_terminals_cannot_be_compared(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        with LedgerStore(tmp_path / name) as opened:
            opened.append(ENTRY)
            found += [record.credential for record in opened.records()]
    assert found[0] != found[1]


def test_the_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    with LedgerStore(tmp_path / "ledger") as opened:
        opened.append(ENTRY)
    (key,) = (tmp_path / "ledger").glob("digest-*.key")
    assert key.name == "digest-2026-06.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ledger").stat().st_mode & 0o777 == 0o700


def test_a_verdict_without_a_credential_is_kept_too(store: LedgerStore) -> None:
    store.append(replace(ENTRY, cti=None, kid=None, kind=None, reason=Reason.NOT_A_CREDENTIAL, family=Family.RETRY))
    (record,) = store.records()
    assert (record.credential, record.kid, record.kind) == (None, None, None)


def test_the_floor_rises_with_records_and_never_falls(store: LedgerStore) -> None:
    store.append(ENTRY, floor_s=NOON)
    store.append(ENTRY, floor_s=NOON - 500)
    assert store.floor_s() == NOON
    store.keep_floor(NOON + 10)
    store.keep_floor(float("-inf"))
    assert store.floor_s() == NOON + 10


DAMAGES = {
    "a changed byte": "UPDATE record SET body = CAST(substr(body, 1, 40) || x'ff' || substr(body, 42) AS BLOB) "
    "WHERE leaf = 3",
    "a removed record": "DELETE FROM record WHERE leaf = 3",
    "the newest record removed": "DELETE FROM record WHERE leaf = 70",
    "the first leaf removed": "DELETE FROM record WHERE leaf = 0",
    "two records exchanged": "UPDATE record SET body = (SELECT body FROM record AS other "
    "WHERE other.leaf = 5 - record.leaf) WHERE leaf IN (2, 3)",
    "a record moved to another day": "UPDATE record SET utc_ms = utc_ms - 86400000 WHERE leaf = 2",
    "a node replaced": "UPDATE node SET hash = zeroblob(32) WHERE level = 6",
    "a record added": "INSERT INTO record SELECT 71, utc_ms, body FROM record WHERE leaf = 70",
    "the ends rewritten": "UPDATE log SET size = 69",
    "another tree written over the edge": "UPDATE log SET edge = zeroblob(length(edge))",
    "the ends lost": "DELETE FROM log",
    "a record of another length": "UPDATE record SET body = zeroblob(10) WHERE leaf = 2",
    "a checkpoint of another root": "UPDATE checkpoint SET note = replace(note, char(10) || '64' || char(10), "
    "char(10) || '65' || char(10)), size = 65",
    "a checkpoint of more than there is": "UPDATE checkpoint SET note = replace(note, char(10) || '64' || char(10), "
    "char(10) || '99' || char(10)), size = 99",
    "a checkpoint that is none": "UPDATE checkpoint SET note = 'whole'",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_walk_finds(tmp_path: Path, damage: str) -> None:
    with LedgerStore(tmp_path) as opened:
        for number in range(70):
            opened.append(entry_at(NOON + number, number))
        assert opened.verify(opened.key.note_key) == 70
    base = sqlite3.connect(tmp_path / FILE_NAME)
    assert base.execute(damage).rowcount > 0
    base.commit()
    base.close()
    with LedgerStore(tmp_path) as opened, pytest.raises(LedgerDamagedError):
        opened.verify(opened.key.note_key)


def test_a_log_rewritten_by_whoever_has_the_key_is_found_by_an_earlier_checkpoint(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as opened:
        for number in range(5):
            opened.append(entry_at(NOON + number, number))
        seen = opened.checkpoint().checkpoint
        opened.append(ENTRY)
        path = consistency_proof(opened.nodes(), seen.size, seen.size + 1)
        require_consistent(seen.size, seen.size + 1, seen.root, opened.checkpoint().checkpoint.root, path)
    (tmp_path / FILE_NAME).unlink()
    with LedgerStore(tmp_path) as rewritten:
        for number in range(6):
            rewritten.append(entry_at(NOON + number, 9))
        again = rewritten.checkpoint().checkpoint
        path = consistency_proof(rewritten.nodes(), seen.size, again.size)
        with pytest.raises(ProofError, match="does not begin with"):
            require_consistent(seen.size, again.size, seen.root, again.root, path)


def test_every_sixty_fourth_leaf_brings_a_signed_checkpoint_and_one_may_be_asked_for(store: LedgerStore) -> None:
    for number in range(130):
        store.append(entry_at(NOON + number, number))
    assert [note.checkpoint.size for note in store.checkpoints()] == [64, 128]
    newest = store.checkpoint()
    assert newest == store.checkpoint()
    assert newest.checkpoint.size == 131
    for note in store.checkpoints():
        note.require(store.key.note_key)
        assert note.checkpoint.root == store.edge_at(note.checkpoint.size).root()


@given(st.lists(st.integers(0, 90), max_size=3), st.integers(1, 90), st.data())
@settings(max_examples=12, deadline=None)
def test_whatever_was_forgotten_the_rest_proves_itself(cuts: list[int], kept: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, LedgerStore(Path(folder)) as store:
        bodies: list[bytes] = list(store.bodies())
        for number in range(kept):
            store.append(entry_at(NOON + number * DAY_S, number))
            bodies.append(next(store.bodies(number + 1)))
        for cut in sorted(cuts):
            store.forget_before(NOON + (cut - 1) * DAY_S)
        log = store.log()
        assert log.edge == Edge().extend(bodies)
        assert store.verify(store.key.note_key) == store.count()
        assert list(store.bodies()) == bodies[log.gone.size :]
        if log.gone.size == log.size:
            return
        index = data.draw(st.integers(log.gone.size, log.size - 1))
        path = inclusion_proof(store.nodes(), index, log.size)
        require_included(leaf_hash(bodies[index]), index, log.size, path, log.edge.root())
        old = data.draw(st.integers(max(log.gone.size, 1), log.size))
        old_root = Edge().extend(bodies[:old]).root()
        assert store.edge_at(old).root() == old_root
        path = consistency_proof(store.nodes(), old, log.size)
        require_consistent(old, log.size, old_root, log.edge.root(), path)


def test_retention_forgets_old_records_and_the_rest_still_verifies(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as opened:
        for day in range(60):
            opened.append(entry_at(NOON + day * DAY_S, day))
        assert opened.forget_before(NOON + 40 * DAY_S) == 40
        assert opened.verify() == opened.count() == 20
        assert next(opened.records()).sequence == 41
        assert opened.append(ENTRY) == 61
        assert sorted(path.name for path in tmp_path.glob("digest-*.key")) == [
            "digest-2026-06.key",  # made again for the late entry of June
            "digest-2026-07.key",
            "digest-2026-08.key",
        ]
        assert opened.forget_before(NOON + 40 * DAY_S) == 0


def test_retention_may_empty_the_ledger_and_its_numbers_go_on(store: LedgerStore) -> None:
    store.append(ENTRY)
    assert store.forget_before(NOON + DAY_S) == 1
    assert store.verify() == 0
    assert store.append(ENTRY) == 2
    assert store.verify() == 1


def test_forgotten_records_leave_no_bytes_behind(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as opened:
        opened.append(ENTRY)
        (record,) = opened.records()
        assert record.credential is not None
        opened.forget_before(NOON + DAY_S)
    assert record.credential not in (tmp_path / FILE_NAME).read_bytes()


APPENDER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from tests.ledger.test_store import entry_at, NOON
    from firmware.ledger.store import LedgerStore

    store = LedgerStore(Path(sys.argv[1]))
    number = 0
    while True:
        number += 1
        print(store.append(entry_at(NOON + number, number), floor_s=NOON + number), flush=True)
    """
)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_process_is_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(20260612)
    last = 0
    for _ in range(20):
        child = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(chance.randrange(1, 30))]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().splitlines()
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        acknowledged = int(told[-1]) if told[-1].strip() else last
        assert acknowledged > last
        with LedgerStore(tmp_path) as opened:
            kept = opened.verify()
            assert kept in (acknowledged, acknowledged + 1)  # the last one may be safe and not yet told
            assert opened.floor_s() > NOON
        last = kept
