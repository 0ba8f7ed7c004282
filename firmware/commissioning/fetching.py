"""A receipt for the page, read beside the loop: the visitor waits for the disk, the terminal does not."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.receipts.code import read_code
from firmware.ledger.receipts.folder import files_of, find_code

#: What may be asked for: the signed receipt, its page, its photograph as it lies there, sealed.
PARTS: Final = frozenset({"json", "pdf", "photo"})
#: What one local socket takes at once; a larger file is fetched with `yanma ledger receipts`.
MAX_PART_BYTES: Final = 200_000


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a receipt, checked against the receipt's signature; or why there is none."""

    name: str = ""
    content: bytes = b""
    trouble: str = ""


class ReceiptReader:
    """Looks receipts up, one after the other, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="receipt-reader")

    def fetch(self, code: str, part: str) -> Future[Part]:
        """Ends with a Part, whatever was asked and whatever lies there."""
        return self._thread.submit(self._read, code, part)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _read(self, code: str, part: str) -> Part:
        wanted = read_code(code)
        if wanted is None or part not in PARTS:
            return Part(trouble="no-such-code")
        try:
            found = find_code(self._folder, wanted) if self._folder.is_dir() else []
            files = files_of(self._folder, found[-1]) if found else {}
        except (OSError, LedgerDamagedError):
            return Part(trouble="does-not-hold")
        name = f"{found[-1].stem}.{part}" if found else ""
        if name not in files:
            return Part(trouble="no-such-receipt" if not found else "no-such-part")
        if len(files[name]) > MAX_PART_BYTES:
            return Part(trouble="too-large")
        return Part(name, files[name])
