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
from firmware.scanner.rescue.algebra import gram, product
from firmware.scanner.rescue.grid import Field, Floats, Grid, agreement, apply_plane, plane_through, rectify
from firmware.scanner.rescue.layout import size_of

#: Points a module for finding edges: four are enough for their phase.
PER_MODULE: Final = 4
#: Phases this weak (0 to 1) are no evidence of a lattice.
_LEAST_COHERENCE: Final = 0.12
#: Modules whose offsets fix a plane: fewer do not, and more do not better.
_LEAST_POINTS: Final = 12
_MOST_POINTS: Final = 1500
#: How far a corner is moved in each round, in modules.
_POLISH_STEPS: Final = (0.6, 0.3, 0.3, 0.15)
#: Patterns that lie off a plane by less than this many modules are on it.
_FLAT: Final = 0.33
#: How a bend is found: the degree of the surface fitted in each step, or 0 and how far a local step smooths (modules).
_STEPS: Final = ((3, 0.0),) * 3 + ((4, 0.0),) * 3 + ((0, 4.0), (0, 2.5))


_ANGLE: Final = 2.0 * np.pi * (np.arange(PER_MODULE) + 0.5) / PER_MODULE
_HARMONIC: Final = np.column_stack([np.cos(_ANGLE), np.sin(_ANGLE), np.ones(PER_MODULE)]).astype(np.float32)


def refine_plane(gray: Gray, grid: Grid, *, reaches: tuple[float, ...], anchors: Floats | None = None) -> Grid:
    """The flat grid after one fit for each reach: only edges up to that many modules from an anchor have a say.

    `anchors` are (n, 2) module coordinates; without them everything has a say from the start.
    """
    for reach in reaches:
        offsets, weights = offsets_of(gray, grid)
        if anchors is not None:
            weights = weights * _near(grid.size, anchors, reach)
        chosen = np.flatnonzero(weights)
        if chosen.size < _LEAST_POINTS:
            return grid
        chosen = chosen[:: chosen.size // _MOST_POINTS + 1]
        modules = _middles(grid.size)[chosen]
        pixels = apply_plane(grid.plane, modules + offsets.reshape(-1, 2)[chosen].astype(np.float64))
        plane = plane_through(modules, pixels, weights.reshape(-1)[chosen].astype(np.float64))
        if plane is None:
            return grid
        grid = Grid(grid.version, plane)
    return grid


def polish(gray: Gray, grid: Grid) -> Grid:
    """A flat grid whose corners were moved, one after the other, as the known modules like it.

    For blurred codes, whose edges have no phase left. The same grid when no move is better.
    """
    size = float(grid.size)
    modules = np.array([(0, 0), (size, 0), (size, size), (0, size)])
    corners = apply_plane(grid.plane, modules)
    module_px = float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).mean()) / size
    best, most = grid, abs(agreement(gray, grid))
    for step in _POLISH_STEPS:
        for place in range(8):
            for move in (step * module_px, -step * module_px):
                moved = corners.copy()
                moved.flat[place] += move
                plane = plane_through(modules, moved)
                if plane is None:
                    continue
                other = Grid(grid.version, plane)
                fits = abs(agreement(gray, other))
                if fits > most:
                    best, most, corners = other, fits, moved
                    break
    return best


def bend_through(version: int, plane: Floats, modules: Floats, pixels: Floats) -> Field | None:
    """The bend that brings (n, 2) modules to their pixels, or None when the plane alone does, to a third of a module.

    The corners of three finder patterns give two pairs of lines, at both ends of the code: enough for how a cylinder
    narrows towards its sides.
    """
    if abs(np.linalg.det(plane)) < 1e-9:
        return None
    off = apply_plane(np.asarray(np.linalg.inv(plane), np.float64), pixels) - modules
    if not np.isfinite(off).all() or np.abs(off).max() < _FLAT or np.abs(off).max() > size_of(version) / 4:
        return None
    size = size_of(version)
    x, y = (2.0 * modules / size - 1.0).T
    powers = _powers(3)
    rows = np.column_stack([x**i * y**j for i, j in powers])
    # The higher a term, the less it may be used: twelve points do not fix twenty numbers.
    shy = np.diag([1e-3 * 4.0 ** (i + j) for i, j in powers])
    solved = np.linalg.solve(rows.T @ rows + shy, rows.T @ off).astype(np.float32)
    return product(_surface(size, 3), solved)


def refine_bend(gray: Gray, grid: Grid) -> Grid:
    """The grid with the bend that the known modules like best: surfaces fitted to the offsets, then what is left.

    Surfaces are fitted first to how the offset changes from module to module, which is known even where it is more
    than the half module that a phase can tell, and to the offset itself only at the finder patterns.
    """
    size = grid.size
    best, most = grid, abs(agreement(gray, grid))
    bend = np.zeros((size, size, 2), np.float32) if grid.bend is None else grid.bend
    for degree, local in _STEPS:
        offsets, weights = offsets_of(gray, Grid(grid.version, grid.plane, bend), 1.5 if degree else 2.5)
        if degree:
            basis = _surface(size, degree)
            step = product(basis, _fitted(*_slopes(basis, offsets, weights, _at_finders(grid.version))))
        else:
            step = _smoothed(offsets, weights, local)
        bend = (bend + step).astype(np.float32)
        bent = Grid(grid.version, grid.plane, bend)
        fits = abs(agreement(gray, bent))
        if fits > most:
            best, most = bent, fits
    return best


