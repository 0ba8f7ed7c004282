"""Frame -> finder patterns, each with its four outer corners: rays from where runs cross (crossings.py) to its rim.

zxing looks for three of them and gives nothing when one is covered; here each stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray
from firmware.scanner.rescue.crossings import LOOKS, Look, crossings_of, dark_of
from firmware.scanner.rescue.grid import Floats

#: Patterns of one frame that are looked at closer; a frame tiled with finder patterns has thousands.
MOST_FINDERS: Final = 24


#: Rays from a pattern's middle that look for its rim.
_RAYS: Final = 72
#: Where a ray leaves the dark middle and the light ring, in parts of where it leaves the dark ring.
_SHARES: Final = np.array([[3 / 7], [5 / 7]])
_SHARE_SLACK: Final = 0.2
#: The part of the rays that must run so.
_LEAST_RAYS: Final = 0.55
#: Less than this is no finder pattern; data that happens to have its runs is at about a half.
LEAST_LIKENESS: Final = 0.65
#: The same for its tightest rectangle, which is ready long before its corners. Measured: 0.36 and more in 3464 patterns, 0.25 to
#: 0.3 without any quiet zone around; of what is no pattern three in four are below 0.2.
_LEAST_BOXED: Final = 0.2

_LINE: Final = np.arange(-1, 8)
#: The middles of the pattern's modules and of those around it, and their light: mean 0, norm 1.
_NINE: Final = np.dstack(np.meshgrid(_LINE + 0.5, _LINE + 0.5)).astype(np.float32)
_RINGS: Final = np.maximum(np.abs(_LINE - 3)[:, None], np.abs(_LINE - 3)[None])
_LIGHT: Final = np.isin(_RINGS, (2, 4)).astype(np.float32) - np.isin(_RINGS, (2, 4)).mean(dtype=np.float32)
_PATTERN: Final = _LIGHT / np.linalg.norm(_LIGHT)


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """One finder pattern: its middle and the four outer corners of its dark ring, clockwise on the screen, in pixels.

    `likeness` is how well its 9 x 9 modules fit: 1 is perfect, 0 is chance.
    """

    middle: Floats
    corners: Floats
    likeness: float

    @property
    def side_px(self) -> float:
        """The mean length of its sides, which are 7 modules."""
        return float(np.linalg.norm(np.roll(self.corners, -1, axis=0) - self.corners, axis=1).mean())


def finders_of(gray: Gray, look: Look = LOOKS[0]) -> list[Finder]:
    """The finder patterns of a frame, the likest first, at most MOST_FINDERS."""
    dark = dark_of(gray, look)
    middles = crossings_of(dark)
    smooth = np.asarray(cv2.GaussianBlur(gray, (3, 3), 0), np.uint8)
    found: list[Finder] = []
    for middle in middles[: 2 * MOST_FINDERS]:
        finder = _outlined(smooth, dark, middle)
        if finder is not None and all(np.linalg.norm(finder.middle - f.middle) > f.side_px / 2 for f in found):
            found.append(finder)
    return sorted(found, key=lambda f: -f.likeness)[:MOST_FINDERS]


def _outlined(gray: Gray, dark: NDArray[np.uint8], middle: Floats) -> Finder | None:
    """The pattern around a middle: rays to the rim of its dark ring, and a straight line through each side's points."""
    column, row = round(float(middle[0])), round(float(middle[1]))
    reach = _reach(dark, row, column)
    if reach is None:
        return None
    angles = 2.0 * np.pi * np.arange(_RAYS) / _RAYS
    steps = np.arange(0.0, reach, 0.25, dtype=np.float32)
    x = (middle[0] + np.outer(np.cos(angles), steps)).astype(np.float32)
    y = (middle[1] + np.outer(np.sin(angles), steps)).astype(np.float32)
    seen = cv2.remap(gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    lights = np.sort(seen[::4, ::4], axis=None)
    black, white = lights[int(0.15 * lights.size)], lights[int(0.85 * lights.size)]
    if white - black < 8:
        return None
    level = seen < (black + white) / 2.0
    edges = _edges(level)
    good = (edges[2] > 0) & (np.abs(edges[:2] / np.maximum(edges[2], 1.0) - _SHARES).max(axis=0) < _SHARE_SLACK)
    if good.sum() < _RAYS * _LEAST_RAYS:
        return None
    rim = edges[2] * 0.25
    good &= np.abs(np.log(np.maximum(rim, 0.1) / np.median(rim[good]))) < 1.0
    if good.sum() < _RAYS * _LEAST_RAYS:
        return None
    rim = rim[good]
    points = np.column_stack([middle[0] + np.cos(angles[good]) * rim, middle[1] + np.sin(angles[good]) * rim])
    box = cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))).astype(np.float64)
    if _likeness(gray, box) < _LEAST_BOXED:
        return None
    corners = _quadrangle(points, box)
    if corners is None:
        return None
    likeness = _likeness(gray, corners)
    return Finder(_crossing(corners), corners, likeness) if likeness > LEAST_LIKENESS else None


