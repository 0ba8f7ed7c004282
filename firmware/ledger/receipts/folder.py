"""A folder of receipts: numbered without a gap, each naming the one before it, each with its page.

    000001-4K7Q2M9X.json   000001-4K7Q2M9X.pdf   000002-...

One device writes one folder, one process at a time. The page is written first: a receipt without its page never stands there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.ledger.device import DeviceKey
from firmware.ledger.keys import sync_folder
from firmware.ledger.note import NoteKey
from firmware.ledger.receipts import canonical
from firmware.ledger.receipts.body import MAX_RECEIPT_BYTES, Receipt, ReceiptError, parse, seal
from firmware.ledger.receipts.code import code_of

_NAME: Final = re.compile(r"(\d{6,9})-([0-9A-Z]{8})\.(json|pdf)")
MAX_PAGE_BYTES: Final = 4 << 20

#: Receipt body, code -> the page as PDF.
Page = Callable[[dict[str, Any], str], bytes]


class BusyError(Exception):
    """Another process is writing receipts into this folder."""


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    code: str
    path: Path


class ReceiptFolder:
    """Adds receipts to the end of a folder. Made by `writing`, which holds the folder while it lasts."""

    def __init__(self, folder: Path, key: DeviceKey, page: Page) -> None:
        self._folder = folder
        self._key = key
        self._page = page
        self._last: Receipt | None = None
        entries = _entries(folder, "json")
        if entries:
            self._last = _read(entries[-1])
            if self._last.key != key.note_key:
                raise ReceiptError(
                    f"the receipts in {folder} are of the device {self._last.body['device']['id']}, this one is {key.id}"
                )
        for stray in _entries(folder, "pdf"):  # a cut came between a page and its receipt
            if stray.number > self.last_number:
                stray.path.unlink()

    @property
    def last_number(self) -> int:
        return self._last.number if self._last else 0

    def add(self, body: dict[str, Any]) -> Receipt:
        """The receipt of these facts, once it is on the disk. Number and predecessor are put into it here."""
        number = self.last_number + 1
        placed = body | {"number": number, "previous": self._last.digest if self._last else ""}
        code = code_of(canonical.encode(placed))
        page = self._page(placed, code)
        receipt = seal(placed, hashlib.sha256(page).hexdigest(), self._key)
        stem = f"{number:06d}-{code}"
        _write(self._folder / f"{stem}.pdf", page)
        _write(self._folder / f"{stem}.json", receipt.content)
        sync_folder(self._folder)
        self._last = receipt
        return receipt


@contextmanager
def writing(folder: Path, key: DeviceKey, page: Page) -> Iterator[ReceiptFolder]:
    """The folder, made if need be, for this process alone. Raises BusyError, OSError or LedgerDamagedError."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another process is writing receipts into {folder}") from None
        yield ReceiptFolder(folder, key, page)
    finally:
        os.close(handle)


def verify_folder(folder: Path, key: NoteKey | None = None) -> list[Receipt]:
    """All receipts of a folder, in order. Raises LedgerDamagedError naming the first thing that does not hold.

    Each is in its one form, signed by one and the same device (`key`, where it is known), numbered from 1 without a gap,
    names the digest of the one before it, and has beside it the very page that it names. Nothing else lies there under such
    a name. That receipts are missing at the end only somebody who knows how many there were can see.
    """
    receipts: list[Receipt] = []
    for number, entry in enumerate(_entries(folder, "json"), 1):
        receipt = _read(entry)
        before = receipts[-1] if receipts else None
        signer = key or (before or receipt).key
        if receipt.key != signer:
            raise ReceiptError(f"{entry.path.name} is signed by {receipt.key.text}, expected {signer.text}")
        if receipt.number != number or entry.number != number:
            raise ReceiptError(f"receipt {number} expected, {entry.path.name} found: there is a gap")
        if receipt.body["previous"] != (before.digest if before else ""):
            raise ReceiptError(f"{entry.path.name} does not name the receipt before it")
        _require_page(entry, receipt)
        receipts.append(receipt)
    pages = {entry.path.stem for entry in _entries(folder, "pdf")}
    if strays := pages - {f"{each.number:06d}-{each.code}" for each in receipts}:
        raise ReceiptError(f"{min(strays)}.pdf is the page of no receipt here")
    return receipts


def find_code(folder: Path, code: str) -> list[Receipt]:
    """The receipts of a folder with this code; more than one only once in a very long while."""
    return [_read(entry) for entry in _entries(folder, "json") if entry.code == code]


def _entries(folder: Path, suffix: str) -> list[_Entry]:
    found = []
    for path in folder.iterdir():
        named = _NAME.fullmatch(path.name)
        if named and named[3] == suffix:
            found.append(_Entry(int(named[1]), named[2], path))
        elif path.suffix == f".{suffix}" and path.name[:1].isdigit():
            raise ReceiptError(f"{path.name} is not the name of a receipt")
    return sorted(found, key=lambda entry: (entry.number, entry.code))


def _read(entry: _Entry) -> Receipt:
    receipt = parse(_content(entry.path, MAX_RECEIPT_BYTES))
    if (receipt.number, receipt.code) != (entry.number, entry.code):
        raise ReceiptError(f"{entry.path.name} holds the receipt {receipt.number:06d}-{receipt.code}")
    return receipt


def _require_page(entry: _Entry, receipt: Receipt) -> None:
    page = entry.path.with_suffix(".pdf")
    if not page.is_file():
        raise ReceiptError(f"{page.name} is missing")
    if hashlib.sha256(_content(page, MAX_PAGE_BYTES)).hexdigest() != receipt.page_sha256:
        raise ReceiptError(f"{page.name} is not the page that its receipt was signed with")


def _content(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ReceiptError(f"{path.name} is larger than a receipt can be")
    return content


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
