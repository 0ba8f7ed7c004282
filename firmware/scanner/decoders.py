"""Frame -> codes: an ordered table of stages and one loop over it, inside a time budget.

To add a decoder, write one function `(gray, wanted, stage) -> list[Code]` and one line of a table. Order and settings
were measured on photographs; `bench/scanner_stages.py` repeats the timing. OpenCV's QR detectors are left out on
purpose: they miss dense codes, raise on binary payloads and can hang for many seconds on one hostile picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import cv2

from firmware.scanner import filters, zbar, zxing
from firmware.scanner.codes import CODE_128, QR, Code, Gray, holds_a_code, require_gray
from firmware.scanner.zxing import Binarizer, Settings

Effort: TypeAlias = Literal["first", "full"]
Find: TypeAlias = Callable[[Gray, str, str], list[Code]]

#: A live frame must leave time for the next one; a still picture may be looked at for longer.
BUDGET_S: Final[dict[Effort, float]] = {"first": 0.25, "full": 3.0}


@dataclass(frozen=True, slots=True)
class Stage:
    """One attempt: change the picture, then ask one decoder for one format. `scale` is how much larger it became."""

    name: str
    find: Find
    prepare: Callable[[Gray], Gray] = filters.same
    scale: float = 1.0
    format: str = QR


def _zxing(settings: Settings) -> Find:
    def find(gray: Gray, wanted: str, stage: str) -> list[Code]:
        return zxing.find(gray, wanted, settings, stage)

    return find


#: Every frame. The first is the fastest there is and reads nearly all; the second is for uneven light and small codes.
FIRST: Final[tuple[Stage, ...]] = (
    Stage("global", _zxing(Settings(Binarizer.GLOBAL))),
    Stage("local", _zxing(Settings(Binarizer.LOCAL, downscale=True))),
    Stage("bars", _zxing(Settings(Binarizer.LOCAL, rotate=False)), format=CODE_128),
)

#: A still picture tries all of them; a live frame that gave nothing tries one, in rotation. Cheap ones come first. The local
#: binarizer compares with about 40 pixels around: on a doubled picture that is 20, which is what bands and edges of shadows need.
EXTRAS: Final[tuple[Stage, ...]] = (
    Stage("inverted", _zxing(Settings(Binarizer.LOCAL, downscale=True, invert=True))),
    Stage("threshold", _zxing(Settings(Binarizer.FIXED)), filters.threshold),
    Stage("soften", _zxing(Settings(Binarizer.GLOBAL)), filters.soften),
    Stage("double", _zxing(Settings(Binarizer.LOCAL, invert=True)), filters.double, 2.0),
    Stage("smooth", _zxing(Settings(Binarizer.LOCAL)), filters.smooth),
    Stage("double-threshold", _zxing(Settings(Binarizer.FIXED)), filters.double_threshold, 2.0),
    Stage("sharpen", _zxing(Settings(Binarizer.LOCAL)), filters.sharpen),
    Stage("sharpen-wide", _zxing(Settings(Binarizer.GLOBAL)), filters.sharpen_wide),
    Stage("double-thin", _zxing(Settings(Binarizer.LOCAL)), filters.double_thin, 2.0),
    Stage("bars-turned", _zxing(Settings(Binarizer.LOCAL, downscale=True, invert=True)), format=CODE_128),
    Stage("bars-double", _zxing(Settings(Binarizer.LOCAL)), filters.double, 2.0, format=CODE_128),
)

#: Only a still picture has the time for these.
LAST: Final[tuple[Stage, ...]] = (
    Stage("pyzbar", zbar.find),
    Stage("pyzbar-bars", zbar.find, format=CODE_128),
)

TABLE: Final[dict[Effort, tuple[Stage, ...]]] = {"first": FIRST, "full": FIRST + EXTRAS + LAST}


def read_codes(
    gray: Gray,
    *,
    effort: Effort = "first",
    formats: tuple[str, ...] = (QR,),
    budget_s: float | None = None,
) -> list[Code]:
    """Every code of one grey frame, (height, width) of uint8, a strided view or a read-only one as well.

    "first" is for live frames, "full" tries everything within its budget (no stage begins after it). Payloads are exact
    bytes. Remembers nothing from frame to frame. Raises ValueError only when `gray` is not a frame.
    """
    return run_stages(gray, TABLE[effort], formats=formats, budget_s=BUDGET_S[effort] if budget_s is None else budget_s)


def run_stages(gray: Gray, stages: Iterable[Stage], *, formats: tuple[str, ...], budget_s: float) -> list[Code]:
    """Run the stages in order; a format that one stage has read is not asked of the later ones."""
    require_gray(gray)
    if not holds_a_code(gray):
        return []
    ends_s = time.monotonic() + budget_s
    codes: list[Code] = []
    wanted = set(formats)
    for stage in stages:
        if stage.format not in wanted:
            continue
        if time.monotonic() >= ends_s:
            break
        found = run_stage(gray, stage)
        if found:
            codes += found
            wanted.discard(stage.format)
    return codes


def run_stage(gray: Gray, stage: Stage) -> list[Code]:
    """What one stage reads, corners in pixels of `gray`, each payload once."""
    try:
        picture = stage.prepare(gray)
    except (cv2.error, MemoryError):
        return []  # a filter refused the frame's shape: this stage has nothing to say about it
    found = stage.find(picture, stage.format, stage.name)
    once = {code.payload: code for code in reversed(found)}
    return [replace(code, corners=code.corners / stage.scale) for code in reversed(once.values())]
