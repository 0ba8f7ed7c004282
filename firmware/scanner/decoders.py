"""Frame -> codes: an ordered table of stages and one loop over it, inside a budget of processor time.

Processor time of this thread, not the time of the clock: what else the board does must not decide what is read. The worker's
deadline is by the clock.

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
import numpy as np

from firmware.scanner import filters, zbar, zxing
from firmware.scanner.codes import CODE_128, QR, Code, Gray, holds_a_code, require_gray
from firmware.scanner.crowd import Crowd, crowd_of
from firmware.scanner.rescue import rescue
from firmware.scanner.zxing import Binarizer, Settings, Unread

Effort: TypeAlias = Literal["first", "full"]
Find: TypeAlias = Callable[[Gray, str, str], list[Code]]

#: A live frame must leave time for the next one; a still picture may be looked at for longer.
BUDGET_S: Final[dict[Effort, float]] = {"first": 0.25, "full": 3.0}


@dataclass(frozen=True, slots=True)
class Stage:
    """One attempt: change the picture, then ask one decoder for one format.

    `scale` is how much wider and higher the picture became, `in_noise` whether it is worth its time where edges are
    everywhere.
    """

    name: str
    find: Find
    prepare: Callable[[Gray], Gray] = filters.same
    scale: tuple[float, float] = (1.0, 1.0)
    format: str = QR
    in_noise: bool = True


TWICE: Final = (2.0, 2.0)
THRICE: Final = (3.0, 3.0)


def _zxing(settings: Settings) -> Find:
    def find(gray: Gray, wanted: str, stage: str) -> list[Code]:
        return zxing.find(gray, wanted, settings, stage)

    return find


#: Every frame. The first is the fastest there is and reads nearly all; the second is for uneven light and small codes.
#: Neither looks at a smaller copy as well: at a camera's size that reads no more and costs an eighth of the look.
FIRST_LOOKS: Final = (
    ("global", Settings(Binarizer.GLOBAL)),
    ("local", Settings(Binarizer.LOCAL)),
)
BARS: Final = Stage("bars", _zxing(Settings(Binarizer.LOCAL, rotate=False)), format=CODE_128)
FIRST: Final[tuple[Stage, ...]] = (*(Stage(name, _zxing(settings)) for name, settings in FIRST_LOOKS), BARS)

#: A still picture tries all of them; a live frame that gave nothing tries one, in rotation. Cheap ones come first. The local
#: binarizer compares with about 40 pixels around: on a doubled picture that is 20, which is what bands and edges of shadows need.
EXTRAS: Final[tuple[Stage, ...]] = (
    Stage("inverted", _zxing(Settings(Binarizer.LOCAL, downscale=True, invert=True))),
    Stage("threshold", _zxing(Settings(Binarizer.FIXED)), filters.threshold, in_noise=False),
    Stage("soften", _zxing(Settings(Binarizer.GLOBAL)), filters.soften),
    Stage("double", _zxing(Settings(Binarizer.LOCAL, invert=True)), filters.double, TWICE),
    Stage("smooth", _zxing(Settings(Binarizer.LOCAL)), filters.smooth),
    Stage("double-threshold", _zxing(Settings(Binarizer.FIXED)), filters.double_threshold, TWICE, in_noise=False),
    Stage("sharpen", _zxing(Settings(Binarizer.LOCAL)), filters.sharpen, in_noise=False),
    Stage("sharpen-wide", _zxing(Settings(Binarizer.GLOBAL)), filters.sharpen_wide, in_noise=False),
    Stage("double-thin", _zxing(Settings(Binarizer.LOCAL)), filters.double_thin, TWICE, in_noise=False),
    Stage("wide", _zxing(Settings(Binarizer.LOCAL)), filters.crisp_wide, (3.0, 1.0), in_noise=False),
    Stage("tall", _zxing(Settings(Binarizer.LOCAL)), filters.crisp_tall, (1.0, 3.0), in_noise=False),
    Stage("triple", _zxing(Settings(Binarizer.LOCAL)), filters.crisp_triple, THRICE, in_noise=False),
    Stage("triple-global", _zxing(Settings(Binarizer.GLOBAL)), filters.crisp_triple, THRICE, in_noise=False),
    Stage("bars-turned", _zxing(Settings(Binarizer.LOCAL, downscale=True, invert=True)), format=CODE_128),
    Stage("bars-double", _zxing(Settings(Binarizer.LOCAL)), filters.double, TWICE, format=CODE_128),
)

#: Only a still picture has the time for these.
LAST: Final[tuple[Stage, ...]] = (
    Stage("model-1", _zxing(Settings(Binarizer.LOCAL, downscale=True, model_1=True))),
    Stage("pyzbar", zbar.find, in_noise=False),
    Stage("pyzbar-bars", zbar.find, format=CODE_128),
)

#: How long a code that was found and could not be corrected may be worked on in a still picture, and how long codes may be
#: searched for that no decoder even found (a finder pattern covered, noise). A live frame has both in rotation (reader.py).
RESCUE_S: Final = 1.0
SEARCH_S: Final = 1.0
#: What a still picture is given beyond the first look when it is crowded with more patterns or edges than codes have.
CROWDED_S: Final = 0.03


@dataclass(frozen=True, slots=True)
class Look:
    """What the first stages read, and the places of codes that they found and could not correct."""

    codes: list[Code]
    unread: list[Unread]

    @property
    def has_qr(self) -> bool:
        return any(code.format == QR for code in self.codes)


def read_codes(
    gray: Gray,
    *,
    effort: Effort = "first",
    formats: tuple[str, ...] = (QR,),
    budget_s: float | None = None,
) -> list[Code]:
    """Every code of one grey frame, (height, width) of uint8, a strided view or a read-only one as well.

    "first" is the look that every live frame gets; "full" tries everything within its budget, the second chance as well
    (no stage begins after it). Payloads are exact bytes. Remembers nothing from frame to frame. Raises ValueError only
    when `gray` is not a frame.
    """
    ends_s = time.thread_time() + (BUDGET_S[effort] if budget_s is None else budget_s)

    def left_s() -> float:
        return max(ends_s - time.thread_time(), 0.0)

    look = first_look(gray, formats=formats, budget_s=left_s())
    codes = list(look.codes)
    if effort == "first" or all(any(code.format == kind for code in codes) for kind in formats):
        return codes
    crowd = crowd_of(gray)
    if crowd.hides_all:
        ends_s = min(ends_s, time.thread_time() + CROWDED_S)
    if QR in formats and not look.has_qr and look.unread and left_s():
        codes += rescue(gray, look.unread, budget_s=min(RESCUE_S, left_s()))
    missing = tuple(kind for kind in formats if not any(code.format == kind for code in codes))
    extras, last = (_worth_it(stages, crowd) for stages in (EXTRAS, LAST))
    codes += run_stages(gray, extras, formats=missing, budget_s=left_s())
    if QR in missing and not any(code.format == QR for code in codes) and left_s():
        codes += rescue(gray, None, budget_s=min(SEARCH_S, left_s()))
    missing = tuple(kind for kind in formats if not any(code.format == kind for code in codes))
    return codes + run_stages(gray, last, formats=missing, budget_s=left_s())


def _worth_it(stages: Iterable[Stage], crowd: Crowd) -> list[Stage]:
    return [stage for stage in stages if stage.in_noise or not crowd.is_noise]


def first_look(gray: Gray, *, formats: tuple[str, ...], budget_s: float) -> Look:
    """The stages of every frame. Codes that cannot be corrected are noted on the way: that costs no second look."""
    require_gray(gray)
    look = Look([], [])
    if not holds_a_code(gray):
        return look
    ends_s = time.thread_time() + budget_s
    for name, settings in FIRST_LOOKS:
        if QR not in formats or look.has_qr or time.thread_time() >= ends_s:
            break
        found, unread = zxing.find_with_unread(gray, settings, name)
        look.codes.extend({code.payload: code for code in reversed(found)}.values())
        look.unread.extend(unread)
    if CODE_128 in formats:
        look.codes.extend(run_stages(gray, (BARS,), formats=formats, budget_s=max(ends_s - time.thread_time(), 0.0)))
    return look


def run_stages(gray: Gray, stages: Iterable[Stage], *, formats: tuple[str, ...], budget_s: float) -> list[Code]:
    """Run the stages in order; a format that one stage has read is not asked of the later ones."""
    require_gray(gray)
    if not holds_a_code(gray):
        return []
    ends_s = time.thread_time() + budget_s
    codes: list[Code] = []
    wanted = set(formats)
    for stage in stages:
        if stage.format not in wanted:
            continue
        if time.thread_time() >= ends_s:
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
    return [replace(code, corners=code.corners / np.array(stage.scale)) for code in reversed(once.values())]
