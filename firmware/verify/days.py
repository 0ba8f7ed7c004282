"""Days of the law: a document ends with a day of Asia/Shanghai (UTC+8 all year, no summer time since 1991)."""

from __future__ import annotations

from datetime import date
from typing import Final

DAY_S: Final = 86400
SHANGHAI_S: Final = 8 * 3600
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


def day_of(utc_s: float) -> int:
    """The day of Asia/Shanghai in which an instant lies, in days since 1970-01-01."""
    return int((utc_s + SHANGHAI_S) // DAY_S)


def start_of(day: int) -> int:
    """The instant (UTC seconds) at which a day begins in Asia/Shanghai; a day ends where the next one begins."""
    return day * DAY_S - SHANGHAI_S


def as_date(day: int) -> date:
    return date.fromordinal(_EPOCH_ORDINAL + day)
