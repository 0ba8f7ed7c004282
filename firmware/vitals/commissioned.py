"""The last commissioning record as the status shows it: names and outcomes of its lines, and what of its signature is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.ledger.commissioning.body import Line
from firmware.ledger.commissioning.folder import folder_of, last
from firmware.ledger.device import own_public
from firmware.ledger.errors import LedgerDamagedError
from firmware.model import ClockLevel, Moment

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"
_KNOWN: Final = frozenset({ClockLevel.T2, ClockLevel.T3})


@dataclass(frozen=True, slots=True)
class Commissioned:
    """`signature`: good, bad, or unknown where nobody can tell whose it is."""

    signature: str
    number: int | None = None
    made_s: int | None = None  # None: the time was not known then
    lines: tuple[Line, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether a record of this device says that nothing failed, and that somebody confirmed what needs a person."""
        return self.signature == GOOD and all(line.good for line in self.lines)

    def age_s(self, moment: Moment) -> float | None:
        """None while the time is not known."""
        if self.made_s is None or moment.level not in _KNOWN:
            return None
        return round(max(0.0, moment.utc_s - self.made_s), 1)


def read_commissioned(ledger: Path, environ: Mapping[str, str], lane: str) -> Commissioned | None:
    """The lane's last record in the ledger's folder; None when there was never one. Never raises."""
    try:
        key = own_public(ledger, environ)
        record = last(folder_of(ledger), key, lane)
    except LedgerDamagedError:
        return Commissioned(BAD)
    except OSError:
        return Commissioned(UNKNOWN)
    if record is None:
        return None
    return Commissioned(UNKNOWN if key is None else GOOD, record.number, record.made_s, record.lines)
