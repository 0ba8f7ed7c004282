"""Why a code in view could not be read: measures of the picture -> one cause. Never a guess about the person.

First the code-like thing: a code that zxing found and could not correct, or finder patterns (a dark square in a light
ring in a dark ring). Without one there is nothing to say. The measures are simple on purpose and each has a clear case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from firmware.model import Word
from firmware.scanner import zxing
from firmware.scanner.codes import Corners, Gray, holds_a_code, require_gray

#: Finder patterns are looked for in the frame made this large: for small ones, then for those of a code held too near.
_SEARCH_SIDES_PX: Final = (960, 320)
_MAX_FINDERS: Final = 32  # a sheet printed full of patterns must not cost a second
_MAX_FINDER_SHARE: Final = 0.5  # of the frame's shorter side
_SQUARE_FILLED: Final = 0.88  # a circle fills 0.79 of its square
#: Even a frame filled with small modules has fewer edges than this; noise has more.
_MAX_EDGES_SHARE: Final = 0.25
_FINDER_MODULES: Final = 7
_SMALLEST_CODE_MODULES: Final = 21
_USUAL_CODE_MODULES: Final = 57  # version 10: what most of our documents need
_NEAR_MODULE_PX: Final = 12.0
_CUT_MARGIN_PX: Final = 2.0
_SATURATED: Final = 250
_MAX_MEASURED_PX: Final = 480  # a code's region is measured in at most this many pixels a side


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A code-like thing: where it is, and how many pixels a module has."""

    corners: Corners
    module_px: float


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


def find_candidate(gray: Gray) -> Candidate | None:
    """The largest code-like thing of the frame, or None."""
    require_gray(gray)
    if not holds_a_code(gray):
        return None
    found = zxing.find_uncorrected(gray, zxing.Settings(downscale=True))
    if found:
        largest = max(found, key=lambda code: _area(code.corners))
        return Candidate(largest.corners, _area(largest.corners) ** 0.5 / largest.modules)
    for side_px in _SEARCH_SIDES_PX:
        candidate = _from_finders(find_finders(gray, side_px))
        if candidate is not None:
            return candidate
    return None


class Finder(NamedTuple):
    """A finder pattern, in pixels of the frame. `filled` is the share of its tightest rectangle that it fills."""

    x: float
    y: float
    width: float
    filled: float


def find_finders(gray: Gray, side_px: int) -> list[Finder]:
    """Finder patterns in the frame made `side_px` large: three outlines, each inside the other, about square."""
    scale = min(1.0, side_px / max(gray.shape))
    small = np.ascontiguousarray(gray)
    if scale < 1.0:
        small = np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    black = _black(small)
    if np.count_nonzero(black[:, 1:] != black[:, :-1]) > _MAX_EDGES_SHARE * black.size:
        # Every speck of noise is an outline, and outlines are what costs time here: wear them away first.
        black = _black(np.asarray(cv2.GaussianBlur(small, (5, 5), 0), dtype=np.uint8))
    outlines, tree = cv2.findContours(black, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return []
    inside = tree[0][:, 2]
    found: list[Finder] = []
    for outer, ring in enumerate(inside):
        core = -1 if ring < 0 else int(inside[ring])
        if core < 0:
            continue
        if len(found) >= _MAX_FINDERS:
            break
        x, y, width, height = cv2.boundingRect(outlines[outer])
        _, _, core_width, core_height = cv2.boundingRect(outlines[core])
        # 7 modules outside, 3 inside; blur and tilt move both.
        proportion = (core_width + core_height) / (width + height)
        if min(width, height) >= 6 and 0.3 < width / height < 3.3 and 0.28 < proportion < 0.62:
            rectangle = cv2.minAreaRect(outlines[outer])[1]
            filled = cv2.contourArea(outlines[outer]) / max(rectangle[0] * rectangle[1], 1.0)
            middle = ((x + width / 2) / scale, (y + height / 2) / scale)
            if max(width, height) < _MAX_FINDER_SHARE * min(small.shape) and not _near_any(middle, found):
                found.append(Finder(*middle, (width + height) / 2 / scale, filled))
    return found


def _near_any(middle: tuple[float, float], found: Sequence[Finder]) -> bool:
    """Whether a pattern was found there already: rings around rings are one thing, not several."""
    return any(abs(middle[0] - f.x) + abs(middle[1] - f.y) < f.width / 2 for f in found)


def _black(gray: Gray) -> Gray:
    black = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 51, 6)
    return np.asarray(black, dtype=np.uint8)


