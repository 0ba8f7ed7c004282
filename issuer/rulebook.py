"""The rules of the day, as the office writes them: editions with the days from which they hold, and the calendar of work.

Facts from public law texts and notices (docs/decisions/0013-rules-as-data.md names them). A terminal gets all of this
signed; none of it is in its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import chinese_calendar

from firmware.model import Word
from firmware.verify.wire import EditionField, PeriodGroup, RulesField
from issuer.cose import Map, Value
from issuer.dates import day_number

NOTICE_DAYS: Final = 90  # a mark may be applied for from three months before it is due

Letters = Mapping[str, tuple[str, Word | None]]
#: (group, from age in months, to age in months, interval in months, tested on the line)
Periods = tuple[tuple[PeriodGroup, int, int, int, bool], ...]

#: State letters -> class and exact word. Sources disagree on a few, so the table is signed data and no code.
VEHICLE_LETTERS: Final[Letters] = {
    "A": ("GO", None),
    "B": ("UNSURE", Word.TRANSFERRED_OUT),
    "C": ("WANTED", None),
    "D": ("STOP", Word.USE_STOPPED),
    "E": ("REVOKED", Word.CANCELLED),
    "G": ("GO+", Word.VIOLATION),
    "H": ("GO+", Word.CUSTOMS),
    "I": ("GO+", Word.ACCIDENT),
    "J": ("WANTED", None),
    "K": ("GO+", Word.SEALED),
    "L": ("STOP", Word.DETAINED),
    "M": ("STOP", Word.SCRAP),
    "N": ("WANTED", None),
    "O": ("GO+", Word.LOCKED),
    "P": ("REVOKED", Word.VOIDED),
    "Q": ("EXPIRED", None),
}
LICENCE_LETTERS: Final[Letters] = {
    "A": ("GO", None),
    "B": ("STOP", Word.POINTS_FULL),
    "C": ("UNSURE", Word.TRANSFERRED_OUT),
    "D": ("STOP", Word.HELD),
    "E": ("REVOKED", Word.RESCINDED),
    "F": ("REVOKED", Word.WITHDRAWN),
    "G": ("REVOKED", Word.CANCELLED),
    "H": ("GO+", Word.VIOLATION),
    "I": ("GO+", Word.ACCIDENT),
    "J": ("STOP", Word.USE_STOPPED),
    "K": ("STOP", Word.SEIZED),
    "L": ("UNSURE", Word.LOCKED),
    "M": ("STOP", Word.NOT_RENEWED),
    "N": ("STOP", Word.EXTENDED),
    "P": ("STOP", Word.EXTENDED),
    "R": ("REVOKED", Word.CANCELLED),
    "S": ("STOP", Word.NOT_REVIEWED),
    "T": ("STOP", Word.EXTENDED),
    "U": ("STOP", Word.DETAINED),
}
#: Licence class -> the classes that it covers beside itself.
CLASSES: Final[Mapping[str, str]] = {
    "A1": "A3 B1 B2 C1 C2 C3 C4 M",
    "A2": "B1 B2 C1 C2 C3 C4 C6 M",
    "A3": "C1 C2 C3 C4",
    "B1": "C1 C2 C3 C4 M",
    "B2": "C1 C2 C3 C4 M",
    "C1": "C2 C3",
    "C2": "",
    "C3": "C4",
    "C4": "",
    "C5": "",
    "C6": "",
    "D": "E F",
    "E": "F",
    "F": "",
    "M": "",
    "N": "",
    "P": "",
}
_SMALL, _OTHER = PeriodGroup.SMALL_PRIVATE, PeriodGroup.OTHER
_ALWAYS: Final = 1200
_OTHER_PERIODS: Final[Periods] = ((_OTHER, 0, 120, 12, True), (_OTHER, 120, _ALWAYS, 6, True))
#: First day -> periods of small private cars. Exempt cars still apply for a mark; `tested` says who drives over the line.
REGIMES: Final[Mapping[date, Periods]] = {
    date(2014, 9, 1): (
        (_SMALL, 0, 72, 24, False),
        (_SMALL, 72, 180, 12, True),
        (_SMALL, 180, _ALWAYS, 6, True),
        *_OTHER_PERIODS,
    ),
    date(2020, 11, 20): (
        (_SMALL, 0, 72, 24, False),
        (_SMALL, 72, 120, 24, True),
        (_SMALL, 120, 180, 12, True),
        (_SMALL, 180, _ALWAYS, 6, True),
        *_OTHER_PERIODS,
    ),
    date(2022, 10, 1): (
        (_SMALL, 0, 72, 24, False),
        (_SMALL, 72, 96, 24, True),
        (_SMALL, 96, 120, 24, False),
        (_SMALL, 120, _ALWAYS, 12, True),
        *_OTHER_PERIODS,
    ),
}
#: Years for which the calendar of work is published; the library refuses any other.
CALENDAR_YEARS: Final = range(2019, max(chinese_calendar.constants.holidays).year + 1)


#: Year -> days off among Mondays to Fridays, working days among Saturdays and Sundays; as they go into the calendar.
Exceptions = Mapping[int | str, list[Value]]


def rules_body(version: int, calendar: Exceptions | None = None) -> Map:
    """The RULES map: every edition, and the calendar; by default as it is published for all known years."""
    exceptions: Exceptions = {year: _exceptions(year) for year in CALENDAR_YEARS} if calendar is None else calendar
    return {
        RulesField.VERSION: version,
        RulesField.EDITIONS: [_edition(first_day, periods) for first_day, periods in REGIMES.items()],
        RulesField.CALENDAR: {**dict(exceptions)},
    }


def _edition(first_day: date, periods: Periods) -> Map:
    return {
        EditionField.FROM: day_number(first_day),
        EditionField.NOTICE_DAYS: NOTICE_DAYS,
        EditionField.VEHICLE_LETTERS: _letters(VEHICLE_LETTERS),
        EditionField.LICENCE_LETTERS: _letters(LICENCE_LETTERS),
        EditionField.CLASSES: {name: list(covered.split()) for name, covered in CLASSES.items()},
        EditionField.PERIODS: [[int(group), *months, tested] for group, *months, tested in periods],
    }


def _letters(letters: Letters) -> Map:
    return {letter: [class_, word.value if word else ""] for letter, (class_, word) in letters.items()}


def _exceptions(year: int) -> list[Value]:
    """The working-day exceptions of one year: Mondays to Fridays off, and Saturdays and Sundays worked."""
    off: list[Value] = []
    worked: list[Value] = []
    day = date(year, 1, 1)
    while day.year == year:
        weekend, working = day.weekday() >= 5, chinese_calendar.is_workday(day)
        if working and weekend:
            worked.append(day_number(day))
        elif not working and not weekend:
            off.append(day_number(day))
        day += timedelta(days=1)
    return [off, worked]
