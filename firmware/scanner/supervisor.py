"""The parent's side of the scanner: starts the child, listens for its heartbeat, replaces it when it dies or hangs.

One thread, no lock: all happens inside `events()`, which the app's loop calls. Loads no picture library.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import time
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from typing import Final, Self

from firmware.model import Alive, Scan, ScannerDown, ScannerEvent, SourceEnded
from firmware.scanner.album_line import MAX_ANSWER_BYTES, decode_answer
from firmware.scanner.child import Work, main
from firmware.scanner.preview_line import ASK, MAX_JPEG_BYTES, Preview, PreviewError
from firmware.scanner.preview_line import decode as decode_preview
from firmware.scanner.source import SourceSpec
from firmware.scanner.wire import MAX_MESSAGE_BYTES, Failed, WireError, decode

_log = logging.getLogger(__name__)

#: Without a heartbeat for this long the child hangs (K13 wants frames again in 20 s). A camera that stalls is told by the child
#: itself, and sooner (worker.py).
DEADLINE_S: Final = 5.0
#: Python, OpenCV and a camera need longer than a frame to start.
START_DEADLINE_S: Final = 20.0
#: Wait this long before the first, second, ... replacement in a row.
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
#: A child that lived this long was a good one: the next failure begins with the shortest wait.
GOOD_LIFE_S: Final = 30.0
MAX_SCANS: Final = 2
_TERM_GRACE_S: Final = 1.0
_KILL_WAIT_S: Final = 2.0
#: Stands for the reason when the child said none: its exit code is the reason then.
_PIPE_CLOSED: Final = "the pipe closed"


@dataclass(slots=True)
class _Child:
    process: SpawnProcess
    pipe: connection.Connection
    asks: socket.socket
    photos: socket.socket
    started_s: float
    heard_s: float
    beating: bool = False


class Scanner:
    """A scanner that is always there: a child process behind a pipe, and somebody who listens.

    Call `start`, `events` and `close` from one thread that lives as long as the process: the kernel ends the child with
    the thread that started it.
    """

    def __init__(
        self,
        spec: SourceSpec,
        *,
        formats: tuple[str, ...] = ("QRCode",),
        deadline_s: float = DEADLINE_S,
        start_deadline_s: float = START_DEADLINE_S,
        back_off_s: tuple[float, ...] = BACK_OFF_S,
        photo_key: bytes | None = None,
    ) -> None:
        """`photo_key`: the insurer's public key, where the frames of reads may be asked for, sealed to it."""
        self._photo_key = photo_key
        self._spec = spec
        self._formats = formats
        # A folder that shows a picture every ten seconds is not silent in between.
        self._deadline_s = max(deadline_s, 3.0 / spec.fps if spec.fps else 0.0)
        self._start_deadline_s = start_deadline_s
        self._back_off_s = back_off_s
        self._child: _Child | None = None
        self._start_at_s: float | None = None
        self._failures = 0
        self.restarts = 0
        self.dropped = 0
        self.ended = False

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return None if self._child is None else self._child.process.pid

    def start(self) -> None:
        """Start the child; what becomes of it is told by `events`."""
        if self._child is None and not self.ended:
            try:
                self._spawn()
            except OSError:
                self._start_at_s = time.monotonic()  # `events` tries again, and tells why not

    def close(self) -> None:
        """End the child and leave nothing behind. May be called twice."""
        self._start_at_s = None
        self._reap()

    def ask_preview(self) -> None:
        """Have the child make a preview of its next frame; `preview` has it some time later, or never."""
        if self._child is not None:
            with contextlib.suppress(OSError):  # full or closed: the question is asked again
                self._child.asks.send(ASK, socket.MSG_DONTWAIT)

    def preview(self) -> Preview | None:
        """A preview that has come since the last call, checked but not decoded. Never blocks and never raises."""
        if self._child is None:
            return None
        try:
            return decode_preview(self._child.asks.recv(MAX_JPEG_BYTES + 1, socket.MSG_DONTWAIT))
        except (OSError, PreviewError):
            return None

    def ask_photo(self, payload_sha256: bytes, binding: bytes) -> None:
        """Have the child seal the frame in which this payload was read; `photo` has it some time later, or never."""
        if self._child is not None:
            with contextlib.suppress(OSError):  # full or closed: the receipt is made without it
                self._child.photos.send(payload_sha256 + binding, socket.MSG_DONTWAIT)

    def photo(self) -> tuple[bytes, bytes] | None:
        """(binding, sealed frame) of one that has come since the last call. Never blocks, never raises, never a picture."""
        if self._child is None:
            return None
        try:
            return decode_answer(self._child.photos.recv(MAX_ANSWER_BYTES + 1, socket.MSG_DONTWAIT))
        except OSError:
            return None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        """What happened, oldest first; waits at most `timeout_s` for it, and returns at once when something did.

        Of a live source at most the two newest scans: older ones are dropped and counted in `dropped`. Never raises.
        """
        ends_s = time.monotonic() + timeout_s
        while True:
            events = self._step(ends_s)
            if events or time.monotonic() >= ends_s:
                return self._newest_scans(events) if self._spec.kind.live else events

    def _step(self, ends_s: float) -> list[ScannerEvent]:
        """One wait, and what it brought."""
        if self._child is not None:
            return self._listen(self._child, ends_s)
        now_s = time.monotonic()
        if self._start_at_s is None or now_s < self._start_at_s:
            next_s = ends_s if self._start_at_s is None else min(ends_s, self._start_at_s)
            time.sleep(max(0.0, next_s - now_s))
            return []
        try:
            self._spawn()
        except OSError as error:  # no memory, no process, no descriptor left
            return [self._plan(f"the scanner process cannot be started ({error})")]
        return []

    def _listen(self, child: _Child, ends_s: float) -> list[ScannerEvent]:
        due_s = self._due_s(child)
        connection.wait([child.pipe, child.process.sentinel], max(0.0, min(ends_s, due_s) - time.monotonic()))
        events, why = self._drain(child)
        if why is None and not child.process.is_alive():
            last, why = self._drain(child)  # what it wrote between our look and its end
            events += last
            why = why or _PIPE_CLOSED
        if why is None and time.monotonic() >= self._due_s(child):
            why = f"no heartbeat for {self._limit_s(child):g} s: no frames came, or one could not be finished"
        if self.ended:
            self._reap()
        elif why is not None:
            events.append(self._replace(child, why))
        return events

    def _drain(self, child: _Child) -> tuple[list[ScannerEvent], str | None]:
        """All that waits in the pipe, and why the child is of no more use, if it said so."""
        events: list[ScannerEvent] = []
        try:
            while child.pipe.poll():
                message = decode(child.pipe.recv_bytes(MAX_MESSAGE_BYTES))
                if isinstance(message, Failed):
                    return events, f"{message.what}; {message.next_step}"
                if isinstance(message, Alive):
                    child.heard_s, child.beating = time.monotonic(), True
                self.ended = self.ended or isinstance(message, SourceEnded)
                events.append(message)
        except WireError as error:
            return events, f"the scanner process sent {error}"
        except (EOFError, OSError):
            return events, _PIPE_CLOSED
        return events, None

    def _limit_s(self, child: _Child) -> float:
        return self._deadline_s if child.beating else self._start_deadline_s

    def _due_s(self, child: _Child) -> float:
        return child.heard_s + self._limit_s(child)

    def _spawn(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        our_asks, their_asks = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        our_photos, their_photos = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        work = Work(self._spec, os.getpid(), self._formats, self._photo_key)
        process = context.Process(
            target=main, args=(work, theirs, their_asks, their_photos), name="scanner", daemon=True
        )
        # The child inherits the blocked signal, so that Ctrl-C does not meet it before it has set its own handlers.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        except OSError:
            ours.close()
            our_asks.close()
            our_photos.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
            their_asks.close()
            their_photos.close()
        now_s = time.monotonic()
        self._child = _Child(process, ours, our_asks, our_photos, now_s, now_s)
        self._start_at_s = None

    def _replace(self, child: _Child, why: str) -> ScannerDown:
        """End the child, plan the next one, and say so."""
        lived_s = time.monotonic() - child.started_s
        exit_code = self._reap()
        if why is _PIPE_CLOSED:
            why = f"the scanner process ended ({_exit_words(exit_code)})"
        if child.beating and lived_s >= GOOD_LIFE_S:
            self._failures = 0
        return self._plan(why)

    def _plan(self, why: str) -> ScannerDown:
        """Plan the next child, after a pause that grows with every failure in a row."""
        wait_s = self._back_off_s[min(self._failures, len(self._back_off_s) - 1)]
        self._failures += 1
        now_s = time.monotonic()
        self._start_at_s = now_s + wait_s
        self.restarts += 1
        _log.warning("scanner replaced in %.1f s: %s", wait_s, why)
        return ScannerDown(why, now_s, self.restarts)

    def _reap(self) -> int | None:
        """End the child if it still runs, wait for it, and give back its exit code. Leaves no zombie, no descriptor."""
        child, self._child = self._child, None
        if child is None:
            return None
        child.pipe.close()
        child.asks.close()
        child.photos.close()
        process = child.process
        if self.ended:
            process.join(_KILL_WAIT_S)
        if process.is_alive():
            process.terminate()
            process.join(_TERM_GRACE_S)
        if process.is_alive():
            process.kill()
            process.join(_KILL_WAIT_S)
        exit_code = process.exitcode
        if exit_code is not None:
            process.close()
        return exit_code

    def _newest_scans(self, events: list[ScannerEvent]) -> list[ScannerEvent]:
        extra = sum(isinstance(event, Scan) for event in events) - MAX_SCANS
        kept: list[ScannerEvent] = []
        for event in events:
            if isinstance(event, Scan) and extra > 0:
                extra -= 1
                self.dropped += 1
            else:
                kept.append(event)
        return kept


def _exit_words(exit_code: int | None) -> str:
    if exit_code is None:
        return "it does not end even when killed"
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