def _likeness(gray: Gray, corners: Floats) -> float:
    square = np.array([(0, 0), (7, 0), (7, 7), (0, 7)], np.float32)
    plane = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    seen = cv2.perspectiveTransform(_NINE, plane).astype(np.float32)
    light = cv2.remap(gray, seen[..., 0], seen[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    flat = light.astype(np.float32) - float(light.mean())
    flat /= max(float(np.linalg.norm(flat)), 1e-3)
    return float((flat * _PATTERN).sum())


def _reach(dark: NDArray[np.uint8], row: int, column: int) -> float | None:
    """How far rays must go: a little over the diagonal of the pattern, from the dark square's width across and down."""
    height, width = dark.shape
    if not (0 <= row < height and 0 <= column < width):
        return None
    extents = []
    for line, at in ((dark[row], column), (dark[:, column], row)):
        light = np.flatnonzero(line == 0)
        before, after = light[light < at], light[light > at]
        if before.size == 0 or after.size == 0:
            return None
        extents.append(float(after[0] - before[-1] - 1))
    reach = max(extents) / 3.0 * 7.0
    return reach if 4.0 < reach < max(dark.shape) else None


def _edges(level: NDArray[np.bool_]) -> Floats:
    """(3, rays): the step at which each ray's dark middle ends, its light ring, and its dark ring; 0 where none does."""
    after = np.cumsum(level[:, 1:] != level[:, :-1], axis=1)
    ends = np.stack([(after >= number).argmax(axis=1) + 1.0 for number in (1, 2, 3)])
    return np.asarray(np.where(level[:, 0] & (after[:, -1] >= 3), ends, 0.0), np.float64)


def _quadrangle(points: Floats, box: Floats) -> Floats | None:
    """Four corners, clockwise on the screen, of the quadrangle whose sides the points lie on; None when it is none.

    `box` is the tightest rectangle around the points: roughly the same.
    """
    for _ in range(2):
        lines = []
        tangents = np.roll(box, -1, axis=0) - box
        lengths = np.maximum(np.linalg.norm(tangents, axis=1), 1e-6)
        normals = np.column_stack([tangents[:, 1], -tangents[:, 0]]) / lengths[:, None]
        apart = np.abs(((points[:, None, :] - box[None]) * normals[None]).sum(axis=2))
        along = ((points[:, None, :] - box[None]) * tangents[None]).sum(axis=2) / lengths[None] ** 2
        nearest = apart.argmin(axis=1)
        for side in range(4):
            chosen = (nearest == side) & (along[:, side] > 0.08) & (along[:, side] < 0.92)
            if chosen.sum() < 4:
                return None
            direction = cv2.fitLine(points[chosen].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
            lines.append(direction.astype(np.float64))
        corners = [_meet(lines[side - 1], lines[side]) for side in range(4)]
        if any(corner is None for corner in corners):
            return None
        box = np.array(corners)
    return box if _is_quadrangle(box) else None


def _meet(one: Floats, other: Floats) -> Floats | None:
    """Where two lines (direction x, y, point x, y) cross."""
    sides = np.array([[one[0], -other[0]], [one[1], -other[1]]])
    if abs(np.linalg.det(sides)) < 0.1:
        return None
    along = np.linalg.solve(sides, other[2:] - one[2:])[0]
    return np.asarray(one[2:] + along * one[:2], np.float64)


def _crossing(corners: Floats) -> Floats:
    """Where the diagonals of a quadrangle cross: the middle of a square seen in perspective."""
    one = np.concatenate([corners[2] - corners[0], corners[0]])
    other = np.concatenate([corners[3] - corners[1], corners[1]])
    lengths = np.linalg.norm(one[:2]), np.linalg.norm(other[:2])
    one[:2] /= lengths[0]
    other[:2] /= lengths[1]
    middle = _meet(one, other)
    return corners.mean(axis=0) if middle is None else middle


def _is_quadrangle(corners: Floats) -> bool:
    """Convex, clockwise on the screen, and no side more than four times another."""
    sides = np.roll(corners, -1, axis=0) - corners
    after = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    lengths = np.linalg.norm(sides, axis=1)
    return bool((turns > 0).all() and lengths.max() < 4.0 * lengths.min())
