"""A rough grid -> a good one: module edges must fall on the grid's lines, and patterns on their places.

Edges lie at whole module coordinates whatever the code says. The phase of the gradient's first harmonic, summed over a
neighbourhood, is how far the grid is off there, in both directions, to a few hundredths of a module. It says so only up
to half a module: a grid that is worse must be grown outwards from where it is known (the finder patterns).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from firmware.scanner.codes import Gray
from firmware.scanner.rescue.grid import Field, Floats, Grid, agreement, apply_plane, plane_through, rectify
from firmware.scanner.rescue.layout import Indices, layout_of, size_of

#: Points a module for finding edges: four are enough for their phase.
PER_MODULE: Final = 4
#: How wide the neighbourhood of a phase is, in modules (one sigma).
_NEIGHBOURHOOD: Final = 2.5
#: Phases this weak (0 to 1) are no evidence of a lattice.
_LEAST_COHERENCE: Final = 0.12


def refine_plane(gray: Gray, grid: Grid, *, reaches: tuple[float, ...], anchors: Floats | None = None) -> Grid:
    """The flat grid after one fit for each reach: only edges up to that many modules from an anchor have a say.

    `anchors` are (n, 2) module coordinates; without them everything has a say from the start.
    """
    for reach in reaches:
        offsets, weights = offsets_of(gray, grid)
        if anchors is not None:
            weights = weights * _near(grid.size, anchors, reach)
        middles, at = _middles(grid.size)
        chosen = weights > 0
        if chosen.sum() < 12:
            return grid
        modules = middles[at][chosen.ravel()]
        pixels = apply_plane(grid.plane, modules + offsets.reshape(-1, 2)[chosen.ravel()])
        plane = plane_through(modules, pixels, weights[chosen].astype(np.float64))
        if plane is None:
            return grid
        grid = Grid(grid.version, plane)
    return grid


def refine_bend(gray: Gray, grid: Grid, *, rounds: int = 3, degree: int = 3) -> Grid:
    """The grid with its bend: a smooth surface fitted to the offsets, then what is left, neighbourhood by neighbourhood."""
    size = grid.size
    basis = _surface(size, degree)
    bend = np.zeros((size, size, 2), np.float32) if grid.bend is None else grid.bend.copy()
    for turn in range(rounds):
        offsets, weights = offsets_of(gray, Grid(grid.version, grid.plane, bend))
        if turn < rounds - 1:
            weight = weights.reshape(-1, 1)
            normal = basis.T @ (basis * weight) + 1e-3 * size * np.eye(basis.shape[1], dtype=np.float32)
            solved = np.linalg.solve(normal, basis.T @ (offsets.reshape(-1, 2) * weight))
            step = (basis @ solved).reshape(size, size, 2)
        else:
            step = _smoothed(offsets, weights)
        bend = (bend + step).astype(np.float32)
    return Grid(grid.version, grid.plane, bend)


def offsets_of(gray: Gray, grid: Grid) -> tuple[Field, Field]:
    """How far the edges near each module lie beside the grid's lines, (size, size, 2) in modules, and how sure that is.

    What is sure is 0 to 1; 0 where the phases do not agree with each other.
    """
    seen = rectify(gray, grid, PER_MODULE).astype(np.float32)
    across, sure_across = _phase(np.abs(seen[:, 2:] - seen[:, :-2]), vertical=False)
    down, sure_down = _phase(np.abs(seen[2:, :] - seen[:-2, :]), vertical=True)
    sure = np.minimum(sure_across, sure_down)
    sure[sure < _LEAST_COHERENCE] = 0.0
    return np.stack([across, down], axis=-1), sure


def _phase(edges: Field, *, vertical: bool) -> tuple[Field, Field]:
    """Offset and coherence of each module's neighbourhood from the edges along one direction."""
    if vertical:
        offset, sure = _phase(np.ascontiguousarray(edges.T), vertical=False)
        return np.ascontiguousarray(offset.T), np.ascontiguousarray(sure.T)
    height = edges.shape[0]
    edges = cv2.copyMakeBorder(edges, 0, 0, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
    size = height // PER_MODULE
    angle = 2.0 * np.pi * (np.arange(PER_MODULE) + 0.5) / PER_MODULE
    rows = edges.reshape(size, PER_MODULE, -1).sum(axis=1).reshape(size, size, PER_MODULE)
    layers = np.stack([rows @ np.cos(angle), rows @ np.sin(angle), rows.sum(axis=2)], axis=-1).astype(np.float32)
    blurred = cv2.GaussianBlur(layers, (0, 0), _NEIGHBOURHOOD, borderType=cv2.BORDER_REPLICATE)
    real, imaginary, total = blurred[..., 0], blurred[..., 1], blurred[..., 2]
    floor = 0.25 * float(total.mean()) + 1e-3
    offset = np.arctan2(imaginary, real) / (2.0 * np.pi)
    return offset.astype(np.float32), (np.hypot(real, imaginary) / np.maximum(total, floor)).astype(np.float32)


def _smoothed(offsets: Field, weights: Field) -> Field:
    """The offsets' weighted mean around each module; none where nothing is sure."""
    layers = np.dstack([offsets * weights[..., None], weights])
    blurred = cv2.GaussianBlur(layers, (0, 0), _NEIGHBOURHOOD)
    return np.asarray(blurred[..., :2] / (blurred[..., 2:] + 0.05), np.float32)


def best_shift(gray: Gray, grid: Grid) -> Grid:
    """The grid, or one moved by a whole module, whichever the known patterns prefer."""
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    moved = [Grid(grid.version, grid.plane @ np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]]), grid.bend) for x, y in moves]
    return max(moved, key=lambda other: abs(agreement(gray, other)))


@lru_cache(maxsize=40)
def _middles(size: int) -> tuple[Floats, Indices]:
    y, x = np.mgrid[:size, :size]
    middles = np.column_stack([x.ravel(), y.ravel()]) + 0.5
    return middles, np.arange(size * size)


@lru_cache(maxsize=80)
def _surface(size: int, degree: int) -> Field:
    """(size * size, terms): the products of powers of x and y up to `degree`, x and y from -1 to 1."""
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    x, y = (a.ravel() for a in np.meshgrid(line, line))
    return np.column_stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)])


def _near(size: int, anchors: Floats, reach: float) -> Field:
    middles, _ = _middles(size)
    apart = np.sqrt(((middles[:, None, :] - anchors[None]) ** 2).sum(axis=2)).min(axis=1)
    return np.asarray(apart.reshape(size, size) < reach, np.float32)


def finder_middles(version: int) -> Floats:
    """(3, 2) module coordinates of the finder patterns: top left, top right, bottom left."""
    far = size_of(version) - 3.5
    return np.array([(3.5, 3.5), (far, 3.5), (3.5, far)])


def alignment_middles(version: int) -> Floats:
    return layout_of(version).alignments[:, ::-1].astype(np.float64) + 0.5
