"""Several frames of one code -> one soft grid: glare moves, noise changes, and what the code says does not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware.scanner.rescue.format import Format, Soft
from firmware.scanner.rescue.layout import layout_of

#: Frames that are summed; older ones are forgotten.
FRAMES: Final = 8
#: Codes that are remembered side by side: two documents may lie in view, and one bad grid must not end a good sum.
_CODES: Final = 3
#: Data of two grids that agrees less than this is of two codes: 1 is all of it, 0 is chance.
_SAME: Final = 0.3


@dataclass(slots=True, eq=False)
class _Sum:
    version: int
    level: str
    mask: int
    grids: deque[Soft]
    seen: int

    def total(self) -> Soft:
        return np.asarray(np.sum(np.stack(self.grids), axis=0), np.float32)


class Fusion:
    """The soft grids of the last frames, by code: same version, level and mask, and data that agrees.

    Holds one float for each module and frame, no picture. Make one for each camera; give it each frame once, and call
    `forget` when a code was read or the scene has changed.
    """

    def __init__(self, frames: int = FRAMES) -> None:
        self._frames = frames
        self._sums: list[_Sum] = []
        self._turn = 0

    def add(self, soft: Soft, version: int, form: Format) -> Soft | None:
        """This grid and those of the same code in frames before it, summed; None when it is the first of its code."""
        self._turn += 1
        self._sums = [known for known in self._sums if self._turn - known.seen <= self._frames]
        for known in self._sums:
            same_kind = (known.version, known.level, known.mask) == (version, form.level, form.mask)
            if same_kind and _alike(known.total(), soft, version) > _SAME:
                known.grids.append(soft)
                known.seen = self._turn
                return known.total()
        grids = deque([soft], maxlen=self._frames)
        self._sums.append(_Sum(version, form.level, form.mask, grids, self._turn))
        self._sums = sorted(self._sums, key=lambda known: -known.seen)[:_CODES]
        return None

    def forget(self) -> None:
        self._sums.clear()


def _alike(one: Soft, other: Soft, version: int) -> float:
    """The agreement of two grids' data, each module counting by what both of them know of it."""
    both = (one * other).reshape(-1)[layout_of(version).order]
    return float(both.sum() / max(float(np.abs(both).sum()), 1e-6))
