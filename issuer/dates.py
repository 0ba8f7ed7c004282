"""Days and instants of the office: a day is a day in Asia/Shanghai, an instant is whole UTC seconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from issuer.errors import bad_data

#: China has kept UTC+8 without summer time since 1991, so no time zone database is needed.
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY_S: Final = 86400
_EPOCH: Final = date(1970, 1, 1)


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
    """An ISO 8601 instant with Z or an offset, or whole seconds since 1970. Raises OfficeError."""
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise bad_data(f"expected a time such as 2026-07-01T09:30:00+08:00, got {text!r}") from None
    return int((instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)).timestamp())


def parse_day(text: str) -> date:
    """An ISO 8601 day. Raises OfficeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_data(f"expected a day such as 2026-07-01, got {text!r}") from None
