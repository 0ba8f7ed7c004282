"""The ledger's file: what is acknowledged stays, and whatever was touched is found."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.store import DAY_S, FILE_NAME, LedgerStore
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
    assert store.verify_chain() == 3


def test_an_empty_ledger_verifies(store: LedgerStore) -> None:
    assert store.verify_chain() == 0
    assert store.floor_s() == 0.0


def test_the_chain_goes_on_after_reopening(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as first:
        first.append(ENTRY)
    with LedgerStore(tmp_path) as second:
        assert second.append(ENTRY) == 2
        assert second.verify_chain() == 2


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
    "WHERE sequence = 3",
    "a removed record": "DELETE FROM record WHERE sequence = 3",
    "the newest record removed": "DELETE FROM record WHERE sequence = 5",
    "the oldest record removed": "DELETE FROM record WHERE sequence = 1",
    "two records exchanged": "UPDATE record SET body = (SELECT body FROM record AS other "
    "WHERE other.sequence = 5 - record.sequence) WHERE sequence IN (2, 3)",
    "a record moved to another day": "UPDATE record SET utc_ms = utc_ms - 86400000 WHERE sequence = 2",
    "a link replaced": "UPDATE record SET link = zeroblob(32) WHERE sequence = 4",
    "a record added": "INSERT INTO record SELECT 6, utc_ms, body, link FROM record WHERE sequence = 5",
    "the ends rewritten": "UPDATE chain SET head_sequence = 4",
    "the ends lost": "DELETE FROM chain",
    "a record of another length": "UPDATE record SET body = zeroblob(10) WHERE sequence = 2",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_chain_finds(tmp_path: Path, damage: str) -> None:
    with LedgerStore(tmp_path) as opened:
        for number in range(5):
            opened.append(entry_at(NOON + number, number))
        assert opened.verify_chain() == 5
    base = sqlite3.connect(tmp_path / FILE_NAME)
    assert base.execute(damage).rowcount > 0
    base.commit()
    base.close()
    with LedgerStore(tmp_path) as opened:
        if damage == DAMAGES["the ends lost"]:
            base = sqlite3.connect(tmp_path / FILE_NAME)
            base.close()
        with pytest.raises(LedgerDamagedError):
            opened.verify_chain()


def test_retention_forgets_old_records_and_the_rest_still_verifies(tmp_path: Path) -> None:
    with LedgerStore(tmp_path) as opened:
        for day in range(60):
            opened.append(entry_at(NOON + day * DAY_S, day))
        assert opened.forget_before(NOON + 40 * DAY_S) == 40
        assert opened.verify_chain() == opened.count() == 20
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
    assert store.verify_chain() == 0
    assert store.append(ENTRY) == 2
    assert store.verify_chain() == 1


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
            kept = opened.verify_chain()
            assert kept in (acknowledged, acknowledged + 1)  # the last one may be safe and not yet told
            assert opened.floor_s() > NOON
        last = kept
