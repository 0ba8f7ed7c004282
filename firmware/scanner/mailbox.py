"""A mailbox with one slot: the newest frame, never a queue. A capture thread fills it, the reader empties it."""

from __future__ import annotations

import threading
from typing import Final

from firmware.scanner.source import Frame, FrameSource, SourceError

_READ_TIMEOUT_S: Final = 0.2
_NEXT_STEP: Final = "restart the terminal; if it comes again, report it with the versions of libcamera and picamera2"


class Mailbox:
    """Holds at most one frame. A newer one replaces it and is counted in `replaced`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._error: SourceError | None = None
        self._ended = False
        self.replaced = 0

    def put(self, frame: Frame) -> None:
        with self._changed:
            self.replaced += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def fail(self, error: SourceError) -> None:
        """No frame will come any more, for this reason; `take` raises it once the last frame is taken."""
        with self._changed:
            self._error = error
            self._changed.notify()

    def end(self) -> None:
        """No frame will come any more, as planned."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    @property
    def ended(self) -> bool:
        with self._changed:
            return self._ended and self._frame is None

    def take(self, timeout_s: float) -> Frame | None:
        """The newest frame, at most once; None when none came in time. Raises SourceError when the source failed."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._error is not None or self._ended, timeout_s)
            frame, self._frame = self._frame, None
            if frame is None and self._error is not None:
                raise self._error
            return frame


class Capture(threading.Thread):
    """Reads a live source as fast as it gives, into a mailbox. Daemonic: a source that hangs must not keep us."""

    def __init__(self, source: FrameSource) -> None:
        super().__init__(name="capture", daemon=True)
        self.mailbox = Mailbox()
        self._source = source
        self._stop_asked = threading.Event()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                frame = self._source.read(_READ_TIMEOUT_S)
            except SourceError as error:
                self.mailbox.fail(error)
                return
            except Exception as error:  # noqa: BLE001 - a driver may raise anything, and a thread that ends in silence looks like a slow camera
                self.mailbox.fail(
                    SourceError(f"the camera's driver failed ({type(error).__name__}: {error})", _NEXT_STEP)
                )
                return
            if frame is not None:
                self.mailbox.put(frame)
            elif self._source.ended:
                self.mailbox.end()
                return

    def stop(self, timeout_s: float) -> None:
        self._stop_asked.set()
        self.join(timeout_s)
