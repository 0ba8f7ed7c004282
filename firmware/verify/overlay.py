"""Urgent states laid over a list: the same questions, answered by whichever spoke last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.model import Moment
from firmware.verify.sources import KNOWN_GRACE_S, StatusEntries


@dataclass(frozen=True, slots=True)
class UrgentState:
    """One state, said at `issued_s`, which counts until `expires_s`."""

    issued_s: int
    expires_s: int
    state: int

    def counts(self, moment: Moment) -> bool:
        """Whether it was said by the moment, and is not over."""
        return self.issued_s <= moment.hi_s + KNOWN_GRACE_S and self.expires_s >= moment.lo_s


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A list with urgent states over it. Without a list there is `alone`: what refuses is said, what lets pass is not."""

    number: int
    issued_s: int
    expires_s: int
    below: StatusEntries | None
    states: Mapping[int, tuple[UrgentState, ...]]
    moment: Moment

    def state(self, index: int) -> int | None:
        """The four-bit state, or None where nothing is known."""
        said = next((state for state in self.states.get(index, ()) if state.counts(self.moment)), None)
        if self.below is None:
            return said.state if said is not None and said.state else None
        if said is not None and said.issued_s >= self.below.issued_s:
            return said.state
        return self.below.state(index)


@dataclass(frozen=True, slots=True)
class Urgent:
    """All urgent states that are believed: list -> index -> what was said, newest first."""

    states: Mapping[int, Mapping[int, tuple[UrgentState, ...]]]
    count: int

    def over(self, below: StatusEntries | None, number: int, moment: Moment) -> StatusEntries | None:
        """The list with what is urgent over it; the list itself where nothing is."""
        states = self.states.get(number)
        if states is None:
            return below
        if below is not None:
            return Overlaid(number, below.issued_s, below.expires_s, below, states, moment)
        every = [state for said in states.values() for state in said]
        newest = max(every, key=lambda state: state.issued_s)
        return Overlaid(number, newest.issued_s, newest.expires_s, None, states, moment)
