"""What a shift came to, from its records: counts, times and the commonest reason why a code could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from firmware.ledger.record import NO_LANE, Record
from firmware.model import ClockLevel, Family, Reason, Word

#: A longer pause between two verdicts is a pause, and no time that a car took.
PAUSE_S: Final = 600.0
_UNSURE_TIME: Final = frozenset({ClockLevel.T0, ClockLevel.T1})


@dataclass(frozen=True, slots=True)
class Shift:
    """Figures alone; nothing in here is about a person or a car. None where there is too little to say it."""

    total: int
    first_s: float | None
    last_s: float | None
    families: dict[Family, int]
    reasons: dict[Reason, int]
    unread: int
    cause: Word | None  # the commonest one of what could not be read
    cause_count: int
    answer_ms: float | None  # median, from the code in view to the verdict
    car_s: float | None  # median, from one verdict to the next, pauses left out
    unsure_time: int  # records whose time was only a floor
    lanes: dict[int, int]  # number of a lane -> its records; those that say no lane are left out

    @property
    def unread_share(self) -> float | None:
        return self.unread / self.total if self.total else None


def shift_of(records: Iterable[Record]) -> Shift:
    """The figures of these records, in the order in which they were written."""
    kept = list(records)
    times = [record.utc_s for record in kept]
    gaps = [after - before for before, after in pairwise(times) if 0 < after - before <= PAUSE_S]
    unread = [record for record in kept if record.reason is Reason.UNREADABLE]
    causes = Counter(record.word for record in unread if record.word is not None).most_common(1)
    families = Counter(record.family for record in kept)
    reasons = Counter(record.reason for record in kept)
    return Shift(
        total=len(kept),
        first_s=min(times, default=None),
        last_s=max(times, default=None),
        families={family: families[family] for family in Family if families[family]},
        reasons=dict(reasons.most_common()),
        unread=len(unread),
        cause=causes[0][0] if causes else None,
        cause_count=causes[0][1] if causes else 0,
        answer_ms=median(record.elapsed_ms for record in kept) if kept else None,
        car_s=median(gaps) if gaps else None,
        unsure_time=sum(record.level in _UNSURE_TIME for record in kept),
        lanes=dict(sorted(Counter(record.lane for record in kept if record.lane != NO_LANE).items())),
    )
