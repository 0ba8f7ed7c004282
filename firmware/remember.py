"""The verifier with a memory of the last minutes: what it needs to compare two codes of one car, and to see a replay.

In RAM alone, a few dozen sightings, gone after three minutes and at every end of the process; beside it the other lanes' lists of
live codes (see lanes/codes.py), where there are other lanes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from firmware.lanes.codes import LaneBoard
from firmware.model import Family, Moment, Profile, Scan, Sighting, Verdict
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify

KEEP_S: Final = 180.0
PLACES: Final = 64


def _nobody(sighting: Sighting) -> None:
    """No clock asks what live codes say about the time."""


class RememberingVerifier:
    """Judges the scans of one lane, each with the sightings before it. `witness` is told of every code whose signature held."""

    def __init__(
        self, lane: str, board: LaneBoard | None = None, witness: Callable[[Sighting], None] = _nobody
    ) -> None:
        self._lane = lane
        self._board = board
        self._witness = witness
        self._seen: deque[Sighting] = deque(maxlen=PLACES)

    def __call__(
        self, scan: Scan, trust: TrustView, moment: Moment, profile: Profile, asked: Moment | None = None, /
    ) -> Verdict:
        """Never raises. Only a code whose signature held is remembered. `asked`: the moment that it shall answer for."""
        recent = tuple(sighting for sighting in self._seen if abs(moment.utc_s - sighting.utc_s) <= KEEP_S)
        verdict = verify(scan, trust, moment, profile, seen=recent, lane=self._lane, asked=asked)
        elsewhere = self._elsewhere(verdict)
        if elsewhere is not None:
            verdict = verify(scan, trust, moment, profile, seen=(*recent, elsewhere), lane=self._lane, asked=asked)
        self._seen = deque(recent, PLACES)
        if verdict.sighting is not None:
            self._seen.append(verdict.sighting)
            self._witness(verdict.sighting)
        return verdict

    def __len__(self) -> int:
        return len(self._seen)

    def _elsewhere(self, verdict: Verdict) -> Sighting | None:
        """The same live code as another lane took it; None when none did, and for a code that is to be shown anew anyhow."""
        own = verdict.sighting
        if self._board is None or own is None or not own.live or verdict.family is Family.RETRY:
            return None
        use = self._board.used(own.identity)
        return None if use is None else replace(own, lane=use.lane, utc_s=own.utc_s - use.age_s)
