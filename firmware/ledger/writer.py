"""The ledger's own thread: a verdict never waits for a disk. Failing storage is counted, and tried again later."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.store import DAY_S, LedgerStore
from firmware.model import LedgerEntry

if TYPE_CHECKING:
    from firmware.ledger.outbox import Exchange

QUEUE_PLACES: Final = 256
RETRY_S: Final = 10.0
FORGET_EACH_S: Final = 3600.0
CHECKPOINT_EACH_S: Final = 300.0
CLOSE_S: Final = 2.0

#: What storage can do to us. Anything else is an error of ours and ends the thread with a traceback.
TROUBLE: Final = (sqlite3.Error, OSError, LedgerDamagedError)


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """What became of the entries handed over so far. `last_error` names the trouble, never a person's data."""

    written: int = 0
    dropped: int = 0
    errors: int = 0
    last_error: str = ""


class Recorder(Protocol):
    """Where the app hands its entries. None of these ever blocks or raises."""

    def record(self, entry: LedgerEntry, floor_s: float) -> None: ...

    def keep_floor(self, floor_s: float) -> None: ...

    def counts(self) -> LedgerCounts: ...

    def close(self) -> None: ...


class NullRecorder:
    """No ledger fitted: entries go nowhere and nothing is counted."""

    def record(self, entry: LedgerEntry, floor_s: float) -> None:
        return

    def keep_floor(self, floor_s: float) -> None:
        return

    def counts(self) -> LedgerCounts:
        return LedgerCounts()

    def close(self) -> None:
        return


def is_busy(error: Exception) -> bool:
    """Whether this is no fault: another lane of the device is writing just now."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, TimeoutError) or code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(frozen=True, slots=True)
class _Job:
    entry: LedgerEntry | None
    floor_s: float


class LedgerWriter:
    """Hands entries to a LedgerStore in a thread of its own, through a short queue.

    When the queue is full the oldest entry goes and is counted. While the storage fails, entries are dropped and
    counted, and the file is opened anew every `retry_s`. While another lane of the device holds it, the entries wait in
    the queue: a lane that has died lets go, one that stands still is ended by its watchdog. Older records than
    `retention_days` are forgotten each hour; with an `exchange` only those that its collector has receipted, and what it
    has not is laid out for it.
    """

    def __init__(
        self,
        open_store: Callable[[], LedgerStore],
        retention_days: float,
        *,
        places: int = QUEUE_PLACES,
        retry_s: float = RETRY_S,
        exchange: Exchange | None = None,
    ) -> None:
        self._open_store = open_store
        self._exchange = exchange
        self._retention_s = retention_days * DAY_S
        self._retry_s = retry_s
        self._jobs: queue.Queue[_Job | None] = queue.Queue(places)
        self._written = self._dropped = self._errors = 0
        self._last_error = ""
        self._store: LedgerStore | None = None
        self._retry_at_s = 0.0
        self._forget_at_s = 0.0
        self._checkpoint_at_s = time.monotonic() + CHECKPOINT_EACH_S
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    @classmethod
    def in_folder(
        cls,
        folder: Path,
        retention_days: float,
        *,
        credential: Path | None = None,
        exchange: Exchange | None = None,
        lane: str = "",
    ) -> LedgerWriter:
        return cls(lambda: LedgerStore(folder, credential, lane), retention_days, exchange=exchange)

    def record(self, entry: LedgerEntry, floor_s: float) -> None:
        self._hand(_Job(entry, floor_s))

    def keep_floor(self, floor_s: float) -> None:
        self._hand(_Job(None, floor_s))

    @property
    def alive(self) -> bool:
        """False after close, and after an error that is none of the storage's."""
        return self._thread.is_alive()

    def counts(self) -> LedgerCounts:
        return LedgerCounts(self._written, self._dropped, self._errors, self._last_error)

    def close(self) -> None:
        """Write what is queued and close the file; waits at most CLOSE_S, whatever the disk does."""
        self._closing.set()
        with suppress(queue.Full):
            self._jobs.put(None, timeout=CLOSE_S / 2)
        self._thread.join(CLOSE_S / 2)

    def _hand(self, job: _Job) -> None:
        while True:
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                self._lose_oldest()
            else:
                return

    def _lose_oldest(self) -> None:
        try:
            lost = self._jobs.get_nowait()
        except queue.Empty:
            return
        if lost is not None and lost.entry is not None:
            self._dropped += 1

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=max(0.0, self._checkpoint_at_s - time.monotonic()))
            except queue.Empty:
                self._sign()
                continue
            if job is None:
                break
            self._keep(job)
        self._sign()
        if self._store is not None:
            self._store.close()

    def _sign(self) -> None:
        """A signed checkpoint of what is there; each 5 minutes, and at the end."""
        self._checkpoint_at_s = time.monotonic() + CHECKPOINT_EACH_S
        if self._store is None:
            return
        try:
            self._store.checkpoint()
            self._tidy(self._store)
        except TROUBLE as error:
            self._note_trouble(error)

    def _keep(self, job: _Job) -> None:
        try:
            if self._is_written(job) and self._store is not None:
                self._tidy(self._store)
        except TROUBLE as error:
            self._note_trouble(error)

    def _is_written(self, job: _Job) -> bool:
        """Write one job, trying again for as long as another lane is in the way. False: there was no entry, or it was dropped."""
        waits = False
        while True:
            try:
                return self._try(job)
            except TROUBLE as error:
                if self._closing.is_set() or not is_busy(error):
                    self._dropped += job.entry is not None
                    raise
                if not waits:
                    waits = True
                    self._count(error)

    def _try(self, job: _Job) -> bool:
        store = self._ready_store()
        if store is None:
            self._dropped += job.entry is not None
            return False
        if job.entry is None:
            store.keep_floor(job.floor_s)
            return False
        store.append(job.entry, job.floor_s)
        self._written += 1
        return True

    def _note_trouble(self, error: Exception) -> None:
        self._count(error)
        self._drop_store()

    def _count(self, error: Exception) -> None:
        self._errors += 1
        self._last_error = f"{type(error).__name__}: {error}"

    def _ready_store(self) -> LedgerStore | None:
        """The open store, opened anew when it is time to try; None while it is not."""
        if self._store is None and time.monotonic() >= self._retry_at_s:
            self._store = self._open_store()
        return self._store

    def _drop_store(self) -> None:
        self._retry_at_s = time.monotonic() + self._retry_s
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _tidy(self, store: LedgerStore) -> None:
        """Retention goes by the time that is certainly past, so that a wrong clock cannot empty the ledger early."""
        now_s = time.monotonic()
        if now_s < self._forget_at_s:
            return
        self._forget_at_s = now_s + FORGET_EACH_S
        with ExitStack() as alone:
            if self._exchange is not None:
                try:
                    if not alone.enter_context(self._exchange.alone()):
                        return  # another lane is doing all of it
                    self._exchange.run(store)
                except (OSError, LedgerDamagedError) as error:  # the folders of others: the ledger itself goes on
                    self._count(error)
            store.forget_before(store.floor_s() - self._retention_s, under_receipt=self._exchange is not None)
