"""The ledger's file, written: records in a tree, checkpoints signed by this device, all of it whole after every power cut.

A changed, removed or reordered record no longer gives the tree's root. Somebody who may write the file *and* has this
device's key can make a whole new log: that is found by whoever holds an earlier checkpoint, as a collector does.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from firmware.ledger.device import DeviceKey, open_device_key
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.keys import MonthlyKeys, make_folder, month_of, sync_folder
from firmware.ledger.note import Note, NoteKey, parse_note
from firmware.ledger.reader import LedgerReader, Log
from firmware.ledger.record import Record, encode, milliseconds
from firmware.ledger.schema import FILE_NAME, add_leaf, connect, number_of, prepare
from firmware.model import LedgerEntry

__all__ = ["DAY_S", "FILE_NAME", "LedgerStore", "floor_in"]

DAY_S: Final = 86400.0
#: A checkpoint is signed with every record whose leaf fills such a group; the writer signs one each 5 minutes besides.
CHECKPOINT_LEAVES: Final = 64


class LedgerStore(LedgerReader):
    """Append, sign and forget, from one thread; other processes may do the same on the same folder at the same time.

    `lane` is the name of whoever writes here, which each record says by its number. All of it may raise sqlite3.Error,
    OSError or LedgerDamagedError.
    """

    def __init__(self, folder: Path, credential: Path | None = None, lane: str = "") -> None:
        make_folder(folder)
        self.key: Final[DeviceKey] = open_device_key(folder, credential)
        self._keys = MonthlyKeys(folder)
        super().__init__(connect(folder / FILE_NAME))
        try:
            prepare(self._base, self.key.note_key.name)
            self._lane = number_of(self._base, lane)
        except (sqlite3.Error, LedgerDamagedError):
            self.close()
            raise
        sync_folder(folder)

    def append(self, entry: LedgerEntry, floor_s: float = 0.0) -> int:
        """Keep one entry; its sequence number comes back only after it is safe on the disk.

        `floor_s` is an instant that is certainly past: the time floor rises to it, in the same transaction.
        """
        credential = self._keys.digest(entry.cti, entry.utc_s) if entry.cti is not None else None
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            log = self._own_log()
            record = Record(
                sequence=log.start_sequence + log.size,
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
                word=entry.word,
                lane=self._lane,
            )
            edge = add_leaf(self._base, log.edge, milliseconds(entry.utc_s), encode(record))
            self._base.execute(
                "UPDATE log SET size = ?, edge = ?, floor_ms = max(floor_ms, ?)",
                (edge.size, b"".join(edge.hashes), milliseconds(floor_s)),
            )
            if edge.size % CHECKPOINT_LEAVES == 0:
                self._sign(edge.size, edge.root())
        return record.sequence

    def keep_floor(self, floor_s: float) -> None:
        """Raise the time floor without a record; it never goes down."""
        with self._base:
            self._base.execute("UPDATE log SET floor_ms = max(floor_ms, ?)", (milliseconds(floor_s),))

    def checkpoint(self) -> Note:
        """The signed checkpoint of the log as it is now, made and kept if there is none yet."""
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            log = self._own_log()
            row = self._base.execute("SELECT note FROM checkpoint WHERE size = ?", (log.size,)).fetchone()
            return parse_note(row[0]) if row else self._sign(log.size, log.edge.root())

    def accept_receipt(self, note: Note, collector: NoteKey) -> bool:
        """Keep a collector's receipt: this log's checkpoint, signed by us and by it. False when it is older than one here.

        Raises LedgerDamagedError for anything else: another log, another root, a signature that does not hold.
        """
        found = note.checkpoint
        note.require(self.key.note_key)
        note.require(collector)
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            (newest,) = self._base.execute("SELECT coalesce(max(size), 0) FROM receipt").fetchone()
            if found.size <= newest:
                return False
            if self.edge_at(found.size).root() != found.root:
                raise LedgerDamagedError(f"a receipt for another log of {found.size} leaves than this")
            self._base.execute("DELETE FROM receipt")
            self._base.execute("INSERT INTO receipt VALUES (?, ?)", (found.size, note.text))
        return True

    def forget_before(self, utc_s: float, *, under_receipt: bool = False) -> int:
        """End of retention: forget the oldest records, up to the first one at or after `utc_s`; gives how many went.

        Under a receipt nothing goes that the newest receipt does not cover. The digest keys of the months wholly before
        `utc_s` are destroyed in any case: what waits for a receipt says nothing of a vehicle any more. What stays still
        proves itself.
        """
        with self._base:
            self._base.execute("BEGIN IMMEDIATE")
            log = self.log()
            (keep_from,) = self._base.execute(
                "SELECT coalesce(min(leaf), ?) FROM record WHERE leaf > 0 AND utc_ms >= ?",
                (log.size, milliseconds(utc_s)),
            ).fetchone()
            if under_receipt:
                (covered,) = self._base.execute("SELECT coalesce(max(size), 0) FROM receipt").fetchone()
                keep_from = min(keep_from, covered)
            gone = int(keep_from) - max(log.gone.size, 1)
            if gone > 0:
                self._drop_leaves(keep_from)
        self._keys.destroy_before(month_of(utc_s))
        return max(gone, 0)

    def _drop_leaves(self, size: int) -> None:
        """Forget the first `size` leaves; their edge stays, and with it every later proof."""
        edge = self.edge_at(size)
        base = self._base
        base.execute("UPDATE log SET gone_size = ?, gone_edge = ?", (size, b"".join(edge.hashes)))
        base.execute("DELETE FROM record WHERE leaf < ?", (size,))
        base.execute("DELETE FROM checkpoint WHERE size < ?", (size,))
        base.execute("DELETE FROM node WHERE (place + 1) << level <= ?", (size,))

    def _own_log(self) -> Log:
        """The ends of the tree. LedgerDamagedError when another process has begun it anew under a key that is not ours."""
        log = self.log()
        if log.origin != self.key.note_key.name:
            raise LedgerDamagedError(
                f"another lane writes this ledger as {log.origin}: give all lanes of the device one device key"
            )
        return log

    def _sign(self, size: int, root: bytes) -> Note:
        note = self.key.sign_checkpoint(size, root)
        self._base.execute("INSERT OR IGNORE INTO checkpoint VALUES (?, ?)", (size, note.text))
        return note


def floor_in(folder: Path) -> float:
    """The time floor that a ledger of this folder keeps; 0 when there is none, or none that can be read."""
    if not (folder / FILE_NAME).is_file():
        return 0.0
    try:
        base = connect(folder / FILE_NAME)
        try:
            return _floor_ms(base) / 1000
        finally:
            base.close()
    except (sqlite3.Error, OSError):
        return 0.0


def _floor_ms(base: sqlite3.Connection) -> int:
    """Of a ledger of any form: the floor is wanted before the ledger is taken over."""
    for table in ("log", "chain"):
        try:
            row = base.execute(f"SELECT floor_ms FROM {table}").fetchone()  # noqa: S608 - one of two names above
        except sqlite3.OperationalError:
            continue
        if row:
            return int(row[0])
    return 0
