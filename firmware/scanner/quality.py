"""Why a code in view could not be read: measures of the picture -> one cause. Never a guess about the person.

First the code-like thing: a code that zxing found and could not correct, or finder patterns (a dark square in a light
ring in a dark ring). Without one there is nothing to say. The measures are simple on purpose and each has a clear case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from firmware.model import Word
from firmware.scanner import zxing
from firmware.scanner.candidate import Candidate, find_finders, from_finders
from firmware.scanner.codes import Corners, Gray, holds_a_code, require_gray
from firmware.scanner.texture import find_patch, squared

__all__ = ["Candidate", "Measures", "cause_of", "find_candidate", "measure"]

#: Finder patterns are looked for in the frame made this large: for small ones, then for those of a code held too near.
_SEARCH_SIDES_PX: Final = (960, 320)
_SMALLEST_CODE_MODULES: Final = 21
_CUT_MARGIN_PX: Final = 2.0
_CUT_MARGIN_SHARE: Final = 0.012  # a patch's outline is known about as well as this
_SATURATED: Final = 250
_MAX_MEASURED_PX: Final = 480  # a code's region is measured in at most this many pixels a side


@dataclass(frozen=True, slots=True)
class Measures:
    """What a cause is decided from. Lights are 0 to 255, lengths in pixels, shares 0 to 1."""

    dark: float  # 5th percentile of the region
    light: float  # 95th percentile
    glare_share: float  # share of the largest saturated spot
    saturated_share: float
    sharpness: float  # steepest steps against the contrast: 0.5 and more when sharp, below 0.2 when blurred
    module_px: float
    side_share: float  # longer side of the code against the shorter side of the frame
    squareness: float  # shortest side of the code against its longest
    cut: bool
    moved_share: float  # how far it went since the last frame, against its own size
    modules: float  # that it seems to have a side; fewer than 21 are modules that run together
    evenness: float  # the least against the most light change over all directions: 1 when equal, near 0 when smeared


def find_candidate(gray: Gray) -> Candidate | None:
    """The largest code-like thing of the frame, or None."""
    require_gray(gray)
    if not holds_a_code(gray):
        return None
    _, unread = zxing.find_with_unread(gray, zxing.Settings(downscale=True), "candidate")
    sized = [(_area(code.corners), code.modules, code.corners) for code in unread if code.modules is not None]
    if sized:
        area, modules, corners = max(sized, key=lambda code: code[0])
        return Candidate(corners, area**0.5 / modules)
    patch = find_patch(gray)
    if patch is not None:
        return patch
    return next(filter(None, (from_finders(find_finders(gray, side_px)) for side_px in _SEARCH_SIDES_PX)), None)


def measure(gray: Gray, candidate: Candidate, before: Candidate | None = None) -> Measures:
    """Measure the region of the candidate; `before` is where it was one frame earlier, if that is known."""
    height, width = gray.shape
    corners = candidate.corners
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = max(_CUT_MARGIN_PX, _CUT_MARGIN_SHARE * max(right - left, bottom - top))
    cut = bool(left < margin or top < margin or right > width - margin or bottom > height - margin)
    region = gray[max(0, int(top)) : max(0, int(bottom)) + 1, max(0, int(left)) : max(0, int(right)) + 1]
    if region.size == 0:
        region = gray
    step = max(1, max(region.shape) // _MAX_MEASURED_PX)
    region = np.ascontiguousarray(region[::step, ::step])
    dark, light = (float(value) for value in np.percentile(region, (5, 95)))
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    longest = max(float(sides.max()), 1.0)
    saturated = region >= _SATURATED
    return Measures(
        dark=dark,
        light=light,
        glare_share=_largest_spot(saturated),
        saturated_share=float(saturated.mean()),
        sharpness=_sharpness(region, light - dark),
        module_px=candidate.module_px,
        side_share=longest / min(height, width),
        squareness=float(sides.min()) / longest,
        cut=cut,
        moved_share=_moved(corners, before, longest),
        modules=longest / max(candidate.module_px, 0.1),
        evenness=max(_evenness(squared(gray, corners)), _evenness(region)),
    )


def _largest_spot(saturated: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Share of the largest saturated spot once every line of modules is worn away: glare is a blob, modules are not."""
    side = max(3, int(max(saturated.shape) / _SMALLEST_CODE_MODULES * 2) | 1)
    worn = cv2.morphologyEx(saturated.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(worn)
    if count < 2:
        return 0.0
    return float(stats[1:, cv2.CC_STAT_AREA].max()) / saturated.size


def _sharpness(region: Gray, contrast: float) -> float:
    """The steepest step between neighbours (99th percentile) as a share of the contrast."""
    if min(region.shape) < 2 or contrast < 1.0:
        return 0.0
    wide = region.astype(np.int16)
    steps = np.concatenate([np.abs(np.diff(wide, axis=0)).ravel(), np.abs(np.diff(wide, axis=1)).ravel()])
    return min(1.0, float(np.percentile(steps, 99)) / contrast)


def _moved(corners: Corners, before: Candidate | None, longest: float) -> float:
    """How far it went, against its size; 0 when what was seen before was not the same thing."""
    if before is None or not 0.6 < (_area(before.corners) / max(_area(corners), 1.0)) ** 0.5 < 1.6:
        return 0.0
    went = float(np.linalg.norm(corners.mean(axis=0) - before.corners.mean(axis=0))) / longest
    return went if went < 1.0 else 0.0


def _evenness(patch: Gray) -> float:
    """Modules change light as much one way as the other; a smear of movement leaves the changes across itself."""
    soft = cv2.GaussianBlur(patch, (3, 3), 0)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    mixed = float((across * down).mean())
    least, most = np.linalg.eigvalsh([[float((across * across).mean()), mixed], [mixed, float((down * down).mean())]])
    return float(max(least, 0.0) / most) if most > 0 else 1.0


#: In this order: a cause that hides the others comes first.
_CAUSES: Final[tuple[tuple[Word, Callable[[Measures], bool]], ...]] = (
    (Word.CUT_EDGE, lambda m: m.cut and m.side_share < 1.0),
    (Word.TOO_NEAR, lambda m: m.side_share >= 1.0 or m.module_px > 30),
    (Word.TOO_DARK, lambda m: m.light < 60),
    (Word.GLARE, lambda m: m.glare_share > 0.04 and m.dark < 120),
    (Word.TOO_BRIGHT, lambda m: m.dark > 120 and m.light > 234),
    (Word.TOO_FAR, lambda m: m.module_px < 2.5 or (m.side_share < 0.17 and m.modules < 21)),
    (Word.TILTED, lambda m: m.squareness < 0.5),
    (Word.MOVING, lambda m: m.moved_share > 0.08 or m.evenness < 0.42),
    (Word.BLURRED, lambda m: m.sharpness < 0.3),
)
#: A sharp, well lit code that still cannot be read lacks a part: a finger, a crease or a logo covers it.
_WHEN_NONE_APPLIES: Final = Word.CUT_EDGE


def cause_of(measures: Measures) -> Word:
    """The one cause to tell the person."""
    return next((word for word, applies in _CAUSES if applies(measures)), _WHEN_NONE_APPLIES)


def _area(corners: Corners) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))
