"""Time windows: the 60 s of a live code, and the days of a document. Instants are judged against an interval, never a point.

See docs/decisions/0009-live-window.md: a code is in its window only if the whole interval of possible true time says so
at the late end; it is over, or not begun, only if the whole interval says that; anything else is CLOCK_NOT_TRUSTED.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from firmware.model import Check, CheckName, Moment, Outcome, Reason, Word
from firmware.verify import wire
from firmware.verify.days import day_of, start_of
from firmware.verify.kinds.base import Deadline
from firmware.verify.workdays import Calendar

#: A clock that is honest to within this is not called wrong.
CLOCK_GRACE_S: Final = 2.0
#: A wider interval than a code's life cannot place a moment inside that life.
MAX_WIDTH_S: Final = float(wire.LIVE_S)


_FRESH: Final = Check(CheckName.FRESHNESS, Outcome.GOOD)
_STALE: Final = Check(CheckName.FRESHNESS, Outcome.BAD, Reason.CODE_STALE)
_FRESHNESS_UNKNOWN: Final = Check(CheckName.FRESHNESS, Outcome.UNKNOWN, Reason.CLOCK_NOT_TRUSTED)
_IN_DATE: Final = Check(CheckName.DATES, Outcome.GOOD)
_DUE_SOON: Final = Check(CheckName.DATES, Outcome.GOOD, Reason.VALID_NOTICE, Word.DUE_SOON)
_EARLY: Final = Check(CheckName.DATES, Outcome.BAD, Reason.NOT_YET_VALID)
_DATES_UNKNOWN: Final = Check(CheckName.DATES, Outcome.UNKNOWN, Reason.CLOCK_NOT_TRUSTED)


def check_live(moment: Moment, made_s: int, ends_s: int, allowance_s: float) -> Check:
    """Freshness of a live code, too old or too early alike. `allowance_s` is for the clock of the phone, 0 for a server's."""
    if moment.lo_s > ends_s + allowance_s:
        return _STALE
    if moment.hi_s < made_s - max(CLOCK_GRACE_S, allowance_s):
        return _STALE  # the phone's clock is wrong: the driver sets it and shows the code again; the document is not to blame
    if moment.hi_s <= ends_s + allowance_s and moment.hi_s - moment.lo_s <= MAX_WIDTH_S:
        return _FRESH
    return _FRESHNESS_UNKNOWN


def check_copy(moment: Moment, exp_s: int) -> Check:
    """Freshness of a downloaded or printed copy: the copy's own end, apart from the document's."""
    if moment.lo_s >= exp_s:
        return _STALE
    if moment.hi_s < exp_s:
        return _FRESH
    return _FRESHNESS_UNKNOWN


def check_copy_age(moment: Moment, iat_s: int, workdays: int, calendar: Calendar) -> Check:
    """A downloaded copy serves `workdays` working days from its making, both days counted (docs/decisions/0012)."""
    made, today = day_of(iat_s), day_of(moment.utc_s)
    if not spans_at_most(made, today, workdays, calendar):
        return _STALE
    return _FRESH


#: The longest span of seven working days in calendar days, over Spring Festival or National Day with their make-up days.
LONGEST_SEVEN_WORKDAYS: Final = 18


def spans_at_most(first_day: int, last_day: int, workdays: int, calendar: Calendar) -> bool:
    """Whether the span, both days counted, holds at most so many working days; 18 calendar days where the calendar is silent."""
    if last_day - first_day >= LONGEST_SEVEN_WORKDAYS * 2:
        return False
    if not calendar.knows(first_day, last_day):
        return last_day - first_day < LONGEST_SEVEN_WORKDAYS
    return calendar.count(first_day, last_day, workdays + 1) <= workdays


class DateFinding(NamedTuple):
    """The check of the dates, and the deadline's day that it speaks of (None: of none)."""

    check: Check
    day: int | None = None


def find_dates(moment: Moment, begins_s: int, deadlines: tuple[Deadline, ...], notice_days: int) -> DateFinding:
    """Dates of the document itself, from `begins_s` to the end of each last good day in Asia/Shanghai, all inclusive.

    A deadline that has surely passed leads; then a doubt; then what falls due within `notice_days`.
    """
    if moment.hi_s < begins_s - CLOCK_GRACE_S:
        return DateFinding(_EARLY)
    dated = [(deadline, deadline.day) for deadline in deadlines if deadline.day is not None]
    first_day = dated[0][1] if dated else None
    doubtful = moment.lo_s < begins_s - CLOCK_GRACE_S
    for deadline, day in dated:
        ends_s = start_of(day + 1)
        if moment.lo_s >= ends_s:
            return DateFinding(Check(CheckName.DATES, Outcome.BAD, deadline.reason, deadline.word), day)
        doubtful = doubtful or moment.hi_s >= ends_s
    if doubtful:
        return DateFinding(_DATES_UNKNOWN, first_day)
    today = day_of(moment.hi_s) if dated else 0
    for deadline, day in dated:
        if deadline.due_notice and day - today <= notice_days:
            return DateFinding(_DUE_SOON, day)
    return DateFinding(_IN_DATE, first_day)
