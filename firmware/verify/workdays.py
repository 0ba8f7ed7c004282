"""Working days by a signed calendar: Mondays to Fridays, less the holidays, plus the make-up days (调休上班).

Seven of them span 8 to 18 calendar days. For years that the calendar does not know the longest span stands in, and is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from firmware.verify import cbor
from firmware.verify.days import as_date
from firmware.verify.errors import MalformedError

_SATURDAY: Final = 5
_MAX_YEARS: Final = 64
_MAX_DAYS_A_YEAR: Final = 128


@dataclass(frozen=True, slots=True)
class Year:
    """The exceptions of one year, in days since 1970-01-01."""

    off: frozenset[int]
    worked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Calendar:
    years: Mapping[int, Year]

    def knows(self, first_day: int, last_day: int) -> bool:
        """Whether every year that the span touches is in the calendar."""
        return all(year in self.years for year in range(as_date(first_day).year, as_date(last_day).year + 1))

    def is_working(self, day: int) -> bool:
        """Whether people work on `day`. Raises KeyError for a year that the calendar does not know."""
        when = as_date(day)
        year = self.years[when.year]
        return day in year.worked or (when.weekday() < _SATURDAY and day not in year.off)

    def count(self, first_day: int, last_day: int, stop_at: int) -> int:
        """Working days from the first to the last day, both counted; counting ends at `stop_at`, so a long span costs nothing."""
        counted = 0
        for day in range(first_day, last_day + 1):
            counted += self.is_working(day)
            if counted >= stop_at:
                break
        return counted


def parse_calendar(value: cbor.Value) -> Calendar:
    """The calendar in the rules. Raises MalformedError, also for a day that lies in another year than it stands under."""
    if not isinstance(value, dict) or len(value) > _MAX_YEARS:
        raise MalformedError("calendar: no map of years, or too many")
    years: dict[int, Year] = {}
    for key, entry in value.items():
        if type(key) is not int or not date.min.year < key < date.max.year:
            raise MalformedError("calendar: a key that is no year")
        if not isinstance(entry, list) or len(entry) != 2:
            raise MalformedError("calendar: a year has two lists")
        years[key] = Year(*(_days(days, key) for days in entry))
    return Calendar(MappingProxyType(years))


def _days(value: cbor.Value, year: int) -> frozenset[int]:
    if not isinstance(value, list) or len(value) > _MAX_DAYS_A_YEAR:
        raise MalformedError("calendar: no list of days, or too many")
    first, last = ((date(year, month, day) - date(1970, 1, 1)).days for month, day in ((1, 1), (12, 31)))
    days = frozenset(day for day in value if type(day) is int and first <= day <= last)
    if len(days) != len(value):
        raise MalformedError("calendar: a day that is none, twice the same, or of another year")
    return days
