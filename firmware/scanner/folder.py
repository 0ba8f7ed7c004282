"""The pictures of a folder as a source: in natural order, at a pace, once or for ever."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from pathlib import Path
from typing import Final

from firmware.scanner.codes import Picture
from firmware.scanner.picture import SUFFIXES, PictureError, read_coloured
from firmware.scanner.planes import gray_of
from firmware.scanner.source import Frame, FrameSource, SourceError, SourceSpec

_log = logging.getLogger(__name__)

_DIGITS: Final = frozenset("0123456789")

#: A person wants to see each verdict: one picture a second, unless another pace is asked for.
PICTURES_PER_S: Final = 1.0


def open_folder(spec: SourceSpec) -> FolderSource:
    """Raises SourceError when the folder is missing or holds no pictures."""
    return FolderSource(spec)


def natural_order(path: Path) -> list[tuple[int, str]]:
    """A sort key that puts 2.png before 10.png."""
    return [(int(part), "") if part[:1] in _DIGITS else (-1, part) for part in re.split("([0-9]+)", path.name.lower())]


class FolderSource(FrameSource):
    """Each picture (and each page of a PDF) is one frame. A file that is no picture is logged and passed over."""

    def __init__(self, spec: SourceSpec) -> None:
        folder = Path(spec.location)
        if not folder.is_dir():
            raise SourceError(f"there is no folder {folder}", "check the path")
        self._paths = sorted((p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES), key=natural_order)
        if not self._paths:
            raise SourceError(f"{folder} holds no pictures", f"put {', '.join(sorted(SUFFIXES))} files into it")
        self._folder = folder
        self._loop = spec.loop
        self._pause_s = 1.0 / (spec.fps or PICTURES_PER_S)
        self._due_s = time.monotonic()
        self._left = deque(self._paths)
        self._pages: deque[tuple[str, Picture]] = deque()
        self._seq = 0
        self._good_in_round = 0

    @property
    def ended(self) -> bool:
        return not self._left and not self._pages

    @property
    def still(self) -> bool:
        return True

    def read(self, timeout_s: float) -> Frame | None:
        wait_s = self._due_s - time.monotonic()
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        if wait_s > 0:
            time.sleep(wait_s)
        if not self._pages and not self._load():
            return None
        label, picture = self._pages.popleft()
        self._due_s = time.monotonic() + self._pause_s
        colour = picture if picture.ndim == 3 else None
        frame = Frame(gray_of(picture), self._seq, time.monotonic(), tag=label, colour=colour)
        self._seq += 1
        if self.ended and self._loop:
            self._left.extend(self._paths)
            self._good_in_round = 0
        return frame

    def _load(self) -> bool:
        """Load the next good picture's pages; False when none is left."""
        while self._left:
            path = self._left.popleft()
            try:
                self._pages.extend(read_coloured(path))
            except PictureError as error:
                _log.warning("passed over: %s", error)
                continue
            self._good_in_round += 1
            return True
        if self._good_in_round == 0:
            raise SourceError(f"none of the {len(self._paths)} files in {self._folder} is a picture", "look at the log")
        return False

    def close(self) -> None:
        self._left.clear()
        self._pages.clear()
