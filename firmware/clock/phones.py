"""The queue as a witness: what the live codes of genuine phones say about our clock (docs/decisions/0023).

Pure. A live code is signed by its holder's phone, whose clock nobody vouches for; and an old code can be kept and shown again. So
codes never make time earlier, never bound it from above, and one phone proves nothing: only five different holders in a row do.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from firmware.clock.interval import DRIFT_PPM

HOLDERS: Final = 5
#: A phone's clock may be off by this much (the default of a post's allowance).
PHONE_ERROR_S: Final = 15.0
#: A live code is shown for this long after it was made.
LIFE_S: Final = 60.0


class Says(Enum):
    """How codes stand to the time that we would go by."""

    FITS = "fits"
    LATER = "later"  # made after the latest instant that is possible by our clock
    EARLIER = "earlier"  # over before the earliest instant that is possible by our clock


@dataclass(frozen=True, slots=True)
class _Code:
    holder: bytes
    offset_s: float  # made_s - steady_s at which it was seen
    steady_s: float
    says: Says

    def late_s(self, steady_s: float) -> float:
        """The latest lower bound of true time that this code, taken alone, gives at `steady_s`."""
        drift_s = max(0.0, steady_s - self.steady_s) * DRIFT_PPM / 1e6
        return steady_s + self.offset_s - PHONE_ERROR_S - drift_s


class Phones:
    """The last codes of five different holders, in memory alone."""

    def __init__(self) -> None:
        self._codes: deque[_Code] = deque(maxlen=HOLDERS)
        self._bound: _Code | None = None

    def hear(self, holder: bytes, made_s: float, steady_s: float, lo_s: float, hi_s: float) -> Says | None:
        """One genuine live code, beside the interval of our own clock: what five holders in a row agree on, or None."""
        if made_s - PHONE_ERROR_S > hi_s:
            says = Says.LATER
        elif made_s + LIFE_S + PHONE_ERROR_S < lo_s:
            says = Says.EARLIER
        else:
            says = Says.FITS
        code = _Code(holder, made_s - steady_s, steady_s, says)
        others = [other for other in self._codes if other.holder != holder]
        self._codes = deque([*others, code], maxlen=HOLDERS)
        if len(self._codes) < HOLDERS:
            return None
        self._raise_bound(steady_s)
        return self._agreed()

    def earliest_s(self, steady_s: float) -> float | None:
        """True time is not before this, unless five holders in a row were fast together. Never moves back."""
        return None if self._bound is None else self._bound.late_s(steady_s)

    def _raise_bound(self, steady_s: float) -> None:
        lowest = min(self._codes, key=lambda code: code.late_s(steady_s))
        if self._bound is None or lowest.late_s(steady_s) > self._bound.late_s(steady_s):
            self._bound = lowest

    def _agreed(self) -> Says | None:
        """Five that say the same; of codes that are over also the same offset, within a code's life and two phones' errors."""
        first = self._codes[0].says
        if any(code.says is not first for code in self._codes):
            return None
        offsets = [code.offset_s for code in self._codes]
        if first is Says.EARLIER and max(offsets) - min(offsets) > LIFE_S + 2 * PHONE_ERROR_S:
            return None
        return first
