"""The system clock as a source: believed when the kernel calls it synchronised, and then only as heard (nobody authenticated it).

After a good reading time runs on the steady clock: setting the system clock afterwards changes nothing here.
"""

from __future__ import annotations

from typing import Final

from firmware.clock.host import Reading
from firmware.clock.interval import Rank, Sample

#: Half-widths: what the kernel says, but at least 2 s, as NTP was not authenticated; 5 s for a clock set by hand.
MIN_SYNCED_DOUBT_S: Final = 2.0
UNSYNCED_DOUBT_S: Final = 5.0
#: A kernel that calls itself synchronised with a larger error than this is not.
MAX_KERNEL_ERROR_S: Final = 16.0
KERNEL: Final = "kernel"
SYSTEM: Final = "system"  # the system clock that nobody synchronised
_WHY: Final = {
    KERNEL: "synchronised, as the kernel says (NTP, not authenticated)",
    SYSTEM: "not synchronised; believed because clock.trust_system allows it",
}


class KernelClock:
    """Watches the readings of one run. `sample` is what is believed now, `why` one line about it."""

    def __init__(self, *, trust_system: bool) -> None:
        self._trust_system = trust_system
        self.sample: Sample | None = None
        self.why = "not asked yet"

    def consider(self, reading: Reading, floor_s: float) -> None:
        """Take the reading when it deserves it, and say why or why not."""
        self._forget_below(floor_s, reading.boot_s)
        offered = self._offer(reading)
        if offered is None:
            if self.sample is not None:
                self.why = "not synchronised now: running on from the last good reading"
            elif "below the floor" not in self.why:
                self.why = "the system clock is not synchronised: only the floor is known"
            return
        if offered.hi_s < floor_s:
            self.why = "the system clock is below the floor of signed dates: refused"
            return
        running = self.sample
        if running is None or running.source == SYSTEM or running.at(offered.steady_s).meets(offered):
            self.sample, self.why = offered, _WHY[offered.source]
        else:
            self.why = "the system clock was set since the last good reading: ignored, running on"

    def _forget_below(self, floor_s: float, boot_s: float) -> None:
        if self.sample is not None and self.sample.at(boot_s).hi_s < floor_s:
            self.sample = None
            self.why = "the clock was below the floor of signed dates: only the floor is known"

    def _offer(self, reading: Reading) -> Sample | None:
        error_s = reading.kernel_error_s
        if error_s is not None and error_s <= MAX_KERNEL_ERROR_S:
            doubt_s = max(MIN_SYNCED_DOUBT_S, error_s)
            return Sample.around(KERNEL, Rank.HEARD, reading.wall_s, doubt_s, reading.boot_s)
        if self._trust_system and self.sample is None:
            return Sample.around(SYSTEM, Rank.HEARD, reading.wall_s, UNSYNCED_DOUBT_S, reading.boot_s)
        return None
