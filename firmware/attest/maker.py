"""The receipts' own thread: a verdict never waits for a page to be drawn, nor for a disk. What cannot be made is counted."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.attest.facts import MISSING_PHOTO, Case, receipt_body, sealed_photo
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.receipts.folder import BusyError, writing
from firmware.model import Verdict

if TYPE_CHECKING:
    from firmware.ledger.receipts.folder import Page, ReceiptFolder

#: More verdicts than this do not wait for the disk: who reads a code out is long done with the oldest.
QUEUE_PLACES: Final = 16
RETRY_S: Final = 10.0
CLOSE_S: Final = 2.0
#: Receipts lie where the ledger lies, and must not take its last room. About a thousand receipts of 100 KB with their photographs.
MIN_FREE_BYTES: Final = 128 << 20

#: What storage can do to us. Anything else is an error of ours and ends the thread with a traceback.
TROUBLE: Final = (OSError, LedgerDamagedError, BusyError)


class NoRoomError(OSError):
    """Too little is left on the disk to take any of it for receipts."""


@dataclass(frozen=True, slots=True)
class ReceiptCounts:
    """What became of the cases handed over so far. `last_error` names the trouble, never a person's data."""

    made: int = 0
    dropped: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A receipt that is on the disk, and the verdict that it is of."""

    verdict: Verdict
    code: str


@dataclass(frozen=True, slots=True)
class Job:
    """A case to be written down. `photo` is None where none was to be taken, and holds nothing where it could not be had."""

    case: Case
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A sealed photograph and what it is bound to; `sealed` is None where it was not given in time."""

    binding: bytes
    sealed: bytes | None


class ReceiptMaker:
    """Writes receipts into a folder, in a thread of its own, through a short queue.

    When the queue is full the oldest case goes and is counted. While the storage fails, cases are dropped and counted, and the
    folder is opened anew every `retry_s`. A code is given back only when its receipt is on the disk.
    """

    def __init__(
        self,
        folder: Path,
        open_key: Callable[[], DeviceKey],
        page: Page | None = None,
        *,
        places: int = QUEUE_PLACES,
        retry_s: float = RETRY_S,
        min_free_bytes: int = MIN_FREE_BYTES,
    ) -> None:
        self._folder = folder
        self._open_key = open_key
        self._page = page
        self._retry_s = retry_s
        self._min_free_bytes = min_free_bytes
        self._jobs: queue.Queue[Job | None] = queue.Queue(places)
        self._made: queue.SimpleQueue[Made] = queue.SimpleQueue()
        self._written = self._dropped = 0
        self._last_error = ""
        self._held = ExitStack()
        self._opened: tuple[ReceiptFolder, DeviceKey] | None = None
        self._retry_at_s = 0.0
        self._thread = threading.Thread(target=self._work, name="receipts", daemon=True)
        self._thread.start()

    def hand(self, job: Job) -> None:
        """Take a case over. Never blocks and never raises."""
        while True:
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                with suppress(queue.Empty):
                    self._dropped += self._jobs.get_nowait() is not None
            else:
                return

    def made(self) -> list[Made]:
        """The receipts that have come onto the disk since the last call, oldest first. Never blocks."""
        found = []
        with suppress(queue.Empty):
            while True:
                found.append(self._made.get_nowait())
        return found

    @property
    def alive(self) -> bool:
        """False after close, and after an error that is none of the storage's."""
        return self._thread.is_alive()

    def counts(self) -> ReceiptCounts:
        return ReceiptCounts(self._written, self._dropped, self._last_error)

    def close(self) -> None:
        """Write what is queued and let go of the folder; waits at most CLOSE_S, whatever the disk does."""
        with suppress(queue.Full):
            self._jobs.put(None, timeout=CLOSE_S / 2)
        self._thread.join(CLOSE_S / 2)

    def _work(self) -> None:
        if (
            self._page is None
        ):  # loading fonts and the PDF library takes longer than a page: now, not at the first verdict
            from firmware.ledger.receipts.page import draw_page

            # Which glyphs a page needed is nothing for a log, and it would be thirty lines a receipt.
            logging.getLogger("fontTools").setLevel(logging.WARNING)
            self._page = draw_page
        with self._held:
            while (job := self._jobs.get()) is not None:
                self._write(job, self._page)

    def _write(self, job: Job, page: Page) -> None:
        try:
            opened = self._ready(page)
            if opened is None:
                self._dropped += 1
                return
            self._require_room()
            folder, key = opened
            sealed = job.photo.sealed if job.photo else None
            receipt = folder.add(receipt_body(job.case, key, _member(job.photo)), sealed)
        except TROUBLE as error:
            self._dropped += 1
            self._last_error = f"{type(error).__name__}: {error}"
            self._opened = None
            self._held.close()
            self._retry_at_s = time.monotonic() + self._retry_s
        else:
            self._written += 1
            self._made.put(Made(job.case.verdict, receipt.code))

    def _ready(self, page: Page) -> tuple[ReceiptFolder, DeviceKey] | None:
        """The open folder, opened anew when it is time to try; None while it is not."""
        if self._opened is None and time.monotonic() >= self._retry_at_s:
            key = self._open_key()
            self._opened = self._held.enter_context(writing(self._folder, key, page)), key
        return self._opened

    def _require_room(self) -> None:
        disk = os.statvfs(self._folder)
        free = disk.f_bavail * disk.f_frsize
        if free < self._min_free_bytes:
            raise NoRoomError(f"{free >> 20} MiB are free, receipts leave {self._min_free_bytes >> 20}")


def _member(photo: Photo | None) -> dict[str, str | None] | None:
    if photo is None:
        return None
    return MISSING_PHOTO if photo.sealed is None else sealed_photo(photo.sealed, photo.binding)
