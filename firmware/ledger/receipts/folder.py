"""A folder of receipts: numbered without a gap, each naming the one before it, each with its page.

    000001-4K7Q2M9X.json   000001-4K7Q2M9X.pdf   000001-4K7Q2M9X.photo   000002-...

One device writes one folder, one process at a time. Photograph and page are written first: a receipt without them never stands
there. Nothing is removed by age: receipts go, the oldest first, once somebody has copied them (`forget`), and the newest stays,
so that the row goes on from it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from firmware.ledger import canonical
from firmware.ledger.device import DeviceKey
from firmware.ledger.keys import make_folder, sync_folder
from firmware.ledger.lock import alone
from firmware.ledger.note import NoteKey
from firmware.ledger.receipts.body import MAX_RECEIPT_BYTES, Receipt, ReceiptError, parse, seal
from firmware.ledger.receipts.code import code_of

_NAME: Final = re.compile(r"(\d{6,9})-([0-9A-Z]{8})\.(json|pdf|photo)")
MAX_PAGE_BYTES: Final = 4 << 20
MAX_PHOTO_BYTES: Final = 1 << 20
#: What stands beside a receipt, and how large it may be.
_BESIDE: Final = {"pdf": MAX_PAGE_BYTES, "photo": MAX_PHOTO_BYTES}

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
        first = entries[0].number if entries else 1
        for stray in [entry for suffix in _BESIDE for entry in _entries(folder, suffix)]:
            # a cut came between a page and its receipt, or in the middle of forgetting
            if not first <= stray.number <= self.last_number:
                stray.path.unlink()
        for draft in folder.glob("[0-9]*-*.new"):
            draft.unlink()

    @property
    def last_number(self) -> int:
        return self._last.number if self._last else 0

    def add(self, body: dict[str, Any], photo: bytes | None = None) -> Receipt:
        """The receipt of these facts, once it is on the disk. Number and predecessor are put into it here.

        `photo` is the sealed photograph that the facts name.
        """
        number = self.last_number + 1
        placed = body | {"number": number, "previous": self._last.digest if self._last else ""}
        code = code_of(canonical.encode(placed))
        page = self._page(placed, code)
        receipt = seal(placed, hashlib.sha256(page).hexdigest(), self._key)
        if photo is not None:
            write_whole(self._folder / f"{receipt.stem}.photo", photo)
        write_whole(self._folder / f"{receipt.stem}.pdf", page)
        sync_folder(self._folder)  # or the receipt's name may outlive a cut that its page's name does not
        write_whole(self._folder / f"{receipt.stem}.json", receipt.content)
        sync_folder(self._folder)
        self._last = receipt
        return receipt


@contextmanager
def writing(folder: Path, key: DeviceKey, page: Page) -> Iterator[ReceiptFolder]:
    """The folder, made if need be, for this process alone. Raises BusyError, OSError or LedgerDamagedError."""
    if not folder.is_dir():
        make_folder(folder, 0o777)
    with alone(folder) as is_alone:
        if not is_alone:
            raise BusyError(f"another process is writing receipts into {folder}")
        yield ReceiptFolder(folder, key, page)


def verify_folder(folder: Path, key: NoteKey | None = None, first: int = 1) -> list[Receipt]:
    """All receipts of a folder, in order. Raises LedgerDamagedError naming the first thing that does not hold.

    Each is in its one form, signed by one and the same device (`key`, where it is known), numbered from `first` without a gap,
    names the digest of the one before it, and has beside it the very page and photograph that it names. Nothing else lies there
    under such a name. That receipts are missing at the end only somebody who knows how many there were can see.
    """
    receipts: list[Receipt] = []
    for number, entry in enumerate(_entries(folder, "json"), first):
        receipt = _read(entry)
        before = receipts[-1] if receipts else None
        signer = key or (before or receipt).key
        if receipt.key != signer:
            raise ReceiptError(f"{entry.path.name} is signed by {receipt.key.text}, expected {signer.text}")
        if receipt.number != number or entry.number != number:
            raise ReceiptError(f"receipt {number} expected, {entry.path.name} found: there is a gap")
        if (before or number == 1) and receipt.body["previous"] != (before.digest if before else ""):
            raise ReceiptError(f"{entry.path.name} does not name the receipt before it")
        require_beside(folder, receipt)
        receipts.append(receipt)
    pages = {receipt.stem for receipt in receipts}
    photos = {receipt.stem for receipt in receipts if receipt.photo_sha256 is not None}
    for suffix, known in (("pdf", pages), ("photo", photos)):
        if strays := {entry.path.stem for entry in _entries(folder, suffix)} - known:
            raise ReceiptError(f"{min(strays)}.{suffix} is the {_WHAT[suffix]} of no receipt here")
    return receipts


def find_code(folder: Path, code: str) -> list[Receipt]:
    """The receipts of a folder with this code; more than one only once in a very long while."""
    return [_read(entry) for entry in _entries(folder, "json") if entry.code == code]


def receipts_from(folder: Path, number: int) -> list[Receipt]:
    """The receipts of a folder from this number on, in order, each one checked by itself."""
    return [_read(entry) for entry in _entries(folder, "json") if entry.number >= number]


def files_of(folder: Path, receipt: Receipt) -> dict[str, bytes]:
    """Name -> content of all files of a receipt, what it names checked. The receipt itself comes last."""
    return require_beside(folder, receipt) | {f"{receipt.stem}.json": receipt.content}


def forget(folder: Path, receipts: Iterable[Receipt]) -> int:
    """Remove these receipts as far as they are the oldest of the folder, one after the other; gives how many went.

    The newest receipt of the folder stays: the next one names it. A cut in the middle leaves a folder that begins later.
    """
    going = {(receipt.number, receipt.code) for receipt in receipts}
    gone = list(takewhile(lambda entry: (entry.number, entry.code) in going, _entries(folder, "json")[:-1]))
    for entry in gone:  # each for good before the next: a cut must not leave a gap, nor a receipt without its page
        entry.path.unlink(missing_ok=True)
        sync_folder(folder)
    for entry in gone:
        for suffix in _BESIDE:
            entry.path.with_suffix(f".{suffix}").unlink(missing_ok=True)
    sync_folder(folder)
    return len(gone)


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


_WHAT: Final = {"pdf": "page", "photo": "photograph"}


def require_beside(folder: Path, receipt: Receipt) -> dict[str, bytes]:
    """Name -> content of what stands beside a receipt, each the very one that it names. Raises ReceiptError."""
    found = {}
    for suffix, sha256 in (("pdf", receipt.page_sha256), ("photo", receipt.photo_sha256)):
        if sha256 is None:
            continue
        path = folder / f"{receipt.stem}.{suffix}"
        if not path.is_file():
            raise ReceiptError(f"{path.name} is missing")
        found[path.name] = _content(path, _BESIDE[suffix])
        if hashlib.sha256(found[path.name]).hexdigest() != sha256:
            raise ReceiptError(f"{path.name} is not the {_WHAT[suffix]} that its receipt was signed with")
    return found


def _content(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ReceiptError(f"{path.name} is larger than a receipt can be")
    return content


def write_whole(path: Path, content: bytes) -> None:
    """A file that is on the disk when this returns, but for its name (`sync_folder`). Raises OSError."""
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
