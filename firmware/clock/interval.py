"""Interval arithmetic of time: samples that grow by drift, how samples of several sources are combined, who outranks whom.

Pure: `steady_s` (see host.py) and every figure come in as arguments. Nothing is ever averaged: intervals are intersected, and where
two cannot both be true the higher rank stays, or of one rank both are spanned, and it is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from firmware.model import ClockLevel

#: A Pi's crystal over its temperature range.
DRIFT_PPM: Final = 100.0


class Rank(IntEnum):
    """How well a source is guarded against somebody who wants another time here."""

    HEARD = 1  # anybody near may imitate it: NTP without authentication, GNSS, a clock set by hand
    KEPT = 2  # a battery-backed clock that was set from proven time, and whose oscillator never stopped
    PROVEN = 3  # authenticated, in this boot: NTS, or a signed reply to our own nonce

    @property
    def level(self) -> ClockLevel:
        return ClockLevel.T3 if self is Rank.PROVEN else ClockLevel.T2


@dataclass(frozen=True, slots=True)
class Sample:
    """At `steady_s` true time lay in [lo_s, hi_s] (UTC seconds), as `source` says."""

    source: str
    rank: Rank
    lo_s: float
    hi_s: float
    steady_s: float

    @classmethod
    def around(cls, source: str, rank: Rank, utc_s: float, half_width_s: float, steady_s: float) -> Sample:
        return cls(source, rank, utc_s - half_width_s, utc_s + half_width_s, steady_s)

    @property
    def utc_s(self) -> float:
        return (self.lo_s + self.hi_s) / 2

    @property
    def half_width_s(self) -> float:
        return (self.hi_s - self.lo_s) / 2

    def at(self, steady_s: float) -> Sample:
        """The same knowledge at a later instant: moved on, and wider by what our crystal may be off."""
        elapsed_s = max(0.0, steady_s - self.steady_s)
        slack_s = elapsed_s * DRIFT_PPM / 1e6
        return replace(
            self,
            lo_s=self.lo_s + elapsed_s - slack_s,
            hi_s=self.hi_s + elapsed_s + slack_s,
            steady_s=max(steady_s, self.steady_s),
        )

    def meets(self, other: Sample) -> bool:
        """Whether both, of the same instant, can be true."""
        return self.lo_s <= other.hi_s and other.lo_s <= self.hi_s

    def narrowed(self, other: Sample) -> Sample:
        """What both say; source and rank stay. They must meet."""
        return replace(self, lo_s=max(self.lo_s, other.lo_s), hi_s=min(self.hi_s, other.hi_s))

    def spanned(self, other: Sample) -> Sample:
        """What holds if either is true."""
        return replace(self, lo_s=min(self.lo_s, other.lo_s), hi_s=max(self.hi_s, other.hi_s))


@dataclass(frozen=True, slots=True)
class Apart:
    """Two sources that cannot both be true, and the gap between their intervals."""

    kept: str
    other: str
    gap_s: float

    def __str__(self) -> str:
        return f"{self.other} contradicts {self.kept} by {self.gap_s:.0f} s"


@dataclass(frozen=True, slots=True)
class Combined:
    """What all samples say together; `best` is None when none may be believed. `unconfirmed` names who was heard alone."""

    best: Sample | None = None
    apart: tuple[Apart, ...] = ()
    unconfirmed: tuple[str, ...] = ()


def combine(samples: Iterable[Sample], steady_s: float, *, heard_alone: bool) -> Combined:
    """The samples as one interval at `steady_s`.

    A source that anybody may imitate counts only together with a second one that agrees, unless `heard_alone`; and it never
    narrows proven time.
    """
    now = [sample.at(steady_s) for sample in samples]
    best: Sample | None = None
    apart: list[Apart] = []
    for rank in (Rank.PROVEN, Rank.KEPT):
        for sample in now:
            if sample.rank is rank:
                best = _met(best, sample, apart)
    heard = [sample for sample in now if sample.rank is Rank.HEARD]
    joined: Sample | None = None
    before = len(apart)
    for sample in heard:
        joined = _met(joined, sample, apart)
    confirmed = heard_alone or (len(heard) > 1 and len(apart) == before)
    if joined is None:
        return Combined(best, tuple(apart))
    if best is None:
        if confirmed:
            return Combined(joined, tuple(apart))
        return Combined(None, tuple(apart), tuple(sample.source for sample in heard))
    if not best.meets(joined):
        apart.append(_apart(best, joined))
    elif confirmed and best.rank is Rank.KEPT:
        best = best.narrowed(joined)
    return Combined(best, tuple(apart))


def _met(best: Sample | None, sample: Sample, apart: list[Apart]) -> Sample:
    if best is None:
        return sample
    if best.meets(sample):
        return best.narrowed(sample)
    apart.append(_apart(best, sample))
    return best.spanned(sample) if sample.rank is best.rank else best


def _apart(kept: Sample, other: Sample) -> Apart:
    return Apart(kept.source, other.source, max(kept.lo_s - other.hi_s, other.lo_s - kept.hi_s))
