"""The part of a frame that holds one code, at a handy size: what is beyond costs time, and large modules carry noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Corners, Gray
from firmware.scanner.rescue.layout import size_of

#: Modules larger than this many pixels are made smaller by whole factors, which averages their noise away.
_LARGEST_MODULE_PX: Final = 6.0
#: What is kept around the corners, in parts of the code's extent: corners may be wrong by that much.
_MARGIN: Final = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A cut-out: pixel p of the view is pixel (p + 0.5) * shrink - 0.5 + origin of the frame."""

    gray: Gray
    origin: tuple[float, float]
    shrink: float

    def inside(self, points: Corners) -> Corners:
        """Pixels of the frame as pixels of the view."""
        return np.asarray((points - self.origin + 0.5) / self.shrink - 0.5, np.float64)

    def plane_inside(self, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        """A homography to pixels of the frame as one to pixels of the view."""
        step = 1.0 / self.shrink
        across, down = ((0.5 - origin) * step - 0.5 for origin in self.origin)
        return np.array([[step, 0.0, across], [0.0, step, down], [0.0, 0.0, 1.0]]) @ plane

    def outside(self, points: Corners) -> Corners:
        """Pixels of the view as pixels of the frame."""
        return np.asarray((points + 0.5) * self.shrink - 0.5 + self.origin, np.float64)


def view_of(gray: Gray, corners: Corners, version: int) -> View:
    """The cut-out around four corners of a code of that version; the whole frame when the corners lie outside it."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = _MARGIN * max(right - left, bottom - top) + 2.0
    height, width = gray.shape
    x0, x1 = int(np.clip(left - margin, 0, width - 1)), int(np.clip(right + margin + 1, 1, width))
    y0, y1 = int(np.clip(top - margin, 0, height - 1)), int(np.clip(bottom + margin + 1, 1, height))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return View(gray, (0.0, 0.0), 1.0)
    part = gray[y0:y1, x0:x1]
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    shrink = int(min(float(sides.mean()) / size_of(version) / (_LARGEST_MODULE_PX / 2), min(part.shape) / 8))
    if shrink < 2:
        return View(np.ascontiguousarray(part), (float(x0), float(y0)), 1.0)
    rows, columns = part.shape[0] // shrink * shrink, part.shape[1] // shrink * shrink
    small = cv2.resize(part[:rows, :columns], (columns // shrink, rows // shrink), interpolation=cv2.INTER_AREA)
    return View(np.asarray(small, np.uint8), (float(x0), float(y0)), float(shrink))
