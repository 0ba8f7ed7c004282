"""The device's clock: samples of several sources, their doubt, and a floor that time never goes below.

Levels (see model.ClockLevel, docs/decisions/0023): proven in this boot is T3; a battery-backed clock set from it, or what was
merely heard, is T2; else only the floor is known (T1). The floor rises by signed dates and by proven time alone: were it raised
by a reading that nobody vouches for, one second of a clock that is a day fast would make every later true time "below the floor".
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

from firmware.clock.floor import FloorStore
from firmware.clock.host import Host
from firmware.clock.interval import Combined, Rank, Sample, combine
from firmware.clock.kernel import KERNEL, SYSTEM, KernelClock
from firmware.clock.phones import Phones, Says
from firmware.model import ClockLevel, Moment

_log = logging.getLogger("yanma")

#: No firmware of this product was built before 2026-01-01T00:00:00Z.
BUILD_FLOOR_S: Final = 1_767_225_600.0
INBOX_PLACES: Final = 64
#: An honest server's clock is not further off than this.
ISSUER_ERROR_S: Final = 2.0
_SUSPECTED: Final = {
    Says.LATER: "five phones in a row are later than this clock can be: T2 is not believed until time is proven",
    Says.EARLIER: "five phones in a row are equally behind this clock: T2 is not believed until time is proven",
}


class Clock(Protocol):
    """Whoever tells the time."""

    def moment(self) -> Moment: ...


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always the same moment: for `--at` and for tests."""

    at: Moment

    def moment(self) -> Moment:
        return self.at