def _fitted(rows: Field, wanted: Field, weights: Field) -> Field:
    """(terms, 2): the surfaces nearest to (n, 2) wanted values, n weights."""
    heavy = rows * weights[:, None]
    normal = gram(heavy, rows) + 1e-3 * float(weights.sum() + 1.0) * np.eye(rows.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(normal, gram(heavy, wanted)), np.float32)


def _slopes(basis: Field, offsets: Field, weights: Field, fixed: Field) -> tuple[Field, Field, Field]:
    """What a surface must fit: how it changes over two modules across and down, and its height where `fixed`."""
    terms = basis.shape[2]
    rows, wanted, sure = [], [], []
    for here, there in ((np.s_[::2, :-2], np.s_[::2, 2:]), (np.s_[:-2, ::2], np.s_[2:, ::2])):
        change = offsets[there] - offsets[here]
        rows.append((basis[there] - basis[here]).reshape(-1, terms))
        wanted.append((change - np.round(change)).reshape(-1, 2))
        sure.append(np.minimum(weights[here], weights[there]).ravel() * basis.shape[0] / 2.0)
    chosen = fixed > 0
    rows.append(basis[chosen])
    wanted.append(offsets[chosen])
    sure.append(weights[chosen])
    return np.concatenate(rows), np.concatenate(wanted), np.concatenate(sure)


def offsets_of(gray: Gray, grid: Grid, around: float = 2.5) -> tuple[Field, Field]:
    """How far the edges near each module lie beside the grid's lines, (size, size, 2) in modules, and how sure that is.

    Sureness is 0 to 1; 0 where phases `around` (one sigma, in modules) do not agree with each other.
    """
    seen: Field = rectify(gray, grid, PER_MODULE).astype(np.float32)
    across, sure_across = _phase(np.abs(seen[:, 2:] - seen[:, :-2]), around, vertical=False)
    down, sure_down = _phase(np.abs(seen[2:, :] - seen[:-2, :]), around, vertical=True)
    sure = np.minimum(sure_across, sure_down)
    sure[sure < _LEAST_COHERENCE] = 0.0
    return np.stack([across, down], axis=-1), sure


def _phase(edges: Field, around: float, *, vertical: bool) -> tuple[Field, Field]:
    """Offset and coherence of each module's neighbourhood from the edges along one direction."""
    if vertical:
        down, sure = _phase(np.ascontiguousarray(edges.T), around, vertical=False)
        return np.ascontiguousarray(down.T), np.ascontiguousarray(sure.T)
    height = edges.shape[0]
    size = height // PER_MODULE
    rows = np.pad(edges, ((0, 0), (1, 1))).reshape(size, PER_MODULE, -1).sum(axis=1).reshape(size, size, PER_MODULE)
    layers = product(rows, _HARMONIC)
    blurred = np.asarray(cv2.GaussianBlur(layers, (0, 0), around, borderType=cv2.BORDER_REPLICATE), np.float32)
    real, imaginary, total = blurred[..., 0], blurred[..., 1], blurred[..., 2]
    floor = 0.25 * float(total.mean()) + 1e-3
    offset = np.arctan2(imaginary, real) / (2.0 * np.pi)
    return offset.astype(np.float32), (np.hypot(real, imaginary) / np.maximum(total, floor)).astype(np.float32)


def _smoothed(offsets: Field, weights: Field, around: float) -> Field:
    """The offsets' weighted mean around each module; none where nothing is sure."""
    layers = np.dstack([offsets * weights[..., None], weights])
    blurred = np.asarray(cv2.GaussianBlur(layers, (0, 0), around), np.float32)
    return np.asarray(blurred[..., :2] / (blurred[..., 2:] + 0.05), np.float32)


@lru_cache(maxsize=40)
def _middles(size: int) -> Floats:
    y, x = np.mgrid[:size, :size]
    return np.column_stack([x.ravel(), y.ravel()]) + 0.5


@lru_cache(maxsize=80)
def _surface(size: int, degree: int) -> Field:
    """(size, size, terms): the products of powers of x and y up to `degree`, x and y from -1 to 1."""
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    return np.dstack([x**i * y**j for i, j in _powers(degree)])


def _powers(degree: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]


def _near(size: int, anchors: Floats, reach: float) -> Field:
    middles = _middles(size)
    apart = np.sqrt(((middles[:, None, :] - anchors[None]) ** 2).sum(axis=2)).min(axis=1)
    return np.asarray(apart.reshape(size, size) < reach, np.float32)


@lru_cache(maxsize=40)
def _at_finders(version: int) -> Field:
    """1 on the modules of the finder patterns."""
    flags = np.zeros((size_of(version),) * 2, np.float32)
    flags[:7, :7] = flags[:7, -7:] = flags[-7:, :7] = 1.0
    return flags
