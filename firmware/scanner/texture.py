"""Where a code-like thing is when its finder patterns cannot be seen: a patch of modules, blurred, tiny or cut.

Masking makes a QR code half black everywhere and equally busy both ways; text is mostly paper, in lines with gaps. The
patch is squared up, and must be half black, busy in all its rows and columns, and of a possible number of modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.candidate import Candidate
from firmware.scanner.codes import Corners, Gray

_Bits: TypeAlias = NDArray[np.bool_]

#: Patches are looked for in the frame made at most this wide, by the unrest in windows of this many of its pixels:
#: wider than modules that are large or blurred, down to those of codes far away.
_SEARCH_WIDTH_PX: Final = 512
_WINDOWS_PX: Final = ((7, 0.45), (13, 0.3), (27, 0.25))
_SMALLEST_CODE_MODULES: Final = 21
_SAME_PATCH: Final = 0.4  # of the area of the largest
_MAX_PATCHES: Final = 3
_MIN_UNREST: Final = 2.5  # standard deviation of grey values: less is noise
_MIN_FILLED: Final = 0.66  # of its tightest rectangle; a hole of glare is allowed
_SQUARED_PX: Final = (24, 240)
_BLACK_SHARE: Final = (0.31, 0.66)
_MODULES: Final = (7.0, 190.0)  # a blurred code seems to have fewer; version 40 has 177
_MODULES_RATIO: Final = 3.5
#: Runs of modules that are hardly seen seem this long: blur adds up in squares.
_SOFTNESS_PX: Final = 2.2
#: Around a code is nothing, this far out, in shares of its side: four modules of 77 are 0.052.
_RIM_SHARES: Final = (0.02, 0.045)
_RIM_UNREST: Final = 0.45  # of the contrast inside
_EDGE_PX: Final = 8.0
#: What fills the frame has no rim in view: large modules must do.
_NEAR_PX: Final = 8.0
_NEAR_SHARE: Final = 0.95
_BETWEEN_SHARE: Final = 0.2
_STEP_SHARE: Final = 0.05
_BUSY_PART: Final = 0.35  # of a patch, that its code at least fills
_QUIET_ROWS_SHARE: Final = 0.2  # rows, or columns, with hardly a step in them: between lines of text


def find_patch(gray: Gray) -> Candidate | None:
    """The largest patch of the frame that looks like modules, or None."""
    scale = min(1.0, _SEARCH_WIDTH_PX / max(gray.shape))
    small = np.ascontiguousarray(gray)
    if scale < 1.0:
        small = np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    looked = (
        _looked_at(gray, corners / scale)
        for window, share in _WINDOWS_PX
        for corners in _restless(small, window, share)
    )
    found = [candidate for candidate in looked if candidate is not None]
    largest = max((_area(candidate.corners) for candidate in found), default=0.0)
    # Fine windows outline best, coarse ones hold a blurred code together.
    return next((candidate for candidate in found if _whole(candidate, largest)), None)


def _whole(candidate: Candidate, largest: float) -> bool:
    """Whether it is no mere part of a larger patch: large itself, or with the modules of a whole code."""
    area = _area(candidate.corners)
    return area >= _SAME_PATCH * largest or area**0.5 >= _SMALLEST_CODE_MODULES * candidate.module_px


def _restless(small: Gray, window: int, share: float) -> Iterator[Corners]:
    """Corners of the largest patches in which every window is as restless as this share of the most restless places."""
    if min(small.shape) < 3 * window:
        return
    # Against the mean around, so that light that falls off is no unrest.
    apart = cv2.subtract(small, cv2.boxFilter(small, -1, (window, window)), dtype=cv2.CV_32F)
    unrest = np.sqrt(np.maximum(cv2.sqrBoxFilter(apart, cv2.CV_32F, (window, window)), 0.0))
    busy = (unrest > max(_MIN_UNREST, share * float(np.percentile(unrest[::4, ::4], 99)))).astype(np.uint8)
    # An edge between two areas is restless in a band as wide as the window: wear such bands away.
    busy = np.asarray(
        cv2.morphologyEx(busy, cv2.MORPH_OPEN, np.ones((window + 3, window + 3), np.uint8)), dtype=np.uint8
    )
    outlines, _ = cv2.findContours(busy, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:_MAX_PATCHES]:
        middle, sides, angle = cv2.minAreaRect(outline)
        if min(sides) < window or cv2.contourArea(outline) < _MIN_FILLED * sides[0] * sides[1]:
            continue
        yield np.asarray(cv2.boxPoints((middle, sides, angle)), dtype=np.float64)


def _area(corners: Corners) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))


def squared(gray: Gray, corners: Corners) -> Gray:
    """The patch as a square, at about the frame's own scale."""
    low, high = _SQUARED_PX
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    side = int(np.clip(float(sides.max()), low, high))
    square = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), square)
    source = np.ascontiguousarray(gray)
    # Sampling a large code coarsely would turn its modules to noise.
    coarse = float(sides.max()) / side
    if coarse > 2.0:
        source = np.asarray(cv2.blur(source, (int(coarse), int(coarse))), dtype=np.uint8)
    return np.asarray(
        cv2.warpPerspective(source, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )


def _looked_at(gray: Gray, corners: Corners) -> Candidate | None:
    """The patch, tightened to what is busy in it, as a candidate if it passes for modules."""
    black, across, down = _steps(gray, corners)
    if not _BLACK_SHARE[0] < float(black.mean()) < _BLACK_SHARE[1]:
        return None
    rows, columns = _busy_part(across.mean(axis=1)), _busy_part(down.mean(axis=0))
    if rows is None or columns is None:
        return None
    side = len(across)
    # Runs of one colour are two modules long on average.
    inside = across[rows, columns.start : columns.stop - 1], down[rows.start : rows.stop - 1, columns]
    seen = (columns.stop - columns.start, rows.stop - rows.start)
    modules = sorted(2.0 * pixels * float(steps.mean()) for pixels, steps in zip(seen, inside, strict=True))
    if not _MODULES[0] < modules[0] <= modules[1] < _MODULES[1] or modules[1] > _MODULES_RATIO * modules[0]:
        return None
    tight = _part_of(corners, columns.start / side, rows.start / side, columns.stop / side, rows.stop / side)
    sides = np.linalg.norm(np.roll(tight, -1, axis=0) - tight, axis=1)
    seen_px = float(sides.max()) / modules[1]
    near = seen_px > _NEAR_PX and sides.max() > _NEAR_SHARE * min(gray.shape)
    if not (_is_two_toned(squared(gray, tight)) if near else _stands_alone(gray, tight)):
        return None
    return Candidate(tight, max(seen_px**2 - _SOFTNESS_PX**2, 0.25) ** 0.5)


def _is_two_toned(patch: Gray) -> bool:
    """Whether hardly anything lies between ink and paper, as in modules that are large and in focus."""
    dark, light = np.percentile(patch, (5, 95))
    between = (patch > dark + 0.3 * (light - dark)) & (patch < light - 0.3 * (light - dark))
    return float(between.mean()) < _BETWEEN_SHARE


def _stands_alone(gray: Gray, corners: Corners) -> bool:
    """Whether plain paper or screen is around it, wherever its sides are in view, and at least two of them are."""
    height, width = gray.shape
    rim = _RIM_SHARES[1]
    patch = squared(gray, _part_of(corners, -rim, -rim, 1 + rim, 1 + rim))
    side = len(patch)
    inner, outer = (int(side * (rim - at) / (1 + 2 * rim)) for at in _RIM_SHARES)
    strip = slice(outer, max(inner, outer + 2))
    inside = slice(int(side * rim / (1 + 2 * rim)), int(side * (1 + rim) / (1 + 2 * rim)))
    dark, light = np.percentile(patch[inside, inside], (5, 95))
    strips = (patch[strip, inside], patch[::-1][strip, inside], patch.T[strip, inside], patch.T[::-1][strip, inside])
    # In the order of the strips: the sides at the top, bottom, left and right of the squared patch.
    ends = ((0, 1), (3, 2), (0, 3), (1, 2))
    plain = busy = 0
    for piece, (first, second) in zip(strips, ends, strict=True):
        x, y = (corners[first] + corners[second]) / 2
        if not (_EDGE_PX < x < width - _EDGE_PX and _EDGE_PX < y < height - _EDGE_PX):
            continue
        low, high = np.percentile(piece, (10, 90))
        if high - low > _RIM_UNREST * (light - dark):
            busy += 1
        else:
            plain += 1
    # One side may be missed: a square seen from the side is no rectangle.
    return plain >= 2 and busy <= 1


def _steps(gray: Gray, corners: Corners) -> tuple[_Bits, _Bits, _Bits]:
    """The patch squared up: what is darker than around it, and the clear steps from dark to light across and down."""
    patch = squared(gray, corners)
    soft = cv2.GaussianBlur(patch, (3, 3), 0)
    near = len(patch) // 5 | 1
    around = cv2.boxFilter(soft, cv2.CV_32F, (near, near))
    dark, light = np.percentile(soft, (5, 95))
    # Noise on white paper makes no steps: they must be worth a part of the patch's contrast.
    inked = soft < around - _STEP_SHARE * (light - dark)
    return soft < around, inked[:, 1:] != inked[:, :-1], inked[1:] != inked[:-1]


def _busy_part(steps: NDArray[np.float64]) -> slice | None:
    """The longest run of rows with steps in them; None when it is short, or when too many rows in it are quiet."""
    run_px = max(1, int(0.5 / max(float(steps.mean()), 1e-3)))
    even = np.convolve(steps, np.full(run_px, 1.0 / run_px), "same")
    busy = (even > 0.25 * np.percentile(even, 70)).astype(np.uint8)
    gap = max(3, len(busy) // 16)
    closed = cv2.morphologyEx(busy[:, np.newaxis], cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8)).ravel()
    ends = np.flatnonzero(np.diff(np.concatenate([[0], closed, [0]])))
    if len(ends) == 0:
        return None
    first, last = max(zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True), key=lambda run: run[1] - run[0])
    long_enough = last - first >= max(4, _BUSY_PART * len(busy))
    return slice(first, last) if long_enough and float(busy[first:last].mean()) >= 1 - _QUIET_ROWS_SHARE else None


def _part_of(corners: Corners, left: float, top: float, right: float, bottom: float) -> Corners:
    """Corners of a part, given in shares of the patch's sides."""
    shares = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    inside: Corners = corners[0] + shares[:, :1] * (corners[1] - corners[0]) + shares[:, 1:] * (corners[3] - corners[0])
    return inside
