"""Where a code-like thing is, by its finder patterns: a dark square in a light ring in a dark ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from firmware.scanner.codes import Corners, Gray

_MAX_FINDERS: Final = 32  # a sheet printed full of patterns must not cost a second
_MAX_FINDER_SHARE: Final = 0.5  # of the frame's shorter side
_SQUARE_FILLED: Final = 0.88  # a circle fills 0.79 of its square
#: Even a frame filled with small modules has fewer edges than this; noise has more.
_MAX_EDGES_SHARE: Final = 0.25
_FINDER_MODULES: Final = 7
_USUAL_CODE_MODULES: Final = 57  # version 10: what most of our documents need
_NEAR_MODULE_PX: Final = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A code-like thing: where it is, and how many pixels a module has."""

    corners: Corners
    module_px: float


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


def from_finders(finders: Sequence[Finder]) -> Candidate | None:
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
