"""A register drawn by chance, its next day, and the entropies that they are measured by.

Places are marked independently with one probability; a mark's state follows `SHARES`. A day changes `daily` of all places: 45 % are
marks that come, 45 % marks that go, 10 % marks that change their state.

Entropy of a register: N * H(state of a place), in bits: the binary entropy of the positions, N * h(marks / N), plus the entropy of
the states given that a place is marked, marks * H(state | marked).

Conditional entropy of a day: N * H(state today | state before): the positions and states of what comes, given that they were
unmarked, and for each state before, what went, and what changed to which. Both are taken from the counts that were drawn: no code
for places that are drawn so can be shorter on average.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from firmware.register.bits import Bits, Numbers
from firmware.register.facts import STATES
from firmware.register.flow import Marks
from firmware.register.table import ListTable

LIST_SIZE: Final = 1 << 20
SHARES: Final = {1: 0.35, 2: 0.15, 12: 0.30, 13: 0.03, 14: 0.15, 15: 0.02}
_COME, _GO, _CHANGE = 0.45, 0.45, 0.10
_PIECE: Final = 1 << 16
_FILE_PIECE: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Drawn:
    """Marks in order."""

    places: int
    positions: Numbers
    states: Bits

    def pieces(self) -> Iterator[Marks]:
        for at in range(0, len(self.positions), _PIECE):
            yield self.positions[at : at + _PIECE], self.states[at : at + _PIECE]

    def write_packed(self, path: Path) -> None:
        """As an authority has it: one state a place, two a byte."""
        with path.open("wb") as file:
            for first in range(0, self.places, _FILE_PIECE):
                cut = slice(*np.searchsorted(self.positions, (first, first + _FILE_PIECE)))
                states = np.zeros(min(_FILE_PIECE, self.places - first), np.uint8)
                states[self.positions[cut] - first] = self.states[cut]
                (states[0::2] | states[1::2] << 4).tofile(file)


def draw(places: int, rate: float, chance: np.random.Generator) -> Drawn:
    """A register; `places` is even. Gaps are drawn, never all places."""
    parts, last = [], -1
    while last < places:
        gaps = chance.geometric(rate, max(1024, min(1 << 22, int((places - last) * rate * 1.02))))
        parts.append(np.cumsum(gaps) + last)
        last = int(parts[-1][-1])
    positions = np.concatenate(parts)
    positions = positions[: np.searchsorted(positions, places)]
    return Drawn(places, positions, _states(len(positions), chance))


def next_day(old: Drawn, daily: float, chance: np.random.Generator) -> tuple[Drawn, float]:
    """The register a day later, and the conditional entropy of the day in bytes."""
    marks = len(old.positions)
    changes = old.places * daily
    goes, changes_state = min(int(changes * _GO), marks // 3), min(int(changes * _CHANGE), marks // 3)
    touched = chance.choice(marks, goes + changes_state, replace=False)
    states = old.states.copy()
    states[touched[:goes]] = 0
    states[touched[goes:]] = _others(old.states[touched[goes:]], chance)
    table = np.bincount(old.states.astype(np.int64) * STATES + states, minlength=STATES * STATES)
    free = np.unique(chance.integers(0, old.places - marks, int(changes * _COME)))
    comes = free + np.searchsorted(old.positions - np.arange(marks), free, side="right")
    new_states = _states(len(comes), chance)
    table[:STATES] += np.bincount(new_states, minlength=STATES)
    table[0] = old.places - marks - len(comes)
    at = np.searchsorted(old.positions, comes)
    positions, states = np.insert(old.positions, at, comes), np.insert(states, at, new_states)
    kept = states != 0
    return Drawn(old.places, positions[kept], states[kept]), _given(table.reshape(STATES, STATES))


def entropy(drawn: Drawn) -> float:
    """Of a register, in bytes."""
    counts = np.bincount(drawn.states, minlength=STATES)
    counts[0] = drawn.places - len(drawn.positions)
    return _given(counts.reshape(1, -1))


def lists(places: int) -> ListTable:
    return ListTable.of({1 + row: min(LIST_SIZE, places - row * LIST_SIZE) for row in range(-(-places // LIST_SIZE))})


def _given(counts: np.ndarray) -> float:
    """Entropy of the column given the row, times all that were counted, in bytes."""
    rows = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
    seen = counts > 0
    return float(-(counts[seen] * np.log2(counts[seen] / rows[seen])).sum() / 8)


def _states(count: int, chance: np.random.Generator) -> Bits:
    values = np.array(list(SHARES), np.uint8)
    return values[np.searchsorted(np.cumsum(list(SHARES.values()))[:-1], chance.random(count), side="right")]


def _others(states: Bits, chance: np.random.Generator) -> Bits:
    """For each state another one."""
    new = _states(len(states), chance)
    while (same := new == states).any():
        new[same] = _states(int(same.sum()), chance)
    return new
