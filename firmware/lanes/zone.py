"""The passages of a zone: every lane of the device writes its own and sees those of the others at once.

A car is known by a digest of its plate. Nothing outlives the boot. What was lost stops nobody: of the time before it, an
in-out rule asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware.clock import boot_id, steady_s
from firmware.gate.passback import MOST_PASSAGES, Direction, History, Passage
from firmware.lanes.log import Form, LaneLog

FILE_NAME: Final = "passages"
_MAGIC: Final = b"YPS1"
_NOTES: Final = {Direction.IN: 0, Direction.OUT: 1}
_DIRECTIONS: Final = {note: direction for direction, note in _NOTES.items()}


class ZoneBook:
    """A PassageBook over the files of all lanes. `keep_s` is how long a passage can matter under the rules."""

    def __init__(
        self,
        folder: Path,
        lane: str,
        keep_s: float,
        steady: Callable[[], float] = steady_s,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self._log = LaneLog(folder, lane, Form(FILE_NAME, _MAGIC, MOST_PASSAGES, keep_s), steady, boot)
        self._steady = steady

    def mark(self, plate: str) -> bytes:
        return self._log.mark(plate.encode())

    def add(self, passage: Passage) -> None:
        """The car has just passed this lane."""
        self._log.add(passage.car, _NOTES[passage.direction])

    def of(self, plate: str, now_s: float) -> History:
        """In the time of this lane, by how long ago it was: the clocks of two lanes may differ, the steady one is of all."""
        car, others = self.mark(plate), self._log.others(plate.encode())
        behind_s = now_s - self._steady()
        entries = sorted((*self._log.own(plate.encode()), *others.entries), key=lambda entry: entry.at_s)
        passages = (
            Passage(car, entry.lane, _DIRECTIONS[entry.note], entry.at_s + behind_s)
            for entry in entries
            if entry.note in _DIRECTIONS
        )
        return History(tuple(passages), others.since_s + behind_s)
