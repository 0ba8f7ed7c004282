"""Receipts from one folder into another, a stick for example: each file checked before, and read again after."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from firmware.ledger.keys import make_folder, sync_folder
from firmware.ledger.receipts.body import Receipt, ReceiptError
from firmware.ledger.receipts.folder import files_of, write_whole

#: The public key that all receipts of the folder are signed with, as C2SP writes it.
KEY_FILE = "device.pub"


def copy_receipts(source: Path, receipts: Iterable[Receipt], target: Path) -> int:
    """Copy receipts with all that stands beside them, and the key to check them with; gives the bytes written.

    A file that is there already, the same to its last byte, is left. Raises ReceiptError for one that is there and is another,
    and for one that reads back differently; OSError for a disk that fails.
    """
    if not target.is_dir():
        make_folder(target, 0o777)
    written = 0
    for receipt in receipts:
        key = {KEY_FILE: f"{receipt.key.text}\n".encode()}
        for name, content in (key | files_of(source, receipt)).items():
            written += _put(target / name, content)
    sync_folder(target)
    return written


def _put(path: Path, content: bytes) -> int:
    if path.exists():
        if path.read_bytes() != content:
            raise ReceiptError(f"{path} is there already, and is another file")
        return 0
    write_whole(path, content)
    if path.read_bytes() != content:
        raise ReceiptError(f"{path} does not read back as it was written")
    return len(content)
