"""Instants and days of the pack. `NOW_S` is when almost every vector is judged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from issuer.dates import day_number, day_of, start_of

NOW_S: Final = int(datetime(2026, 6, 12, 6, 30, tzinfo=UTC).timestamp())  # a Friday, 14:30 in Shanghai
DAY_END_S: Final = start_of(date(2026, 6, 13))  # the first second after that day
SPRING_S: Final = int(datetime(2026, 2, 20, 6, 30, tzinfo=UTC).timestamp())  # in the Spring Festival
OCTOBER_S: Final = int(datetime(2026, 10, 3, 6, 30, tzinfo=UTC).timestamp())  # in the National Day holidays
YEAR_2027_S: Final = int(datetime(2027, 1, 8, 6, 30, tzinfo=UTC).timestamp())  # a year without a calendar
THEN_S: Final = int(datetime(2026, 5, 3, 6, 30, tzinfo=UTC).timestamp())  # 40 days before NOW: the day of an accident
BEFORE_RULES_S: Final = int(
    datetime(2014, 8, 31, 6, 30, tzinfo=UTC).timestamp()
)  # the first edition begins a day later


def day(utc_s: int) -> int:
    """The day in Shanghai, counted from 1970-01-01."""
    return day_number(day_of(utc_s))


def iso_day(text: str) -> int:
    return day_number(date.fromisoformat(text))
