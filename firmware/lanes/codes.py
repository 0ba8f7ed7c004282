"""Live codes that the lanes of one device took: a code that was shown at one is not good at another for two minutes.

A code is known by a digest of its id and nonce. No plate, no name, no id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.clock import boot_id, steady_s
from firmware.lanes.log import Form, LaneLog
from firmware.model import Identity
from firmware.verify.recall import REPLAY_S

FORM: Final = Form("live-codes", b"YLC2", places=256, keep_s=REPLAY_S)


@dataclass(frozen=True, slots=True)
class Use:
    """Another lane took this code, so long ago."""

    lane: str
    age_s: float


class LaneBoard:
    """One lane's own list, and a look at those of the others."""

    def __init__(
        self, folder: Path, lane: str, steady: Callable[[], float] = steady_s, boot: Callable[[], str] = boot_id
    ) -> None:
        self._log = LaneLog(folder, lane, FORM, steady, boot)
        self._steady = steady

    def used(self, identity: Identity) -> Use | None:
        """Tell the others of this code; who of them had taken it before. Of two at the same moment, the first one is right.

        Never raises: a board that cannot be written or read is a single lane's. Written before the others are read: of two
        lanes one always sees the other.
        """
        code = len(identity.cti).to_bytes(2, "big") + identity.cti + (identity.nonce or b"")
        told = self._log.own(code)
        first_s = told[0].at_s if told else self._log.add(self._log.mark(code))
        earlier = [entry for entry in self._log.others(code).entries if entry.at_s < first_s]
        if not earlier:
            return None
        first = min(earlier, key=lambda entry: entry.at_s)
        return Use(first.lane, self._steady() - first.at_s)

    def __len__(self) -> int:
        return len(self._log)
