"""Time as the steps see it: an argument, so that a test plays 90 seconds in a moment."""

from __future__ import annotations

import time
from typing import Protocol


class Pace(Protocol):
    """Seconds that only go forward, and a way to let some pass."""

    def now_s(self) -> float: ...

    def pause(self, seconds: float) -> None: ...


class RealPace:
    """The host's monotonic clock."""

    def now_s(self) -> float:
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))
