"""Frame -> the middles of what may be finder patterns: where runs 1:1:3:1:1 across and down cross, all rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray
from firmware.scanner.rescue.grid import Floats

Places: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Look:
    """One way to tell dark from light: how much is smoothed first, and the neighbourhood (0 is an eighth of the frame)."""

    smooth_px: float
    window_px: int


#: For most; for blur and motion, where a light ring is only lighter than what is right beside it; for noise.
LOOKS: Final = (Look(0.8, 0), Look(0.8, 15), Look(1.5, 0), Look(1.5, 31))

#: Places where runs cross that are looked at; and what their middle square must be like: runs across and down are at
#: most so unlike, and so much of it is dark.
_MOST_CROSSINGS: Final = 400
_MOST_SLANT: Final = 4.0
_LEAST_DARK: Final = 0.8
#: How far from the middle, in modules, all is dark, light, and dark again, whichever way the pattern is turned; the part of
#: such a circle that is light, less the part of the dark ones that is, is this at least.
_CORE: Final = 1.2
_LIGHT_RING: Final = (1.8, 2.0, 2.2)
_DARK_RING: Final = (3.0, 3.3)
_AROUND: Final = np.stack([np.cos(np.arange(16) * np.pi / 8), np.sin(np.arange(16) * np.pi / 8)])
_LEAST_RINGED: Final = 0.3
#: How far a run may be from its share, in modules: 1:1:3:1:1 under blur, slant and dot gain.
_SLACK: Final = 0.6


def dark_of(gray: Gray, look: Look) -> NDArray[np.uint8]:
    """1 where a pixel is darker than its neighbourhood's mean."""
    window = look.window_px or max(15, min(gray.shape) // 8 | 1)
    smooth = cv2.GaussianBlur(gray, (0, 0), look.smooth_px)
    mean = cv2.blur(smooth, (window, window))
    return np.asarray(cv2.threshold(cv2.subtract(mean, smooth), 1, 1, cv2.THRESH_BINARY)[1], np.uint8)


def crossings_of(dark: NDArray[np.uint8]) -> Floats:
    """(n, 2) pixels where runs across and down cross in a dark square with light around it, the largest crossings first.

    `dark` is what `dark_of` gives.
    """
    crossings = _crossed(dark)
    return crossings[_ringed(dark, crossings), :2]


def _crossed(dark: NDArray[np.uint8]) -> Floats:
    """(n, 4): where runs across and down cross in a dark square, x and y, and a module's width and height there.

    The largest crossings come first.
    """
    cross = np.ones((3, 3), np.uint8)
    across = cv2.dilate(_runs(dark), cross)
    down = cv2.dilate(cv2.transpose(_runs(np.asarray(cv2.transpose(dark), np.uint8))), cross)
    both = ((across > 0) & (down > 0)).astype(np.uint8)
    # Not connectedComponents: it labels every pixel of the frame, and nearly all of them are nothing.
    outlines, _ = cv2.findContours(both, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return np.zeros((0, 4))
    lengths = np.array([len(outline) for outline in outlines])
    chosen = np.argsort(-lengths, kind="stable")[:_MOST_CROSSINGS]
    points = np.concatenate([outlines[number][:, 0, :] for number in chosen]).astype(np.float64)
    begins = np.concatenate([[0], np.cumsum(lengths[chosen])[:-1]])
    middles = np.add.reduceat(points, begins, axis=0) / lengths[chosen, None]
    column, row = middles.astype(np.intp).T
    crossings = np.column_stack([middles, across[row, column], down[row, column]])
    wide, high = crossings[:, 2], crossings[:, 3]
    straight = (wide > 0.0) & (wide < _MOST_SLANT * high) & (high < _MOST_SLANT * wide)
    return crossings[straight & (_darkness(dark, column, row, wide, high) > _LEAST_DARK)]


def _darkness(dark: NDArray[np.uint8], column: Places, row: Places, wide: Floats, high: Floats) -> Floats:
    """The dark share of the middle square around each place, a little over half of its three modules a side."""
    sums = cv2.integral(dark)
    height, width = dark.shape
    half_wide, half_high = (0.8 * wide).astype(np.intp), (0.8 * high).astype(np.intp)
    left, right = np.maximum(column - half_wide, 0), np.minimum(column + half_wide + 1, width)
    top, bottom = np.maximum(row - half_high, 0), np.minimum(row + half_high + 1, height)
    inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return np.asarray(inside / ((right - left) * (bottom - top)), np.float64)


def _ringed(dark: NDArray[np.uint8], crossings: Floats) -> NDArray[np.bool_]:
    """Which crossings have light around their dark square and dark around that, at least roughly and when slanted.

    Measured: of what is a pattern in the end, 2 in 1000 fail here; of what is none, 57 in 100. Outlining costs more.
    """
    middle, module = crossings[:, :2, None], crossings[:, 2:, None]
    height, width = dark.shape
    light = {}
    for reach in (_CORE, *_LIGHT_RING, *_DARK_RING):
        x, y = np.moveaxis(np.rint(middle + reach * module * _AROUND).astype(np.intp), 1, 0)
        light[reach] = 1.0 - dark[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)].mean(axis=1)
    ring = np.max([light[reach] for reach in _LIGHT_RING], axis=0)
    rim = np.min([light[reach] for reach in _DARK_RING], axis=0)
    return np.asarray(ring - (light[_CORE] + rim) / 2.0 > _LEAST_RINGED)


def _runs(dark: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The module's size at the middle of each run of dark that is the third of five, 1:1:3:1:1, in its row; else 0."""
    height, width = dark.shape
    marks = np.zeros((height, width), np.float32)
    flat = np.pad(dark, ((0, 0), (1, 1)), constant_values=2).ravel()
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if starts.size < 7:
        return marks
    # The middle run first: few pass it, and in noise there are more runs than time.
    module = (starts[5:] - starts[:-5]) / 7.0
    middle_run = starts[3:-2] - starts[2:-3]
    fits = (flat[starts[:-5]] == 1) & (module >= 1.0)
    chosen = np.flatnonzero(fits & (np.abs(middle_run - 3.0 * module) < 1.5 * _SLACK * module + 0.6))
    module = module[chosen]
    for run in (0, 1, 3, 4):
        fits = np.abs(starts[chosen + run + 1] - starts[chosen + run] - module) < _SLACK * module + 0.6
        chosen, module = chosen[fits], module[fits]
    rows = starts[chosen] // (width + 2)
    whole = rows == (starts[chosen + 5] - 1) // (width + 2)
    chosen, module, rows = chosen[whole], module[whole], rows[whole]
    middle = (starts[chosen + 2] + starts[chosen + 3]) / 2.0 - 1.0
    marks[rows, np.clip((middle - rows * (width + 2)).astype(np.intp), 0, width - 1)] = module
    return marks