class SystemClock:
    """The device's clock. `why` is one line for the doctor; from `proven` a battery-backed clock may be set.

    `offer` may be called from another thread; all else belongs to the loop.
    """

    def __init__(
        self, host: Host, floor: FloorStore | None = None, *, trust_system: bool, heard_alone: bool = True
    ) -> None:
        self._host = host
        self._store = floor
        self._saving = threading.Lock()  # the loop and the poller
        self._heard_alone = heard_alone or trust_system
        self._kernel = KernelClock(trust_system=trust_system)
        self._inbox: deque[tuple[Sample, bool]] = deque(maxlen=INBOX_PLACES)
        self._samples: dict[str, Sample] = {}
        self._phones = Phones()
        self._suspected: Says | None = None
        self._faults: dict[str, str] = {}  # what was last told of a source
        self._told: frozenset[str] = frozenset()
        self._why = self._kernel.why
        loaded = floor.load() if floor is not None else None
        self._floor_s = max(BUILD_FLOOR_S, loaded if loaded is not None else 0.0)
        self.proven: Sample | None = None
        self.last: Moment | None = None  # what was said last, for the report

    @property
    def floor_s(self) -> float:
        return self._floor_s

    @property
    def why(self) -> str:
        return self._why

    def raise_floor(self, signed_s: float) -> None:
        """True time is at least this late, because something signed says so. A lower value changes nothing."""
        self._floor_s = max(self._floor_s, signed_s)

    def save_floor(self) -> None:
        """Raises OSError when the store cannot be written. May be called from another thread."""
        if self._store is not None:
            with self._saving:
                self._store.save(self._floor_s)

    def offer(self, sample: Sample, *, anew: bool = False) -> None:
        """What a source says; considered at the next moment. `anew`: what it said before is void (a clock that was just set)."""
        self._inbox.append((sample, anew))

    def samples(self) -> tuple[Sample, ...]:
        """What is believed of each source, for the doctor."""
        own = () if self._kernel.sample is None else (self._kernel.sample,)
        return (*own, *self._samples.values())

    def hear_code(self, holder: bytes, made_s: float) -> None:
        """A live code whose signatures held: evidence for or against an unproven clock, never more."""
        found, steady_s = self._look()
        best = found.best
        lo_s, hi_s = (self._floor_s, math.inf) if best is None else (best.lo_s, best.hi_s)
        agreed = self._phones.hear(holder, made_s, steady_s, lo_s, hi_s)
        if agreed in _SUSPECTED and best is not None and best.rank is not Rank.PROVEN:
            self._suspected = agreed
        elif agreed is Says.FITS:
            self._suspected = None

    def hear_issuer(self, made_s: float) -> None:
        """The instant at which an issuer's server made a genuine live code: true time is not before it.

        One that lies after the latest possible instant is no evidence, it is a fault of that server (or of this clock).
        """
        best = self._look()[0].best
        if best is None or made_s <= best.hi_s:
            self.raise_floor(made_s - ISSUER_ERROR_S)

    def moment(self) -> Moment:
        found, steady_s = self._look()
        best, certain_s = found.best, self._floor_s
        if best is not None and best.rank is Rank.PROVEN:
            self._suspected, self.proven = None, best
            self._floor_s = certain_s = max(certain_s, best.lo_s)
            return self._said(Moment(certain_s, best.hi_s, ClockLevel.T3), found)
        earliest_s = max(certain_s, self._phones.earliest_s(steady_s) or 0.0)
        if best is None or self._suspected is not None:
            return self._said(Moment(earliest_s, math.inf, ClockLevel.T1), found)
        if earliest_s > best.hi_s:  # five phones once said so, and later ones that it fits: one of them is wrong
            return self._said(Moment(earliest_s, math.inf, ClockLevel.T1), found)
        return self._said(Moment(max(best.lo_s, earliest_s), best.hi_s, best.rank.level), found)

    def _look(self) -> tuple[Combined, float]:
        """All sources as they stand now; `steady_s` of now."""
        reading = self._host.read()
        self._kernel.consider(reading, self._floor_s)
        while self._inbox:
            self._take(*self._inbox.popleft())
        for source, sample in list(self._samples.items()):
            if sample.at(reading.boot_s).hi_s < self._floor_s:
                del self._samples[source]
                self._tell_once(source, "is below the floor of signed dates: refused")
        return combine(self.samples(), reading.boot_s, heard_alone=self._heard_alone), reading.boot_s

    def _take(self, sample: Sample, anew: bool) -> None:
        """A new sample of a source beside its own running one: they narrow each other, or something is wrong with one of them."""
        source, before = sample.source, self._samples.get(sample.source)
        if before is None or before.rank is not sample.rank or anew:
            self._samples[source] = sample
            return
        now = before.at(sample.steady_s)
        if now.meets(sample):
            self._samples[source] = sample if sample.rank is Rank.HEARD else now.narrowed(sample)
            self._faults.pop(source, None)
        elif sample.rank is Rank.HEARD:
            self._tell_once(source, "contradicts what it said before: ignored, running on")
        else:
            self._samples[source] = now.spanned(sample)
            self._tell_once(source, "contradicts what it said before: both of its answers are kept possible")

    def _said(self, moment: Moment, found: Combined) -> Moment:
        best = found.best
        if self._suspected is not None:
            self._why = _SUSPECTED[self._suspected]
        elif best is None and found.unconfirmed:
            self._why = (
                f"only heard from {', '.join(found.unconfirmed)}, which anybody may imitate (clock.heard = confirmed)"
            )
        elif best is None or best.source in (KERNEL, SYSTEM):
            self._why = self._kernel.why
        else:
            self._why = f"{best.source}, within {best.half_width_s:.1f} s"
        if found.apart:
            self._why += "; " + "; ".join(str(apart) for apart in found.apart)
        self.last = moment
        self._tell(frozenset(f"{apart.other} contradicts {apart.kept}" for apart in found.apart))
        return moment

    def _tell(self, now: frozenset[str]) -> None:
        for text in now - self._told:
            _log.warning("clock: %s", text)
        self._told = now

    def _tell_once(self, source: str, fault: str) -> None:
        """A source that says the same wrong thing every two seconds is worth one line."""
        if self._faults.get(source) != fault:
            self._faults[source] = fault
            _log.warning("clock: %s %s", source, fault)
