"""When to say that a code is not read: after 1.5 s of a code-like thing in view unread, once. Time is an argument."""

from __future__ import annotations

from collections import Counter
from typing import Final

from firmware.model import Unread, Word
from firmware.scanner.exposure import Trouble

#: People need about this long to hold a phone right: coaching earlier would interrupt them (K8).
PATIENCE_S: Final = 1.5
#: Detection blinks from frame to frame: an absence shorter than this is none.
GAP_S: Final = 1.0


class UnreadEpisodes:
    """Collects causes while something unread is in view, and gives one Unread an episode."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._seen_s = 0.0
        self._told = False
        self._causes: Counter[Word] = Counter()

    def read(self) -> None:
        """A code was read: whatever was unread before it is over."""
        self._began_s, self._told = None, False
        self._causes.clear()

    def unread(self, cause: Word, now_s: float) -> Unread | None:
        """Something unread is in view, for this cause. Gives the commonest cause of the episode when it is time."""
        if self._began_s is None or now_s - self._seen_s > GAP_S:
            self.read()
            self._began_s = now_s
        self._seen_s = now_s
        self._causes[cause] += 1
        if self._told or now_s - self._began_s < PATIENCE_S:
            return None
        self._told = True
        return Unread(self._causes.most_common(1)[0][0], now_s)

    def trouble(self, now_s: float) -> Trouble | None:
        """What is unread in view now, and its commonest cause so far; None when there is nothing."""
        if self._began_s is None or now_s - self._seen_s > GAP_S:
            return None
        return Trouble(self._causes.most_common(1)[0][0], self._began_s)
