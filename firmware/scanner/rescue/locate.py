"""Frame -> finder patterns, each with its four outer corners: by the runs 1:1:3:1:1 across and down, all at once.

zxing looks for three of them and gives nothing when one is covered; here each stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray
from firmware.scanner.rescue.grid import Floats

#: Patterns of one frame that are looked at closer; a frame tiled with finder patterns has thousands.
MOST_FINDERS: Final = 24


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
#: Rays from a pattern's middle that look for its rim.
_RAYS: Final = 72
#: Where a ray leaves the dark middle and the light ring, in parts of where it leaves the dark ring.
_SHARES: Final = np.array([[3 / 7], [5 / 7]])
_SHARE_SLACK: Final = 0.2
#: The part of the rays that must run so.
_LEAST_RAYS: Final = 0.55
#: How far a run may be from its share, in modules: 1:1:3:1:1 under blur, slant and dot gain.
_SLACK: Final = 0.6
#: Less than this is no finder pattern; data that happens to have its runs is at about a half.
LEAST_LIKENESS: Final = 0.65
#: The same for its tightest rectangle, which is ready long before its corners. Measured: none of 3464 patterns is below 0.36,
#: 97 in 100 of what is none is below 0.35.
_LEAST_BOXED: Final = 0.35

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
    dark = _dark(gray, look)
    crossings = _crossed(dark)
    middles = crossings[_ringed(dark, crossings), :2]
    smooth = np.asarray(cv2.GaussianBlur(gray, (3, 3), 0), np.uint8)
    found: list[Finder] = []
    for middle in middles[:MOST_FINDERS]:
        finder = _outlined(smooth, dark, middle)
        if finder is not None and all(np.linalg.norm(finder.middle - f.middle) > f.side_px / 2 for f in found):
            found.append(finder)
    return sorted(found, key=lambda f: -f.likeness)[:MOST_FINDERS]


def _crossed(dark: NDArray[np.uint8]) -> Floats:
    """(n, 4): where runs across and down cross in a dark square, x and y, and a module's width and height there.

    The largest crossings come first.
    """
    cross = np.ones((3, 3), np.uint8)
    across = cv2.dilate(_crossings(dark), cross)
    down = cv2.dilate(cv2.transpose(_crossings(np.asarray(cv2.transpose(dark), np.uint8))), cross)
    both = ((across > 0) & (down > 0)).astype(np.uint8)
    # Not connectedComponents: it labels every pixel of the frame, and nearly all of them are nothing.
    outlines, _ = cv2.findContours(both, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    kept = []
    for outline in sorted(outlines, key=_pixels, reverse=True)[:_MOST_CROSSINGS]:
        middle = outline.reshape(-1, 2).mean(axis=0, dtype=np.float64)
        column, row = middle.astype(int)
        wide, high = float(across[row, column]), float(down[row, column])
        if not 0.0 < wide < _MOST_SLANT * high < _MOST_SLANT**2 * wide:
            continue
        half_wide, half_high = int(0.8 * wide), int(0.8 * high)
        square = dark[
            max(0, row - half_high) : row + half_high + 1, max(0, column - half_wide) : column + half_wide + 1
        ]
        if square.mean() > _LEAST_DARK:
            kept.append((*middle, wide, high))
    return np.array(kept, np.float64).reshape(-1, 4)


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


def _pixels(outline: NDArray[np.int32]) -> float:
    """How many pixels an outline of pixels holds (Pick's theorem): a thin one has no area of its own."""
    return float(cv2.contourArea(outline)) + len(outline) / 2.0 + 1.0


def _dark(gray: Gray, look: Look) -> NDArray[np.uint8]:
    """1 where a pixel is darker than its neighbourhood's mean."""
    window = look.window_px or max(15, min(gray.shape) // 8 | 1)
    smooth = cv2.GaussianBlur(gray, (0, 0), look.smooth_px)
    mean = cv2.blur(smooth, (window, window))
    return np.asarray(cv2.threshold(cv2.subtract(mean, smooth), 1, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _crossings(dark: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The module's size at the middle of each run of dark that is the third of five, 1:1:3:1:1, in its row; else 0."""
    height, width = dark.shape
    marks = np.zeros((height, width), np.float32)
    flat = np.pad(dark, ((0, 0), (1, 1)), constant_values=2).ravel()
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if starts.size < 7:
        return marks
    lengths = np.diff(starts).astype(np.float32)
    runs = np.stack([lengths[k : lengths.size - 4 + k] for k in range(5)])
    module = runs.sum(axis=0) / 7.0
    begins = starts[:-5]
    fits = (flat[begins] == 1) & (module >= 1.0)
    for run, share in zip(runs, (1.0, 1.0, 3.0, 1.0, 1.0), strict=True):
        fits &= np.abs(run - share * module) < _SLACK * module * (1.0 if share < 2 else 1.5) + 0.6
    chosen = np.flatnonzero(fits)
    rows = begins[chosen] // (width + 2)
    whole = rows == (begins[chosen] + runs[:, chosen].sum(axis=0).astype(np.intp) - 1) // (width + 2)
    chosen, rows = chosen[whole], rows[whole]
    middle = starts[chosen + 2] + runs[2, chosen] / 2.0 - 1.0
    marks[rows, np.clip((middle - rows * (width + 2)).astype(np.intp), 0, width - 1)] = module[chosen]
    return marks


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