def _from_finders(finders: Sequence[Finder]) -> Candidate | None:
    """The code that finder patterns of about one size belong to; None when they say too little."""
    if len(finders) < 2:
        return _alone(finders[0]) if finders else None
    middle = sorted(finder.width for finder in finders)[len(finders) // 2]
    alike = np.array([(finder.x, finder.y) for finder in finders if 0.6 < finder.width / middle < 1.6])
    if len(alike) < 2:
        return None
    corners = _corner_of_three(alike) if len(alike) == 3 else _square_around(alike)
    outward = corners - corners.mean(axis=0)
    reach = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1.0)
    # The patterns' middles are 3.5 modules inside the code's corners, both ways.
    return Candidate(corners + outward / reach * (middle / 2 * 2**0.5), middle / _FINDER_MODULES)


def _alone(finder: Finder) -> Candidate | None:
    """One pattern alone may be anything, unless it is square and so large that the others are out of view."""
    module_px = finder.width / _FINDER_MODULES
    if module_px < _NEAR_MODULE_PX or finder.filled < _SQUARE_FILLED:
        return None
    half = module_px * _USUAL_CODE_MODULES / 2
    offsets = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    return Candidate(offsets + np.array([finder.x, finder.y]), module_px)


def _corner_of_three(points: Corners) -> Corners:
    """Three patterns: the two farthest apart are a diagonal, the third is the corner; the fourth corner is opposite."""
    apart = [float(np.linalg.norm(points[(n + 1) % 3] - points[(n + 2) % 3])) for n in range(3)]
    corner = int(np.argmax(apart))
    first, second = points[(corner + 1) % 3], points[(corner + 2) % 3]
    return np.array([points[corner], first, first + second - points[corner], second])


def _square_around(points: Corners) -> Corners:
    """Two patterns are one edge of a code that is as deep as it is wide, downwards or to the right."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    side = max(right - left, bottom - top)
    right, bottom = left + side, top + side
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def measure(gray: Gray, candidate: Candidate, before: Candidate | None = None) -> Measures:
    """Measure the region of the candidate; `before` is where it was one frame earlier, if that is known."""
    height, width = gray.shape
    corners = candidate.corners
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = _CUT_MARGIN_PX
    cut = bool(left < margin or top < margin or right > width - margin or bottom > height - margin)
    region = gray[max(0, int(top)) : max(0, int(bottom)) + 1, max(0, int(left)) : max(0, int(right)) + 1]
    if region.size == 0:
        region = gray
    step = max(1, max(region.shape) // _MAX_MEASURED_PX)
    region = np.ascontiguousarray(region[::step, ::step])
    dark, light = (float(value) for value in np.percentile(region, (5, 95)))
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    longest = max(float(sides.max()), 1.0)
    moved = 0.0 if before is None else float(np.linalg.norm(corners.mean(axis=0) - before.corners.mean(axis=0)))
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
        moved_share=moved / longest,
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


#: In this order: a cause that hides the others comes first.
_CAUSES: Final[tuple[tuple[Word, Callable[[Measures], bool]], ...]] = (
    (Word.CUT_EDGE, lambda m: m.cut and m.side_share < 1.0),
    (Word.TOO_NEAR, lambda m: m.side_share >= 1.0 or m.module_px > 30),
    (Word.TOO_DARK, lambda m: m.light < 60),
    (Word.GLARE, lambda m: m.glare_share > 0.04 and m.dark < 120),
    (Word.TOO_BRIGHT, lambda m: m.dark > 120 and m.saturated_share > 0.3),
    (Word.TOO_FAR, lambda m: m.module_px < 2.0),
    (Word.TILTED, lambda m: m.squareness < 0.5),
    (Word.MOVING, lambda m: m.moved_share > 0.08),
    (Word.BLURRED, lambda m: m.sharpness < 0.3),
)
#: A sharp, well lit code that still cannot be read lacks a part: a finger, a crease or a logo covers it.
_WHEN_NONE_APPLIES: Final = Word.CUT_EDGE


def cause_of(measures: Measures) -> Word:
    """The one cause to tell the person."""
    return next((word for word, applies in _CAUSES if applies(measures)), _WHEN_NONE_APPLIES)


def _area(corners: Corners) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))
