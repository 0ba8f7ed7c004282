"""Ways to get it wrong, each planted into a real process. A check of power cuts that does not catch them checks nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from firmware.ledger import keys, store
from firmware.ledger.receipts import folder
from firmware.sync import blobs, manifest, recovery
from firmware.sync.disk import RealDisk
from firmware.sync.record import BLOBS, CURRENT, GENERATIONS

_real_sync = RealDisk.sync
_real_fsync = os.fsync


def no_sync_of_blobs() -> None:
    def sync(self: RealDisk, path: Path) -> None:
        if path.parent.name != BLOBS:
            _real_sync(self, path)

    RealDisk.sync = sync  # type: ignore[method-assign]


def no_sync_of_the_blobs_folder() -> None:
    def sync(self: RealDisk, path: Path) -> None:
        if path.name != BLOBS:
            _real_sync(self, path)

    RealDisk.sync = sync  # type: ignore[method-assign]


def no_sync_of_folders() -> None:
    def sync(self: RealDisk, path: Path) -> None:
        if not path.is_dir():
            _real_sync(self, path)

    RealDisk.sync = sync  # type: ignore[method-assign]


def no_sync_of_records() -> None:
    def sync(self: RealDisk, path: Path) -> None:
        if path.parent.name != GENERATIONS:
            _real_sync(self, path)

    RealDisk.sync = sync  # type: ignore[method-assign]


def no_sync_of_the_link() -> None:
    def sync(self: RealDisk, path: Path) -> None:
        if path.name != "trust":
            _real_sync(self, path)

    RealDisk.sync = sync  # type: ignore[method-assign]


def manifest_is_never_synced() -> None:
    manifest._PRAGMAS = (*manifest._PRAGMAS, "synchronous = OFF")  # type: ignore[misc]


def manifest_in_place() -> None:
    manifest._PRAGMAS = ("locking_mode = EXCLUSIVE", "journal_mode = OFF", "synchronous = FULL")  # type: ignore[misc]


def link_in_two_steps() -> None:
    def point(folder: Path, number: int, disk: RealDisk) -> None:
        (folder / CURRENT).unlink(missing_ok=True)
        disk.link(folder / CURRENT, f"{GENERATIONS}/{number:08d}")
        disk.sync(folder)

    recovery.point = blobs.point = point  # type: ignore[assignment, attr-defined]


def blob_in_place() -> None:
    """No draft that is synced and renamed: the bytes are written under the name itself."""
    real = RealDisk.rename

    def rename(self: RealDisk, old: Path, new: Path) -> None:
        if new.parent.name == BLOBS:
            new.write_bytes(old.read_bytes())
        else:
            real(self, old, new)

    RealDisk.rename = rename  # type: ignore[method-assign]


def nothing_is_synced() -> None:
    """All that Python syncs; SQLite does it itself."""
    os.fsync = lambda handle: None  # type: ignore[assignment]


def ledger_syncs_at_checkpoints_only() -> None:
    _ledger_pragma("PRAGMA synchronous = NORMAL")


def ledger_is_never_synced() -> None:
    _ledger_pragma("PRAGMA synchronous = OFF")


def _ledger_pragma(words: str) -> None:
    import sqlite3

    real = sqlite3.connect

    class Base(sqlite3.Connection):
        def execute(self, sql: str, *more: object) -> sqlite3.Cursor:
            return super().execute(words if sql.startswith("PRAGMA synchronous") else sql, *more)

    sqlite3.connect = lambda *args, **named: real(*args, **named, factory=Base)  # type: ignore[assignment]


def key_is_not_synced() -> None:
    keys.os = _NoSync()  # type: ignore[attr-defined]


def ledger_folder_is_not_synced() -> None:
    store.make_folder = lambda folder: folder.mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]


class _NoSync:
    """The module os, without fsync."""

    def __getattr__(self, name: str) -> object:
        return (lambda handle: None) if name == "fsync" else getattr(os, name)


def receipts_folder_is_not_synced() -> None:
    folder.sync_folder = lambda place: None  # type: ignore[attr-defined]


MUTANTS: dict[str, Callable[[], None]] = {
    act.__name__: act
    for act in (
        no_sync_of_blobs, no_sync_of_the_blobs_folder, no_sync_of_folders, no_sync_of_records, no_sync_of_the_link,
        manifest_is_never_synced, manifest_in_place, link_in_two_steps, blob_in_place, nothing_is_synced,
        ledger_syncs_at_checkpoints_only, ledger_is_never_synced, key_is_not_synced,
        ledger_folder_is_not_synced, receipts_folder_is_not_synced,
    )
}  # fmt: skip

#: Which write path shows it, where that is not the store's.
_SHOWN_BY = {
    "nothing_is_synced": "clock-floor",
    "ledger_syncs_at_checkpoints_only": "ledger",
    "ledger_is_never_synced": "ledger",
    "key_is_not_synced": "ledger",
    "ledger_folder_is_not_synced": "ledger",
    "receipts_folder_is_not_synced": "receipts",
}


def shown_by(mutant: str) -> str:
    return _SHOWN_BY.get(mutant, "store")
