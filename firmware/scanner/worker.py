"""Inside the child process: open the source, read the newest frame, send events.

It decodes what strangers show, so it may hang or die at any frame; its parent (supervisor.py) listens for the heartbeat
and replaces it.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import FrameType
from typing import TYPE_CHECKING, Final

import cv2

from firmware.model import Alive, Scan, ScannerDown, SourceEnded
from firmware.scanner.child import Work
from firmware.scanner.exposure import LightTurns
from firmware.scanner.mailbox import Capture
from firmware.scanner.outbox import Outbox
from firmware.scanner.preview import PreviewDesk
from firmware.scanner.reader import Reader
from firmware.scanner.source import Frame, FrameSource, SourceError, open_source
from firmware.scanner.wire import Failed, Message

if TYPE_CHECKING:
    from firmware.scanner.album import Album

HEARTBEAT_S: Final = 0.5
_WAIT_S: Final = 0.1
#: A live source that gave frames and then none for this long has stalled. Its process ends: a stalled camera cannot be closed,
#: and is only free again when the process is gone. With what ending it takes, the parent knows within 3 s.
STALL_S: Final = 1.5
#: A slow source is given the time of this many of its frames.
_STALL_FRAMES: Final = 3.0
_LAST_WORDS_S: Final = 2.0

#: One picture of a file may show many codes, and none may be lost; live, only the newest two are worth a verdict.
MAX_SCANS_OF_A_FILE: Final = 64

_STALL_STEP: Final = "it is opened again; if this comes back, check its cable and its power"

EXIT_ENDED: Final = 0
EXIT_SOURCE_FAILED: Final = 3


def play(work: Work, pipe: Connection, asks: socket.socket | None = None, photos: socket.socket | None = None) -> int:
    """Open the source and read it until it ends or the process is asked to; gives the exit code.

    Over `asks` the parent may ask for a preview of a frame; over `photos` for the sealed frame in which a code was read.
    """
    stop = Stop()
    cv2.setNumThreads(1)  # pictures are small, and the other cores are for the rest of the terminal
    live = work.spec.kind.live
    outbox = Outbox(pipe) if live else Outbox(pipe, max_scans=MAX_SCANS_OF_A_FILE)
    fps = work.spec.fps
    try:
        with open_source(work.spec) as source:
            reader = Reader(formats=work.formats, still=source.still)
            run(
                source,
                reader,
                outbox,
                stop,
                live=live,
                desk=None if asks is None else PreviewDesk(asks),
                album=_album(work, photos),
                stall_s=max(STALL_S, _STALL_FRAMES / fps if fps else 0.0),
            )
    except SourceError as error:
        outbox.put([Failed(error.what, error.next_step)])
        outbox.flush(_LAST_WORDS_S)
        return EXIT_SOURCE_FAILED
    except BrokenPipeError:
        return EXIT_ENDED  # the parent is gone or wants no more: nobody is left to tell
    return EXIT_ENDED


def _album(work: Work, photos: socket.socket | None) -> Album | None:
    """Nothing where no photographs are wanted: no frame is kept then, and no JPEG made."""
    if photos is None or work.photo_key is None:
        return None
    from firmware.scanner.album import Album  # here: it loads the cryptography that few terminals need in this process

    return Album(photos, work.photo_key)


class Stop:
    """Becomes true when SIGTERM arrives."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def run(
    source: FrameSource,
    reader: Reader,
    outbox: Outbox,
    stop: Stop,
    *,
    live: bool,
    desk: PreviewDesk | None = None,
    album: Album | None = None,
    stall_s: float = STALL_S,
) -> None:
    """Read frames until the source ends or a stop is asked: of a live source only the newest, of a file each one.

    A live source that stalls is told to the parent before anything else is tried with it.
    """
    capture = Capture(source) if live else None
    if capture is not None:
        capture.start()
    pulse, light = Pulse(reader), LightTurns()
    take: Callable[[float], Frame | None] = source.read if capture is None else capture.mailbox.take
    silent_s, stopping_s = 0.0, 1.0
    try:
        while not stop.asked:
            frame = take(_WAIT_S)
            # Waits are counted, not the clock asked: a process that was stopped for a while must not blame its camera.
            silent_s = 0.0 if frame is not None else silent_s + _WAIT_S
            if frame is not None:
                # From the light coming in to somebody looking at it: what a slow source or a full processor costs.
                reader.spent("capture", (time.monotonic() - frame.monotonic_s) * 1e3)
                events = [event for event in reader.read(frame) if not isinstance(event, ScannerDown)]
                if album is not None:  # before the scan is told: whoever hears of it may ask at once
                    for scan in (event for event in events if isinstance(event, Scan)):
                        album.keep(scan.payload, frame)
                outbox.put(events)
                pulse.frame(frame)
                if desk is not None:
                    desk.look(frame.gray)
                now_s = frame.monotonic_s
                source.plan = light.plan(reader.trouble(now_s), reader.in_view(now_s), now_s)
            elif source.ended if capture is None else capture.mailbox.ended:
                if album is not None:
                    album.linger()
                outbox.put([SourceEnded(pulse.frames)])
                outbox.flush(_LAST_WORDS_S)
                return
            elif live and pulse.frames and silent_s >= stall_s:
                stopping_s = 0.0
                outbox.put([Failed(f"the camera gave no frame for {stall_s:g} s", _STALL_STEP)])
                outbox.flush(_LAST_WORDS_S)
                return
            if album is not None:
                album.answer()
            outbox.put(pulse.beat(time.monotonic()))
            while not (live or stop.asked or outbox.flush(_WAIT_S)):
                pass  # a file can wait for its reader
    finally:
        if capture is not None:
            capture.stop(stopping_s)


class Pulse:
    """Counts frames and gives a heartbeat every half second, but only while fresh frames arrive."""

    def __init__(self, reader: Reader) -> None:
        self.frames = 0
        self._reader = reader
        self._newest_s = 0.0
        self._lux: float | None = None
        self._fresh = False
        self._due_s = 0.0

    def frame(self, frame: Frame) -> None:
        self.frames += 1
        self._newest_s = frame.monotonic_s
        self._lux = frame.lux
        self._fresh = True

    def beat(self, now_s: float) -> list[Message]:
        if not self._fresh or now_s < self._due_s:
            return []
        self._fresh, self._due_s = False, now_s + HEARTBEAT_S
        return [Alive(self.frames, self._newest_s, self._reader.stage_ms(), self._lux)]
