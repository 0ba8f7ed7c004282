"""The ledger's file: chained records in one SQLite database, whole after every power cut.

Each link is SHA-256(previous link, record); the ends of the chain are kept beside the records and change with them in
one transaction. So a changed, removed or reordered record is found. Somebody who may write the file can compute a whole
new chain: only a signature outside the file stops that, and it is not this module's promise.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.keys import MonthlyKeys, make_folder, month_of, sync_folder
from firmware.ledger.record import Record, decode, encode, milliseconds
from firmware.model import LedgerEntry

FILE_NAME: Final = "ledger.sqlite"
DAY_S: Final = 86400.0
BUSY_MS: Final = 2000
GENESIS: Final = hashlib.sha256(b"yanma ledger 1").digest()

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS record (
    sequence INTEGER PRIMARY KEY,
    utc_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    link BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    base_sequence INTEGER NOT NULL,
    base_link BLOB NOT NULL,
    head_sequence INTEGER NOT NULL,
    head_link BLOB NOT NULL,
    floor_ms INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """The ends of the chain: `base` is the last forgotten record, `head` the newest one."""

    base_sequence: int
    base_link: bytes
    head_sequence: int
    head_link: bytes
    floor_ms: int


class LedgerStore:
    """Append, read and forget, from one thread of one process.

    All of it may raise sqlite3.Error, OSError or LedgerDamagedError.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._keys = MonthlyKeys(folder)
        self._base = _open(folder / FILE_NAME)
        sync_folder(folder)

    def __enter__(self) -> LedgerStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, entry: LedgerEntry, floor_s: float = 0.0) -> int:
        """Keep one entry; its sequence number comes back only after it is safe on the disk.

        `floor_s` is an instant that is certainly past: the time floor rises to it, in the same transaction.
        """
        credential = self._keys.digest(entry.cti, entry.utc_s) if entry.cti is not None else None
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            chain = self._chain()
            record = Record(
                sequence=chain.head_sequence + 1,
                utc_s=entry.utc_s,
                level=entry.level,
                family=entry.family,
                reason=entry.reason,
                kind=entry.kind,
                credential=credential,
                kid=entry.kid,
                trust_version=entry.trust_version,
                rules_version=entry.rules_version,
                elapsed_ms=entry.elapsed_ms,
            )
            body = encode(record)
            link = _link(chain.head_link, body)
            utc_ms = milliseconds(entry.utc_s)
            self._base.execute("INSERT INTO record VALUES (?, ?, ?, ?)", (record.sequence, utc_ms, body, link))
            self._base.execute(
                "UPDATE chain SET head_sequence = ?, head_link = ?, floor_ms = max(floor_ms, ?)",
                (record.sequence, link, milliseconds(floor_s)),
            )
        return record.sequence

    def keep_floor(self, floor_s: float) -> None:
        """Raise the time floor without a record; it never goes down."""
        with self._base:
            self._base.execute("UPDATE chain SET floor_ms = max(floor_ms, ?)", (milliseconds(floor_s),))

    def floor_s(self) -> float:
        """An instant that is certainly past; 0 when nothing is known yet."""
        return self._chain().floor_ms / 1000

    def count(self) -> int:
        chain = self._chain()
        return chain.head_sequence - chain.base_sequence

    def records(self) -> Iterator[Record]:
        """All kept records, oldest first. Raises LedgerDamagedError at the first that cannot be read."""
        for (body,) in self._base.execute("SELECT body FROM record ORDER BY sequence"):
            yield decode(body)

    def verify_chain(self) -> int:
        """Walk the whole chain; gives how many records hold. LedgerDamagedError names the first that does not."""
        chain = self._chain()
        sequence, link = chain.base_sequence, chain.base_link
        for found, utc_ms, body, stored in self._base.execute(
            "SELECT sequence, utc_ms, body, link FROM record ORDER BY sequence"
        ):
            sequence += 1
            record = decode(body)
            if found != sequence or record.sequence != sequence:
                raise LedgerDamagedError(f"record {sequence} expected, {record.sequence} found at place {found}")
            link = _link(link, body)
            if stored != link:
                raise LedgerDamagedError(f"record {sequence} does not fit the one before it")
            if milliseconds(record.utc_s) != utc_ms:
                raise LedgerDamagedError(f"record {sequence} is filed under another time than its own")
        if (sequence, link) != (chain.head_sequence, chain.head_link):
            raise LedgerDamagedError(f"the chain ends at record {sequence}, expected {chain.head_sequence}")
        return sequence - chain.base_sequence

    def forget_before(self, utc_s: float) -> int:
        """End of retention: forget the oldest records, up to the first one at or after `utc_s`; gives how many went.

        The digest keys of the months wholly before it are destroyed. The rest of the chain still verifies.
        """
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            chain = self._chain()
            (keep_from,) = self._base.execute(
                "SELECT coalesce(min(sequence), ?) FROM record WHERE utc_ms >= ?",
                (chain.head_sequence + 1, milliseconds(utc_s)),
            ).fetchone()
            last = keep_from - 1
            if last > chain.base_sequence:
                (base_link,) = self._base.execute("SELECT link FROM record WHERE sequence = ?", (last,)).fetchone()
                self._base.execute("DELETE FROM record WHERE sequence <= ?", (last,))
                self._base.execute("UPDATE chain SET base_sequence = ?, base_link = ?", (last, base_link))
        self._keys.destroy_before(month_of(utc_s))
        return int(last - chain.base_sequence)

    def close(self) -> None:
        self._base.close()

    def _chain(self) -> Chain:
        row = self._base.execute(
            "SELECT base_sequence, base_link, head_sequence, head_link, floor_ms FROM chain"
        ).fetchone()
        if row is None:
            raise LedgerDamagedError("the ends of the chain are missing")
        return Chain(*row)


def _open(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("PRAGMA secure_delete = ON")  # a forgotten record leaves no bytes behind in the file
        base.execute("PRAGMA cache_size = -256")  # kB
        base.executescript(_SCHEMA)
        base.execute("INSERT OR IGNORE INTO chain VALUES (1, 0, ?, 0, ?, 0)", (GENESIS, GENESIS))
    except sqlite3.Error:
        base.close()
        raise
    return base


def _link(previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(previous + body).digest()


def floor_in(folder: Path) -> float:
    """The time floor that a ledger of this folder keeps; 0 when there is none, or none that can be read."""
    if not (folder / FILE_NAME).is_file():
        return 0.0
    try:
        with LedgerStore(folder) as store:
            return store.floor_s()
    except (sqlite3.Error, OSError, LedgerDamagedError):
        return 0.0
