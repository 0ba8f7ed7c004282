"""When a car's inspection is due, by the periods in force on a day (three regimes: 2014, 2020, 2022), as dated data.

Used for facts and notices alone: what decides is the signed last good day.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

from firmware.verify.document import Document
from firmware.verify.rules import Edition, Period
from firmware.verify.wire import PeriodGroup

#: GA 24.4: K3x small, K4x mini passenger cars. GA 24.3: "A", not for hire.
_SMALL_TYPES: Final = ("K3", "K4")
_PRIVATE_USE: Final = "A"


def add_months(day: date, months: int) -> date:
    """`day` so many calendar months later; the last of the month where there is no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def group_of(document: Document) -> PeriodGroup:
    private = document.use == _PRIVATE_USE and (document.vehicle_type or "").startswith(_SMALL_TYPES)
    return PeriodGroup.SMALL_PRIVATE if private else PeriodGroup.OTHER


def age_months(registered: date, day: date) -> int:
    """Whole calendar months between the registration and `day`."""
    return (day.year - registered.year) * 12 + day.month - registered.month - (day.day < registered.day)


def period_at(edition: Edition, group: PeriodGroup, months: int) -> Period | None:
    """The period of a vehicle of this group and age; None where the rules have none."""
    return next((p for p in edition.periods if p.group is group and p.from_months <= months < p.to_months), None)


def due_before(edition: Edition, group: PeriodGroup, registered: date, until: date) -> date | None:
    """The last day of the month in which the inspection that runs to the month of `until` had to be applied for.

    None for the first inspection of all, and where the rules give no due date in that month.
    """
    before, due, months = None, registered, 0
    while (due.year, due.month) < (until.year, until.month):
        period = period_at(edition, group, months)
        if period is None:
            return None
        months += period.interval_months
        before, due = (due if months > period.interval_months else None), add_months(registered, months)
    if before is None or (due.year, due.month) != (until.year, until.month):
        return None
    return date(before.year, before.month, calendar.monthrange(before.year, before.month)[1])


def next_due(edition: Edition, group: PeriodGroup, registered: date, day: date) -> date | None:
    """The first due date after `day` of a vehicle that was always in time; None where the rules have no period for its age."""
    months = 0
    while (due := add_months(registered, months)) <= day:
        period = period_at(edition, group, months)
        if period is None:
            return None
        months += period.interval_months
    return due
