"""The monthly keys under which credential ids are digested. Without its key a digest says nothing about a vehicle.

An unkeyed hash of all plates or ids can be tried out in minutes; so each month has 32 random bytes in a file of its
own (`digest-2026-06.key`, mode 0600), and destroying it ends every link between that month's records and a credential.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.lock import locked
from firmware.ledger.record import DIGEST_BYTES

KEY_BYTES: Final = 32
SHANGHAI: Final = timezone(timedelta(hours=8))
_NAME: Final = re.compile(r"digest-(\d{4}-\d{2})\.key")


def month_of(utc_s: float) -> str:
    """The month of an instant in China, as 2026-06."""
    return datetime.fromtimestamp(utc_s, UTC).astimezone(SHANGHAI).strftime("%Y-%m")


def months_in(folder: Path) -> list[str]:
    """The months whose keys still exist, oldest first."""
    named = (_NAME.fullmatch(path.name) for path in folder.glob("digest-*.key"))
    return sorted(found[1] for found in named if found)


class MonthlyKeys:
    """The keys in one folder. Made when first needed, and read each time: another lane may have made or destroyed one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def digest(self, cti: bytes, utc_s: float) -> bytes:
        """HMAC-SHA-256 of the credential id under the month's key, cut to 16 bytes. OSError when no key can be kept."""
        return hmac.new(self._load(month_of(utc_s)), cti, hashlib.sha256).digest()[:DIGEST_BYTES]

    def destroy_before(self, month: str) -> int:
        """Remove the keys of all earlier months; gives how many went."""
        gone = 0
        for path in self._folder.glob("digest-*.key"):
            named = _NAME.fullmatch(path.name)
            if named and named[1] < month:
                path.unlink(missing_ok=True)  # another lane may be doing the same
                gone += 1
        if gone:
            sync_folder(self._folder)
        return gone

    def _load(self, month: str) -> bytes:
        path = self._folder / f"digest-{month}.key"
        if not path.exists():
            write_once(path, secrets.token_bytes(KEY_BYTES), 0o600)
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise LedgerDamagedError(
                f"{path.name} has {len(key)} bytes, expected {KEY_BYTES}; remove it to start a new one"
            )
        return key


def write_once(path: Path, content: bytes, mode: int) -> None:
    """A new file, whole or absent even when the power goes in the middle; one that another process made meanwhile stays."""
    with locked(path.parent):
        if not path.exists():
            write_new(path, content, mode)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """A new file, whole or absent even when the power goes in the middle. The caller is alone in its folder."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.rename(path)
    sync_folder(path.parent)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """A private folder whose name survives a power cut, and so the names of those made above it."""
    if not folder.parent.is_dir():
        make_folder(folder.parent, 0o777)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make names in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
