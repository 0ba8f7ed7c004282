"""How crowded a frame is with what codes are made of, by a sample of its rows: more finder patterns or edges than codes have.

Frames made to cost time (a poster tiled with finder patterns, a checker, noise) keep every decoder busy with what looks
like a code nearly everywhere. What a code may look like is bounded by its standard.
"""

from __future__ import annotations

from dataclasses import dataclass
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
#: Share of pixels beside a clear step from dark to light. Measured: at most 0.32 in photographs, 0.35 to 0.37 in codes at
#: ISO 100,000; 0.33 to 0.5 in frames of nothing but noise, 0.67 to 1 in fine checkers.
_MOST_STEPS: Final = 0.55
_NOISE_STEPS: Final = 0.32
_CLEAR: Final = 0.3  # of the frame's contrast
_LEAST_CONTRAST: Final = 24.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Shares of the looked-at rows: of pixels beside a clear step, and of what lies in runs of a finder pattern."""

    steps: float
    patterns: float

    @property
    def hides_all(self) -> bool:
        """Whether it has more patterns or edges than any frame with a code that can be read."""
        return self.patterns > _MOST_PATTERNS or self.steps > _MOST_STEPS

    @property
    def is_noise(self) -> bool:
        """Whether edges are everywhere: sharpening such a frame only sharpens the noise."""
        return self.steps > _NOISE_STEPS


def crowd_of(gray: Gray) -> Crowd:
    """How crowded this frame is; none at all when it is small. A millisecond at 1280x720."""
    if gray.size < _SMALLEST_PX:
        return Crowd(0.0, 0.0)
    rows = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(gray[::_EVERY]), (5, 1), 0.8), np.uint8)
    return Crowd(_steps(rows), _patterns(rows))


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
