"""The verifier with a memory of the last minutes: what it needs to compare two codes of one car, and to see a replay.

In RAM alone, a few dozen sightings, gone after three minutes and at every end of the process.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from firmware.model import Moment, Profile, Scan, Sighting, Verdict
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify

KEEP_S: Final = 180.0
PLACES: Final = 64


class RememberingVerifier:
    """Judges the scans of one lane, each with the sightings before it."""

    def __init__(self, lane: str) -> None:
        self._lane = lane
        self._seen: deque[Sighting] = deque(maxlen=PLACES)

    def __call__(self, scan: Scan, trust: TrustView, moment: Moment, profile: Profile) -> Verdict:
        """Never raises. Only a code whose signature held is remembered."""
        recent = tuple(sighting for sighting in self._seen if abs(moment.utc_s - sighting.utc_s) <= KEEP_S)
        verdict = verify(scan, trust, moment, profile, seen=recent, lane=self._lane)
        self._seen = deque(recent, PLACES)
        if verdict.sighting is not None:
            self._seen.append(verdict.sighting)
        return verdict

    def __len__(self) -> int:
        return len(self._seen)
