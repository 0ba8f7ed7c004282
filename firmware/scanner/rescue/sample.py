"""Grid + frame -> soft modules: light over the middle of each module, against its neighbourhood's black and white."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray
from firmware.scanner.rescue.algebra import gram, product
from firmware.scanner.rescue.format import Soft
from firmware.scanner.rescue.grid import Grid, rectify
from firmware.scanner.rescue.layout import layout_of

#: Points a module; the mean of the inner ones is its light.
_PER_MODULE: Final = 4
#: Black and white are those of about this many modules around (one sigma).
_NEIGHBOURHOOD: Final = 4.0
#: What is kept of a module that says nothing: its sign, for want of a better guess, and hardly any weight.
_DOUBTFUL: Final = 0.02
#: A module at the rim of a stain may be half covered.
_RIM: Final = 0.5
#: A square this large of one colour does not happen in masked data (once in 2 ** 16): something lies on the code.
_STAIN: Final = 4


def sample(gray: Gray, grid: Grid) -> Soft:
    """(size, size) of about -1 light to +1 dark, near 0 where the light says nothing. An inverted code is turned."""
    seen = rectify(gray, grid, _PER_MODULE)
    inner = seen.reshape(grid.size, _PER_MODULE, grid.size, _PER_MODULE)[:, 1:-1, :, 1:-1]
    light = inner.mean(axis=(1, 3), dtype=np.float32)
    known = layout_of(grid.version).known
    flat = light - cv2.blur(light, (9, 9))
    if float((flat * known).sum()) > 0.0:
        light = 255.0 - light
    soft, contrast = _against_neighbours(light)
    soft = _equalised(soft, known)
    soft *= np.clip(contrast * 2.0, _DOUBTFUL, 1.0)
    stains = _stains(soft, known)
    rims = cv2.dilate(stains.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    soft *= np.where(stains, _DOUBTFUL, np.where(rims, _RIM, 1.0)).astype(np.float32)
    return soft


def _against_neighbours(light: Soft) -> tuple[Soft, Soft]:
    """-1 at the neighbourhood's white, +1 at its black; and its contrast, where the code's usual one is 1."""
    middle = cv2.GaussianBlur(light, (0, 0), _NEIGHBOURHOOD)
    half = np.ones_like(light)
    for _ in range(3):
        dark = (light < middle).astype(np.float32)
        layers = np.dstack([light * dark, dark, light * (1 - dark), 1 - dark])
        black, blacks, white, whites = np.moveaxis(cv2.GaussianBlur(layers, (0, 0), _NEIGHBOURHOOD), -1, 0)
        black, white = black / np.maximum(blacks, 1e-3), white / np.maximum(whites, 1e-3)
        middle, half = (black + white) / 2.0, (white - black) / 2.0
    usual = max(float(np.median(half)), 1.0)
    soft = (middle - light) / np.maximum(half, 0.25 * usual)
    return np.clip(soft, -1.5, 1.5).astype(np.float32), (half / usual).astype(np.float32)


def _equalised(soft: Soft, known: NDArray[np.int8]) -> Soft:
    """Each module told apart from the light of its neighbours: the 5 x 5 filter that fits the known modules best.

    Blur, motion and small modules smear each module over the next ones. The finder, timing and alignment patterns
    show how, and modules read with full contrast join them in a second pass.
    """
    size = soft.shape[0]
    padded = np.pad(soft, 2, constant_values=-1.0)
    around = np.lib.stride_tricks.sliding_window_view(padded, (5, 5)).reshape(size * size, 25)
    target, weight = known.ravel().astype(np.float32), (known.ravel() != 0).astype(np.float32)
    answer = soft.ravel()
    for _ in range(2):
        chosen = np.flatnonzero(weight)
        rows = around[chosen]
        heavy = rows * weight[chosen, None]
        normal = gram(heavy, rows) + 0.05 * weight.sum() * np.eye(25, dtype=np.float32)
        change = np.linalg.solve(normal, gram(heavy, (target[chosen] - rows[:, 12])[:, None]))
        change[12] += 1.0
        answer = np.clip(product(around, change.astype(np.float32)), -1.5, 1.5).ravel()
        sure = (np.abs(answer) > 0.6) & (known.ravel() == 0)
        target = np.where(known.ravel() != 0, known.ravel(), np.sign(answer)).astype(np.float32)
        weight = np.where(known.ravel() != 0, 1.0, 0.5 * sure).astype(np.float32)
    return np.asarray(answer.reshape(size, size), np.float32)


def _stains(soft: Soft, known: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Modules inside squares of one colour that are too large to be data."""
    square, last = np.ones((_STAIN, _STAIN), np.uint8), _STAIN - 1
    stain = np.zeros(soft.shape, np.uint8)
    for colour in (soft > 0, soft <= 0):
        # Not cv2's opening: for a square of even side it gives back a shifted one.
        whole = cv2.erode(colour.astype(np.uint8), square, anchor=(0, 0), borderValue=0)
        stain |= np.asarray(cv2.dilate(whole, square, anchor=(last, last), borderValue=0), np.uint8)
    return np.asarray((stain > 0) & (known == 0), np.bool_)
