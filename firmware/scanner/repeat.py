"""The same code held off while it stays in view; a different code at once. Time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A code not seen for this long was taken away: seen again, it was shown again (P4).
HOLD_OFF_S: Final = 1.5
#: A code that only a harder look reads is looked for again when it was not read for this long: several tries before the hold-off
#: would take it for gone, and show it anew.
MISSED_S: Final = 0.5
#: More codes than a person can show at once; the one not seen for longest is forgotten first.
MAX_CODES: Final = 16
#: A passed code passes once more when this many frames gave the same bytes: BAD_SIGNATURE waits for it (P9).
CONFIRMED_READS: Final = 2


@dataclass(slots=True)
class _Seen:
    last_s: float
    reads: int


class Repeats:
    """Counts equal readings of each code in view, and says which of them are news."""

    def __init__(self, hold_off_s: float = HOLD_OFF_S) -> None:
        self._hold_off_s = hold_off_s
        self._seen: dict[bytes, _Seen] = {}

    def news(self, payload: bytes, now_s: float, reads: int = 1) -> int | None:
        """How often these bytes were read in this presentation, if that is news; None while they are held off.

        News is the first reading, and the one that confirms it. `reads` is how many readings this frame counts for.
        """
        self.forget(now_s)
        before = self._seen.pop(payload, None)
        had = before.reads if before else 0
        self._seen[payload] = _Seen(now_s, had + reads)  # last in the dict: the order of last sight
        if len(self._seen) > MAX_CODES:
            del self._seen[next(iter(self._seen))]
        if had == 0 or had < CONFIRMED_READS <= had + reads:
            return had + reads
        return None

    def forget(self, now_s: float) -> None:
        """Forget every code that has been out of view for the hold-off time."""
        gone = [payload for payload, seen in self._seen.items() if now_s - seen.last_s >= self._hold_off_s]
        for payload in gone:
            del self._seen[payload]

    def wanted(self, now_s: float) -> bool:
        """Whether a code in view is worth a harder look: it waits for its second reading, or has been missed for a while."""
        self.forget(now_s)
        return any(seen.reads < CONFIRMED_READS or now_s - seen.last_s >= MISSED_S for seen in self._seen.values())

    def in_view(self, now_s: float) -> bool:
        """Whether a code was read within the hold-off time."""
        self.forget(now_s)
        return bool(self._seen)
