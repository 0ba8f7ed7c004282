"""Several frames of one code -> one soft grid: glare moves, noise changes, and what the code says does not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.scanner.rescue.format import Format, Soft
from firmware.scanner.rescue.layout import Indices, blocks_of, layout_of

#: Frames that are summed; older ones are forgotten.
FRAMES: Final = 8
#: Codes that are remembered side by side: two documents may lie in view, and one bad grid must not end a good sum.
_CODES: Final = 3
#: Parity of two grids that agrees less than this is of two codes: 1 is all of it, 0 is chance.
_SAME: Final = 0.2
#: The same for each block, which has fewer modules to tell by.
_SAME_BLOCK: Final = 0.05
#: A block's parity that a frame shows agrees with the answer more than this; chance is 0, and noise leaves a half.
_SHOWN: Final = 0.2
#: Less than so many modules' worth of light shows nothing.
_SHOWN_MODULES: Final = 12.0


@dataclass(slots=True, eq=False)
class _Sum:
    version: int
    level: str
    mask: int
    grids: deque[Soft]
    seen: int

    def total(self) -> Soft:
        return np.asarray(np.sum(np.stack(self.grids), axis=0), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The sum of several frames' grids, and each of them."""

    soft: Soft
    grids: tuple[Soft, ...]


class Fusion:
    """The soft grids of the last frames, by code: same version, level and mask, and parity that agrees.

    Holds one float for each module and frame, no picture. Make one for each camera; give it each frame once, and call
    `forget` when a code was read or the scene has changed.
    """

    def __init__(self, frames: int = FRAMES) -> None:
        self._frames = frames
        self._sums: list[_Sum] = []
        self._turn = 0

    def add(self, soft: Soft, version: int, form: Format) -> Together | None:
        """This grid with those of the same code in frames before it; None when it is the first of its code."""
        self._turn += 1
        self._sums = [known for known in self._sums if self._turn - known.seen <= self._frames]
        for known in self._sums:
            same_kind = (known.version, known.level, known.mask) == (version, form.level, form.mask)
            if same_kind and _same(known.total(), soft, version, form.level):
                known.grids.append(soft)
                known.seen = self._turn
                return Together(known.total(), tuple(known.grids))
        grids = deque([soft], maxlen=self._frames)
        self._sums.append(_Sum(version, form.level, form.mask, grids, self._turn))
        self._sums = sorted(self._sums, key=lambda known: -known.seen)[:_CODES]
        return None

    def forget(self) -> None:
        self._sums.clear()


def all_show(grids: tuple[Soft, ...], answer: NDArray[np.int8], version: int, level: str) -> bool:
    """Whether each frame, as far as it shows anything, shows the parity of each block of the answer.

    Two codes of one office may differ in a few characters only, and a sum of both could give a text that neither has.
    But one character changes all of its block's parity.
    """
    modules = _parity_modules(version, level)
    wanted = answer.reshape(-1)[modules]
    for soft in grids:
        shown = soft.reshape(-1)[modules] * wanted
        weight = np.abs(shown).sum(axis=1)
        if (shown.sum(axis=1) < _SHOWN * weight)[weight > _SHOWN_MODULES].any():
            return False
    return True


def _same(one: Soft, other: Soft, version: int, level: str) -> bool:
    """Whether two grids' parity agrees, each module counting by what both of them know of it, and in every block.

    Not their data: codes of one office begin alike. Not only on the whole: blocks that hold nothing but pads are alike
    in all codes.
    """
    modules = _parity_modules(version, level)
    both = one.reshape(-1)[modules] * other.reshape(-1)[modules]
    known = np.abs(both)
    if both.sum() < _SAME * known.sum():
        return False
    shares = both.sum(axis=1) / np.maximum(known.sum(axis=1), 1e-6)
    return bool((shares[known.sum(axis=1) > _SHOWN_MODULES] > _SAME_BLOCK).all())


@lru_cache(maxsize=40)
def _parity_modules(version: int, level: str) -> Indices:
    """(blocks, modules): flat indices of the modules of each block's correction codewords."""
    blocks = blocks_of(version, level)
    return layout_of(version).order.reshape(-1, 8)[blocks.at[:, -blocks.parity :]].reshape(len(blocks.at), -1)
