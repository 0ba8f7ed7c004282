"""Whether a frame is so crowded that no code is in it: more finder patterns, or more edges, than codes have. Sampled rows tell.

Frames made to cost time (a poster tiled with finder patterns, a checker) keep every decoder busy with things that look
like a code nearly everywhere. What a code may look like is bounded by its standard.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray

#: Every so many rows one is looked at; smaller frames cost little whatever they hold.
_EVERY: Final = 8
_SMALLEST_PX: Final = 100_000
#: Share of the looked-at rows that lies in runs of 1:1:3:1:1, almost exactly. Measured: 0.07 in a code of 21 modules that
#: fills its picture, at most 0.024 in 362 other frames whose codes are hard to read or that have none; 0.19 and more where
#: finder patterns are tiled.
_MOST_PATTERNS: Final = 0.12
_PATTERN_SLACK: Final = (0.15, 0.5)  # of a module, and in pixels beside that
#: Share of pixels beside a clear step from dark to light. Measured: at most 0.37, in noise; 0.67 to 1 in fine checkers.
_MOST_STEPS: Final = 0.55
_CLEAR: Final = 0.3  # of the frame's contrast
_LEAST_CONTRAST: Final = 24.0


def is_crowded(gray: Gray) -> bool:
    """Whether this frame has more finder patterns or edges than any frame with codes; a millisecond at 1280x720."""
    if gray.size < _SMALLEST_PX:
        return False
    rows = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(gray[::_EVERY]), (5, 1), 0.8), np.uint8)
    return _steps(rows) > _MOST_STEPS or _patterns(rows) > _MOST_PATTERNS


def _steps(rows: Gray) -> float:
    dark, light = np.percentile(rows[:, ::4], (5, 95))
    steps = cv2.absdiff(rows[:, 2:], rows[:, :-2])
    return float(np.count_nonzero(steps > _CLEAR * max(light - dark, _LEAST_CONTRAST)) / steps.size)


def _patterns(rows: Gray) -> float:
    around = max(15, rows.shape[0] | 1)
    dark = cv2.subtract(cv2.blur(rows, (around, 1)), rows) > 1
    flat = np.pad(dark.astype(np.uint8), ((0, 0), (1, 1)), constant_values=2).ravel()
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if starts.size < 7:
        return 0.0
    lengths: NDArray[np.float32] = np.diff(starts).astype(np.float32)
    runs = np.stack([lengths[first : lengths.size - 4 + first] for first in range(5)])
    whole = runs.sum(axis=0)
    module = whole / 7.0
    share, pixels = _PATTERN_SLACK
    fits = (flat[starts[:-5]] == 1) & (module >= 1.0)
    for run, modules in zip(runs, (1.0, 1.0, 3.0, 1.0, 1.0), strict=True):
        fits &= np.abs(run - modules * module) < share * module + pixels
    return float(whole[fits].sum() / dark.size)
