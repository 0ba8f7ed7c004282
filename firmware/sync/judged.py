"""Dates under a clock in doubt: surely ended, surely good, or unknown (docs/decisions/0020-freshness-in-doubt.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from firmware.model import Moment, Outcome

_EVER: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether what is shown can be today's, by a clock that knows its doubt.

    Expired is refused only when it surely is: when even the earliest possible time is past it. With a floor alone (T1) a
    repository whose dates lie beyond the floor is taken, and its freshness is UNKNOWN: refusing it would leave a board
    without a clock without data for ever. Versions and the floor of time still never go back, so that such a board can be
    held up at what it has, and cannot be led back behind it.
    """

    moment: Moment
    by_hand: bool = False  # from a stick: whoever carries it decides how old it may be; its freshness is only told

    @property
    def reference(self) -> datetime:
        return _EVER if self.by_hand else datetime.fromtimestamp(max(0.0, self.moment.lo_s), UTC)

    def freshness(self, expires_s: float) -> Outcome:
        if self.moment.lo_s > expires_s:
            return Outcome.BAD
        return Outcome.GOOD if self.moment.hi_s <= expires_s else Outcome.UNKNOWN
