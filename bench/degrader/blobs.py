"""Outlines of lamps, thumbs and stickers, made to cover an exact share of a code's area."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

_SAMPLES: Final = 96  # a side; a share is exact to about a ten-thousandth
_FINDER_KEEP_OUT: Final = 8.5  # modules: the corner pattern and its white rim


@dataclass(frozen=True, slots=True)
class Blob:
    """A superellipse on the sheet, lengths in modules from the code's middle. `power` 2 is round, 8 nearly a rectangle."""

    x: float
    y: float
    long: float
    wide: float
    turn_rad: float
    power: float

    def field(self, across: Field, down: Field) -> Field:
        """1 on the outline, less inside, more outside; grows in proportion to the distance from its middle."""
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        a = np.abs((across - self.x) * cos + (down - self.y) * sin) / self.long
        b = np.abs((down - self.y) * cos - (across - self.x) * sin) / self.wide
        # The larger one taken out first: powers of what is far outside do not fit a number.
        most = np.maximum(np.maximum(a, b), 1e-6)
        return np.asarray(
            most * ((a / most) ** self.power + (b / most) ** self.power) ** (1 / self.power), dtype=np.float32
        )

    def grown(self, factor: float) -> Blob:
        return replace(self, long=self.long * factor, wide=self.wide * factor)

    def shifted(self, x: float, y: float) -> Blob:
        return replace(self, x=self.x + x, y=self.y + y)


def _plane(rows: int, columns: int) -> tuple[Field, Field]:
    across = (np.arange(_SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES * columns - columns / 2
    down = (np.arange(_SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES * rows - rows / 2
    grid = np.meshgrid(across, down)
    return np.asarray(grid[0], dtype=np.float32), np.asarray(grid[1], dtype=np.float32)


def covering(blob: Blob, share: float, rows: int, columns: int) -> Blob:
    """The blob grown or shrunk until this share (0 to 1) of the code's area lies inside it."""
    across, down = _plane(rows, columns)
    return blob.grown(float(np.quantile(blob.field(across, down), min(share, 1.0))))


def lamp(share: float, rows: int, columns: int, rng: np.random.Generator) -> Blob:
    """A mirrored bulb, tube or window somewhere on the code, clipping this share of it."""
    shape = int(rng.integers(3))
    aspect = (1.0, 0.28, 0.75)[shape]
    x, y = (float(rng.uniform(-0.3, 0.3)) * side for side in (columns, rows))
    blob = Blob(x, y, 1.0, aspect, float(rng.uniform(0, math.pi)), (2.0, 4.0, 8.0)[shape])
    return covering(blob, share, rows, columns)


def cover(share: float, rows: int, columns: int, rng: np.random.Generator) -> Blob:
    """A thumb from an edge or a sticker inside, that leaves the finder patterns free wherever its size allows that."""
    across, down = _plane(rows, columns)
    finders = _finder_corners(across, down, rows, columns)
    best, least = None, 2.0
    for _ in range(60):
        blob = covering(
            _thumb(rows, columns, rng) if rng.random() < 0.5 else _sticker(rows, columns, rng), share, rows, columns
        )
        hidden = float((blob.field(across, down)[finders] < 1.05).mean()) if finders.any() else 0.0
        if hidden < least:
            best, least = blob, hidden
        if hidden == 0.0:
            break
    assert best is not None
    return best


def _finder_corners(across: Field, down: Field, rows: int, columns: int) -> NDArray[np.bool_]:
    left, top = across < _FINDER_KEEP_OUT - columns / 2, down < _FINDER_KEEP_OUT - rows / 2
    right, bottom = across > columns / 2 - _FINDER_KEEP_OUT, down > rows / 2 - _FINDER_KEEP_OUT
    return (left & top) | (right & top) | (left & bottom)


def _thumb(rows: int, columns: int, rng: np.random.Generator) -> Blob:
    along = float(rng.uniform(-0.1, 0.5))
    turn = float(rng.uniform(-0.35, 0.35))
    if rng.random() < 0.5:
        return Blob(columns * 0.55, rows * along, 1.0, 0.62, turn, 2.4)
    return Blob(columns * along, rows * 0.55, 1.0, 0.62, turn + math.pi / 2, 2.4)


def _sticker(rows: int, columns: int, rng: np.random.Generator) -> Blob:
    x, y = float(rng.uniform(-0.35, 0.45)) * columns, float(rng.uniform(-0.35, 0.45)) * rows
    return Blob(x, y, 1.0, float(rng.uniform(0.5, 1.0)), float(rng.uniform(-0.4, 0.4)), 9.0)
