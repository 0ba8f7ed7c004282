"""Where frames come from: the port every source implements, and the words that choose one.

To add a camera, write one file with a `FrameSource` and one line of `_OPENERS`. Imports nothing heavy: the parent
process reads specs too.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from firmware.scanner.exposure import LIGHT_PLANS, LightPlan

if TYPE_CHECKING:
    from firmware.scanner.codes import Gray, Picture


class SourceError(Exception):
    """A source cannot give frames. `what` is what happened, `next_step` what a person does about it."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}; {next_step}")
        self.what = what
        self.next_step = next_step


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a source. `gray` is (height, width) uint8, possibly a strided view; it never leaves the room.

    `seq` counts the frames of the source from 0, `monotonic_s` is when the light came in, `tag` says under which light
    plan it was taken, `caption` what a played scene shows and `say` what the person says; empty when there is nothing.
    `colour` is the same picture as BGR, where the source has it.
    """

    gray: Gray
    seq: int
    monotonic_s: float
    tag: str = ""
    caption: str = ""
    say: str = ""
    colour: Picture | None = None
    lux: float | None = None  # of the scene, where the camera says it


class FrameSource(ABC):
    """A camera, or something that stands in for one. Used as a context manager, so that it is always released.

    `plan` is the light that is asked for: whoever reads the frames may change it at any time, and a source that can follow
    does so at its next `read`. Others leave it.
    """

    plan: LightPlan = LIGHT_PLANS[0]

    @abstractmethod
    def read(self, timeout_s: float) -> Frame | None:
        """The next frame, or None when none came within `timeout_s`. Raises SourceError when none can come any more."""

    @abstractmethod
    def close(self) -> None:
        """Release the device. May be called twice."""

    @property
    def ended(self) -> bool:
        """Whether a finite source (folder, video file) has given its last frame."""
        return False

    @property
    def still(self) -> bool:
        """Whether each frame is a picture of its own (a folder), so that no later frame will confirm what was read."""
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SourceKind(StrEnum):
    PICAMERA = "picamera"
    V4L2 = "v4l2"
    VIDEO = "video"
    FOLDER = "folder"
    SCENES = "scenes"

    @property
    def live(self) -> bool:
        """Whether frames pass whether or not somebody looks: only the newest counts. Of a file each one counts."""
        return self not in (SourceKind.VIDEO, SourceKind.FOLDER)


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Which source, and how: plain values only, so that it can be handed to a child process.

    `location` is a camera number, a device, a file or a folder, as the kind needs. `fps` 0 means the source's own pace.
    """

    kind: SourceKind
    location: str = ""
    width: int = 1280
    height: int = 720
    fps: float = 0.0
    loop: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        if not (64 <= self.width <= 4096 and 64 <= self.height <= 4096):
            raise ValueError(f"a frame is 64 to 4096 pixels a side, not {self.width} x {self.height}")
        if not 0.0 <= self.fps <= 240.0:
            raise ValueError(f"frames per second are 0 (own pace) to 240, not {self.fps}")

    def __str__(self) -> str:
        return f"{self.kind}:{self.location}" if self.location else str(self.kind)


VIDEO_SUFFIXES: Final = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".mjpeg", ".mjpg", ".m4v"})
_EXAMPLES: Final = "picamera, v4l2:/dev/video0, 0, video:FILE, scenes:FOLDER, or the path of a folder or video file"


def parse_source(text: str) -> SourceSpec:
    """What a person typed -> a spec. Raises SourceError with what may be written when it means nothing.

    A path that does not exist (yet) is no error here: opening it says so.
    """
    head, colon, rest = text.partition(":")
    if text == "":
        raise SourceError("no source was named", f"write {_EXAMPLES}")
    if colon == "" and text == SourceKind.PICAMERA:
        return SourceSpec(SourceKind.PICAMERA, "0")
    if colon == "" and re.fullmatch(r"\d{1,2}", text):
        return SourceSpec(SourceKind.V4L2, text)
    if colon and head in set(SourceKind):
        return _named(SourceKind(head), rest)
    path = Path(text)
    if text.startswith("/dev/video"):
        return SourceSpec(SourceKind.V4L2, text)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return SourceSpec(SourceKind.VIDEO, text)
    if path.is_dir() or "/" in text:
        return SourceSpec(SourceKind.FOLDER, text)
    raise SourceError(f"{text!r} is no source", f"write {_EXAMPLES}")


def _named(kind: SourceKind, location: str) -> SourceSpec:
    if location == "":
        raise SourceError(f"{kind}: names no place", f"write {_EXAMPLES}")
    if kind is SourceKind.PICAMERA and not re.fullmatch(r"\d{1,2}", location):
        raise SourceError(f"{location!r} is no camera number", "write picamera:0 or picamera:1")
    return SourceSpec(kind, location, loop=kind is SourceKind.SCENES)


def _open_picamera(spec: SourceSpec) -> FrameSource:
    from firmware.scanner.picamera import open_picamera

    return open_picamera(spec)


def _open_v4l2(spec: SourceSpec) -> FrameSource:
    from firmware.scanner.opencv import open_v4l2

    return open_v4l2(spec)


def _open_video(spec: SourceSpec) -> FrameSource:
    from firmware.scanner.opencv import open_video

    return open_video(spec)


def _open_folder(spec: SourceSpec) -> FrameSource:
    from firmware.scanner.folder import open_folder

    return open_folder(spec)


def _open_scenes(spec: SourceSpec) -> FrameSource:
    from firmware.scanner.simulated import open_scenes

    return open_scenes(spec)


#: Each loads its own heavy modules only when it is chosen.
_OPENERS: Final[dict[SourceKind, Callable[[SourceSpec], FrameSource]]] = {
    SourceKind.PICAMERA: _open_picamera,
    SourceKind.V4L2: _open_v4l2,
    SourceKind.VIDEO: _open_video,
    SourceKind.FOLDER: _open_folder,
    SourceKind.SCENES: _open_scenes,
}


def open_source(spec: SourceSpec) -> FrameSource:
    """Open the chosen source; never another one instead. Raises SourceError with what to do."""
    return _OPENERS[spec.kind](spec)
