"""A verdict's picture moved by one pixel, another way each time, so that its strokes do not always light the same pixels. Pure.

No more than a pixel: officers know a verdict by its outline and its place. Nothing that is lit is lost: a way in which the picture
does not fit is left out. The dotted rule may lose its first dot.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firmware.display.screens import BAND_HEIGHT, RULE_Y, WIDTH

#: Columns to the right and rows down; the picture unmoved comes first.
WAYS: Final = ((0, 0), *(way for way in product((1, 0, -1), repeat=2) if way != (0, 0)))

_Lit = NDArray[np.bool_]


def ways_for(picture: Image.Image, *, band: bool) -> tuple[tuple[int, int], ...]:
    """The ways of WAYS in which this picture fits; `band` says that its upper part is lit."""
    lit = np.asarray(picture, dtype=bool)
    columns = np.delete(lit, RULE_Y, axis=0).T
    height = BAND_HEIGHT if band else 0
    across = {0: True, 1: _spare(columns[-1], height), -1: _spare(columns[0], height)}
    down = {0: True, 1: _spare(lit[-1], 0), -1: _spare(lit[0], WIDTH if band else 0)}
    return tuple((x, y) for x, y in WAYS if across[x] and down[y])


def nudged(picture: Image.Image, turn: int, *, band: bool) -> Image.Image:
    """The picture in the way whose turn it is. What comes in at an edge is dark, or more of the lit band."""
    ways = ways_for(picture, band=band)
    x, y = ways[turn % len(ways)]
    lit = np.pad(np.asarray(picture, dtype=bool), 1)
    if band:
        lit[0] = lit[: BAND_HEIGHT + 1, 0] = lit[: BAND_HEIGHT + 1, -1] = True
    moved = lit[1 - y : 1 - y + picture.height, 1 - x : 1 - x + picture.width]
    return Image.fromarray(moved.astype(np.uint8) * 255).convert("1")


def _spare(edge: _Lit, lit: int) -> bool:
    """Whether this edge may be lost: nothing but the band, its first `lit` pixels, is lit on it."""
    return bool(edge[:lit].all()) and not edge[lit:].any()
