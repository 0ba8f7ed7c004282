"""Days and instants of the office: a day is a day in Asia/Shanghai, an instant is whole UTC seconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from issuer.errors import bad_data

#: China has kept UTC+8 without summer time since 1991, so no time zone database is needed.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_S: Final = 86400
_EPOCH: Final = date(1970, 1, 1)
#: Years for which documents are made. Outside of them a date is a slip of the hand.
_YEARS: Final = range(2000, 2101)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def day_of(utc_s: int) -> date:
    """The calendar day in Asia/Shanghai at this instant."""
    return datetime.fromtimestamp(utc_s, SHANGHAI).date()


def start_of(day: date) -> int:
    """00:00 of this day in Asia/Shanghai."""
    return int(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).timestamp())


def end_of(day: date) -> int:
    """The end of this day: 00:00 of the next one, so that the last second of the day is still good."""
    return start_of(day + timedelta(days=1))


def iso_utc(utc_s: int) -> str:
    return datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> int:
    """An ISO 8601 instant; without an offset it is the time of day in Shanghai. Raises OfficeError."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise bad_data(f"expected a time such as 2026-07-01T09:30:00+08:00, got {text!r}") from None
    _require_year(instant.year)
    return int((instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)).timestamp())


def parse_day(text: str) -> date:
    """An ISO 8601 day. Raises OfficeError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise bad_data(f"expected a day such as 2026-07-01, got {text!r}") from None
    _require_year(day.year)
    return day


def _require_year(year: int) -> None:
    if year not in _YEARS:
        raise bad_data(f"expected a year from {_YEARS[0]} to {_YEARS[-1]}, got {year}")
