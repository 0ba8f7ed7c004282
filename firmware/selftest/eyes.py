"""The camera during the self-test: opened once, by the step that looks for it, and read by those after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from firmware.scanner.codes import Gray
from firmware.scanner.source import Frame, FrameSource
from firmware.selftest.pace import Pace

#: A single wait; a camera that gives nothing for so long is asked again until the step's time is over.
_WAIT_S: Final = 0.5


class Eyes:
    """`kept` are the frames of the first look, for the steps that measure light; `near_px` the card's modules when it was near."""

    def __init__(self, opener: Callable[[], FrameSource], fps: float, pace: Pace) -> None:
        """`fps`: frames a second that the configuration asks for; 0 where the source has its own pace."""
        self.fps = fps
        self.kept: list[Gray] = []
        self.near_px: float | None = None
        self._opener = opener
        self._pace = pace
        self._source: FrameSource | None = None

    @property
    def open(self) -> bool:
        return self._source is not None

    def open_now(self) -> None:
        """Raises SourceError."""
        self._source = self._opener()

    def frames(self, until_s: float) -> Iterator[Frame]:
        """Frames as they come, until that time or until the source ends. Raises SourceError."""
        while self._source is not None and not self._source.ended and (left_s := until_s - self._pace.now_s()) > 0:
            frame = self._source.read(min(_WAIT_S, left_s))
            if frame is not None:
                yield frame

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None
