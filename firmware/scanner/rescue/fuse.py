"""Several frames of one code -> one soft grid: glare moves, noise changes, and what the code says does not."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from firmware.scanner.rescue.format import Soft

#: Frames that are summed; older ones are forgotten.
FRAMES: Final = 8
#: Two grids whose doubtless modules agree less than this are of two codes: 1 is all agree, 0 is chance.
_SAME: Final = 0.35


class Fusion:
    """The soft grids of the last frames of one code; another version, level, mask or content begins anew.

    Holds one float for each module and frame, no picture. Give one to `rescue` for each camera, and call `forget` when
    the scene has changed or a code was read.
    """

    def __init__(self, frames: int = FRAMES) -> None:
        self._grids: deque[Soft] = deque(maxlen=frames)
        self._kind: tuple[int, str, int] | None = None

    def add(self, soft: Soft, kind: tuple[int, str, int]) -> Soft | None:
        """The sum with the frames before, scaled as one frame is; None when there is none of this code before it."""
        before = self.total()
        if self._kind != kind or before is None or _alike(before, soft) < _SAME:
            self._grids.clear()
        self._kind = kind
        self._grids.append(soft)
        return self.total() if len(self._grids) > 1 else None

    def total(self) -> Soft | None:
        """The sum of the grids held: two frames that agree are surer than one. None when there are none."""
        if not self._grids:
            return None
        return np.asarray(np.sum(np.stack(self._grids), axis=0), np.float32)

    def forget(self) -> None:
        self._grids.clear()
        self._kind = None


def _alike(one: Soft, other: Soft) -> float:
    """The agreement of two grids' signs, each module counting by what both of them know of it."""
    both = one * other
    return float(both.sum() / max(float(np.abs(both).sum()), 1e-6))
