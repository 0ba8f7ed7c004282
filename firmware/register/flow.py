"""Two rows of marks side by side: each gives what lies below a bound, whatever the size of the batches that it comes in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from firmware.register.bits import Bits, Numbers

Marks = tuple[Numbers, Bits]


class Flow:
    """Marks in order, taken by position. `taken` counts those that are gone: the rank of the next."""

    def __init__(self, batches: Iterator[Marks]) -> None:
        self._batches = batches
        self._positions, self._states = np.zeros(0, np.int64), np.zeros(0, np.uint8)
        self._more = True
        self.taken = 0

    def reach(self) -> int | None:
        """The position behind the last mark that is at hand; None when all are gone."""
        while self._more and not len(self._positions):
            self._read()
        return int(self._positions[-1]) + 1 if len(self._positions) else None

    def below(self, bound: int | None) -> Marks:
        """All marks before `bound` (None: all), taken away."""
        while self._more and (bound is None or not len(self._positions) or self._positions[-1] < bound):
            self._read()
        cut = len(self._positions) if bound is None else int(np.searchsorted(self._positions, bound))
        gone = self._positions[:cut], self._states[:cut]
        self._positions, self._states = self._positions[cut:], self._states[cut:]
        self.taken += cut
        return gone

    def _read(self) -> None:
        batch = next(self._batches, None)
        if batch is None:
            self._more = False
            return
        self._positions = np.concatenate((self._positions, batch[0]))
        self._states = np.concatenate((self._states, batch[1]))
