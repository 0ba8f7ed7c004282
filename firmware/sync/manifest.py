"""The writer's truth about the trust folder: one SQLite file with the generations and the floors, changed by transactions.

Only the sync opens it, one process at a time (blobs.Store holds the lock); the terminal's ledger is a file of its own. WAL
with synchronous=FULL: a transaction that was acknowledged survives a power cut. locking_mode=EXCLUSIVE: no -shm file.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from firmware.sync.errors import StepBackError
from firmware.sync.record import Generation, require_entries

#: What SQLite may leave beside it.
COMPANIONS: Final = ("-wal", "-shm", "-journal")
KEPT_GENERATIONS: Final = 2
_PRAGMAS: Final = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "cache_size = -256")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS generation (number INTEGER PRIMARY KEY, committed_s REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (
    generation INTEGER NOT NULL REFERENCES generation (number),
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (generation, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS floor (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
#: SQLite's primary result codes -> what the operating system would have said.
_ERRNOS: Final = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
}
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class DamagedManifestError(Exception):
    """The file is there and is no manifest: it is made again from the records."""


class Manifest:
    """Open for one writer. Every method may raise OSError, and DamagedManifestError for a file that rots."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _as_os_error(path):
            self._base = sqlite3.connect(path, isolation_level=None, timeout=0.0)
            try:
                for pragma in _PRAGMAS:
                    self._base.execute(f"PRAGMA {pragma}")
                self._base.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
                if self._base.execute("PRAGMA quick_check").fetchone() != ("ok",):
                    raise DamagedManifestError(f"{path}: its tables do not hold together")
            except BaseException:
                self._base.close()
                raise

    def generations(self) -> tuple[Generation, ...]:
        """The kept generations, newest first."""
        with _as_os_error(self._path):
            floors = self.floors()
            rows = self._base.execute("SELECT number, committed_s FROM generation ORDER BY number DESC").fetchall()
            found = tuple(Generation(number, self._entries(number), at_s, floors) for number, at_s in rows)
        try:
            for generation in found:
                require_entries(generation.entries)
        except ValueError as error:
            raise DamagedManifestError(f"{self._path}: {error}") from error
        return found

    def floors(self) -> Mapping[str, int]:
        with _as_os_error(self._path):
            return MappingProxyType(dict(self._base.execute("SELECT name, value FROM floor ORDER BY name")))

    @contextmanager
    def change(self) -> Iterator[None]:
        """All that is done inside, or nothing of it; when this returns, it is safe on the disk."""
        with _as_os_error(self._path):
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    def keep(self, generation: Generation) -> None:
        """Inside `change`: this generation, and no more than the one before it."""
        self._base.execute("INSERT INTO generation VALUES (?, ?)", (generation.number, generation.committed_s))
        rows = ((generation.number, name, digest) for name, digest in generation.entries.items())
        self._base.executemany("INSERT INTO entry VALUES (?, ?, ?)", rows)
        older = self._base.execute(
            "SELECT number FROM generation ORDER BY number DESC LIMIT -1 OFFSET ?", (KEPT_GENERATIONS,)
        ).fetchall()
        for table, column in (("entry", "generation"), ("generation", "number")):
            self._base.executemany(f"DELETE FROM {table} WHERE {column} = ?", older)  # noqa: S608 - our own two names

    def raise_floors(self, floors: Mapping[str, int]) -> None:
        """Inside `change`. Raises StepBackError at the first floor that would fall."""
        known = self.floors()
        for name, value in floors.items():
            if value < known.get(name, 0):
                raise StepBackError(
                    f"{name} {value} is older than {known[name]}, seen before",
                    "what was in force stays; bring newer data from the publisher",
                )
        self._base.executemany("INSERT OR REPLACE INTO floor VALUES (?, ?)", floors.items())

    def lift_floors(self, floors: Mapping[str, int]) -> None:
        """Inside `change`: each floor is the higher of what it was and this."""
        known = self.floors()
        self.raise_floors({name: max(value, known.get(name, 0)) for name, value in floors.items()})

    def close(self) -> None:
        """Raises OSError where the write-ahead log cannot be put away; nothing acknowledged is lost by that."""
        with _as_os_error(self._path):
            self._base.close()

    def _entries(self, number: int) -> Mapping[str, str]:
        found = self._base.execute("SELECT name, digest FROM entry WHERE generation = ? ORDER BY name", (number,))
        return MappingProxyType(dict(found))


@contextmanager
def _as_os_error(path: Path) -> Iterator[None]:
    """SQLite's errors in the system's words: whoever stores trust data has one kind of disk fault to think of."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF
        if code in _DAMAGE:
            raise DamagedManifestError(f"{path}: {error}") from error
        raise OSError(_ERRNOS.get(code, errno.EIO), str(error), str(path)) from error
