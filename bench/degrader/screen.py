"""A phone's pixels: red, green and blue stripes in a dark grid, averaged exactly over what one ray sees."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float32]

_STRIPE: Final = 0.26  # of a pixel's width that one colour lights; three of them, the rest is dark
_TALL: Final = 0.80  # of a pixel's height that is lit


def grid_light(across: Grid, down: Grid, pixels_a_module: float) -> Grid:
    """(height, width, 3): how much of its full light each colour gives there; 1 on average over whole pixels."""
    x, y = across * np.float32(pixels_a_module), down * np.float32(pixels_a_module)
    # Rays are this far apart on the screen, in its pixels.
    wide, tall = _spacing(x, 1), _spacing(y, 0)
    rows = _lit(y, tall, 0.5 * (1 - _TALL), _TALL) / _TALL
    stripes = [_lit(x, wide, (number + 0.5) / 3 - _STRIPE / 2, _STRIPE) / _STRIPE for number in range(3)]
    return np.asarray(np.stack([rows * stripe for stripe in stripes], axis=-1), dtype=np.float32)


def _spacing(at: Grid, axis: int) -> float:
    return max(float(np.median(np.abs(np.diff(at, axis=axis)))), 1e-3)


def _lit(at: Grid, width: float, begins: float, share: float) -> Grid:
    """Mean over [at - width / 2, at + width / 2] of a wave that is 1 in each pixel from `begins` for `share` of it."""
    half = np.float32(width / 2)
    return np.asarray((_sum(at + half, begins, share) - _sum(at - half, begins, share)) / width, dtype=np.float32)


def _sum(upto: Grid, begins: float, share: float) -> Grid:
    whole = np.floor(upto)
    return np.asarray(whole * share + np.clip(upto - whole - begins, 0.0, share), dtype=np.float32)
