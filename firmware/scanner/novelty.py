"""How long the view has not changed: an empty lane at night needs no hard looking. Time is an argument."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray

_COLUMNS: Final = 80
_ROWS: Final = 45
#: A sample that moved by this many grey levels changed: noise of an ordinary frame does not reach it. In the dark it
#: does, and then every frame is new, which costs time and misses nothing.
_CHANGED_BY: Final = 20
#: A phone of a hundredth of the frame is some 36 of the 3600 samples.
_CHANGED_SHARE: Final = 0.005


class Novelty:
    """Compares a thin sample of each frame with that of the last frame that was different."""

    def __init__(self) -> None:
        self._view: NDArray[np.int16] | None = None
        self._since_s = 0.0

    def unchanged_s(self, gray: Gray, now_s: float) -> float:
        """For how many seconds the view has been this one; 0 for a new one. Slow changes add up to a change."""
        height, width = gray.shape
        view = gray[:: max(1, height // _ROWS), :: max(1, width // _COLUMNS)].astype(np.int16)
        if self._view is not None and view.shape == self._view.shape:
            changed = np.count_nonzero(np.abs(view - self._view) > _CHANGED_BY)
            if changed <= _CHANGED_SHARE * view.size:
                return now_s - self._since_s
        self._view, self._since_s = view, now_s
        return 0.0
