"""Where each module of a code lies in a frame: a plane seen in perspective, and how the paper leaves that plane.

Module coordinates are (x, y) with (0, 0) at the outer top left corner of the code and (size, size) at the bottom right;
a module's middle is at .5. Pixel coordinates have a pixel's middle at whole numbers, as cv2 has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Corners, Gray
from firmware.scanner.rescue.algebra import gram, product
from firmware.scanner.rescue.layout import layout_of, size_of

Floats: TypeAlias = NDArray[np.float64]
Field: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """`plane` is the 3 x 3 homography from modules to pixels; `bend`, (size, size, 2) in modules, is added before it."""

    version: int
    plane: Floats
    bend: Field | None = None

    @property
    def size(self) -> int:
        return size_of(self.version)

    def places(self, per_module: int) -> tuple[Field, Field]:
        """Pixel x and y of `per_module` squared points in each module, as two (size * per_module) squared arrays."""
        count = self.size * per_module
        line = (np.arange(count, dtype=np.float32) + np.float32(0.5)) / np.float32(per_module)
        x, y = line[None, :], line[:, None]
        if self.bend is not None:
            bend = cv2.resize(self.bend, (count, count), interpolation=cv2.INTER_LINEAR)
            x, y = x + bend[..., 0], y + bend[..., 1]
        plane = self.plane.astype(np.float32)
        depth = plane[2, 0] * x + plane[2, 1] * y + plane[2, 2]
        # A wrong hypothesis may put its horizon inside the code: its pixels are nowhere then, and must stay finite.
        depth = np.where(np.abs(depth) < 1e-6, np.float32(1e-6), depth)
        across = (plane[0, 0] * x + plane[0, 1] * y + plane[0, 2]) / depth
        down = (plane[1, 0] * x + plane[1, 1] * y + plane[1, 2]) / depth
        return np.clip(across, -9e3, 9e3).astype(np.float32), np.clip(down, -9e3, 9e3).astype(np.float32)

    def corners(self) -> Corners:
        size = float(self.size)
        points = np.array([(0, 0), (size, 0), (size, size), (0, size)])
        return apply_plane(self.plane, points)


def apply_plane(plane: Floats, points: Floats) -> Floats:
    """(n, 2) points through a homography."""
    ahead = product(np.column_stack([points, np.ones(len(points))]), plane.T)
    return np.asarray(ahead[:, :2] / np.where(np.abs(ahead[:, 2:]) < 1e-9, 1e-9, ahead[:, 2:]), np.float64)


def plane_through(modules: Floats, pixels: Floats, weights: Floats | None = None) -> Floats | None:
    """The homography nearest to weighted pairs of (n, 2) points, n of 4 at least; None when they do not fix one."""
    centre, spread = pixels.mean(axis=0), max(float(np.abs(pixels - pixels.mean(axis=0)).max()), 1e-6)
    middle, reach = modules.mean(axis=0), max(float(np.abs(modules - modules.mean(axis=0)).max()), 1e-6)
    x, y = ((modules - middle) / reach).T
    u, v = ((pixels - centre) / spread).T
    weight = np.ones(len(x)) if weights is None else weights
    one, none = np.ones_like(x), np.zeros_like(x)
    across = np.column_stack([x, y, one, none, none, none, -u * x, -u * y]) * weight[:, None]
    down = np.column_stack([none, none, none, x, y, one, -v * x, -v * y]) * weight[:, None]
    normal = gram(across, across) + gram(down, down)
    right = (gram(across, (u * weight)[:, None]) + gram(down, (v * weight)[:, None]))[:, 0]
    try:
        solved = np.linalg.solve(normal + 1e-10 * np.eye(8) * np.trace(normal), right)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(solved).all():
        return None
    inner = np.append(solved, 1.0).reshape(3, 3)
    back = np.array([[spread, 0, centre[0]], [0, spread, centre[1]], [0, 0, 1]])
    there = np.array([[1 / reach, 0, -middle[0] / reach], [0, 1 / reach, -middle[1] / reach], [0, 0, 1]])
    plane = back @ inner @ there
    return plane / plane[2, 2] if abs(plane[2, 2]) > 1e-12 else None


def grid_from_corners(corners: Corners, version: int) -> Grid | None:
    """The flat grid between four outer corners, or None when they are no quadrangle."""
    size = float(size_of(version))
    plane = plane_through(np.array([(0, 0), (size, 0), (size, size), (0, size)]), corners.astype(np.float64))
    return None if plane is None else Grid(version, plane)


def rectify(gray: Gray, grid: Grid, per_module: int) -> Gray:
    """The code seen straight, (size * per_module) squared; what lies outside the frame repeats the frame's edge."""
    across, down = grid.places(per_module)
    seen = cv2.remap(gray, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


def agreement(gray: Gray, grid: Grid) -> float:
    """How well the light at the known modules fits them: 1 is perfect, 0 is chance, -1 a code printed inverted."""
    rows, columns, signs = _witnesses(grid.version)
    across, down = grid.places(1)
    seen = cv2.remap(gray, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    flat = seen - cv2.blur(seen, (9, 9))
    light = flat[rows, columns]
    return float(-(light * signs).sum() / max(float(np.abs(light).sum()), 1e-6))


@lru_cache(maxsize=40)
def _witnesses(version: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    known = layout_of(version).known
    rows, columns = np.nonzero(known)
    return rows, columns, known[rows, columns].astype(np.float32)
