"""Time windows: the 60 s of a live code, and the days of a document. Instants are judged against an interval, never a point.

See docs/decisions/0009-live-window.md: a code is in its window only if the whole interval of possible true time says so
at the late end; it is over, or not begun, only if the whole interval says that; anything else is CLOCK_NOT_TRUSTED.
"""

from __future__ import annotations

from typing import Final

from firmware.model import Check, CheckName, Moment, Outcome, Reason, Word
from firmware.verify import wire
from firmware.verify.days import day_of, start_of

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
_OVER: Final = Check(CheckName.DATES, Outcome.BAD, Reason.EXPIRED)
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


def check_dates(moment: Moment, begins_s: int, last_good_day: int | None, notice_days: int) -> Check:
    """Dates of the document itself: from `begins_s` to the end of `last_good_day` in Asia/Shanghai, both inclusive."""
    if moment.hi_s < begins_s - CLOCK_GRACE_S:
        return _EARLY
    if last_good_day is not None:
        ends_s = start_of(last_good_day + 1)
        if moment.lo_s >= ends_s:
            return _OVER
        if moment.hi_s >= ends_s:
            return _DATES_UNKNOWN
    if moment.lo_s < begins_s - CLOCK_GRACE_S:
        return _DATES_UNKNOWN
    if last_good_day is not None and last_good_day - day_of(moment.hi_s) <= notice_days:
        return _DUE_SOON
    return _IN_DATE
