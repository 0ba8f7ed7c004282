"""Cases about 授权使用, an owner's leave to another person (row S8): how long, for how many, for what, and whether it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware.model import Reason, Word
from firmware.verify.wire import DelegationField, Field, Status
from issuer.vectors.case import LENT, Case
from issuer.vectors.changes import field_day, lend, lend_between, lend_days
from issuer.vectors.papers import LIST_SIZE, MISSING_LIST, STATE_INDEX, STATUS_LIST
from issuer.vectors.states import on_list
from issuer.vectors.times import DAY_END_S, OCTOBER_S, SPRING_S, YEAR_2027_S, iso_day
from issuer.vectors.workshop import Change

_VALID: Final = Reason.VALID
_EXCEEDED: Final = Reason.DELEGATION_EXCEEDED


def _place(index: int, number: int = STATUS_LIST) -> Change:
    return lend(DelegationField.STATUS, [number, index])


def _span(first: str, last: str) -> tuple[Change, ...]:
    return (lend_between(iso_day(first), iso_day(last)),)


def _ok(name: str, title: str, *changes: Change) -> Case:
    return Case(name, title, _VALID, None, changes)


def _over(name: str, title: str, word: Word, *changes: Change) -> Case:
    return Case(name, title, _EXCEEDED, word, changes)


def _spring(case: Case) -> Case:
    return replace(case, at_s=SPRING_S, trust="trust-spring")


def _october(case: Case) -> Case:
    return replace(case, at_s=OCTOBER_S, trust="trust-october")


def _unknown_year(case: Case) -> Case:
    return replace(case, at_s=YEAR_2027_S, trust="trust-2027")


_LONG: Final = (
    _ok("lent-for-one-day", "For this day alone", lend_days(0, 0)),
    _ok("lent-for-7-working-days", "11 to 22 June: a holiday and two weekends", *_span("2026-06-11", "2026-06-22")),
    _over("lent-for-8-working-days", "11 to 23 June", Word.TOO_LONG, *_span("2026-06-11", "2026-06-23")),
    _spring(
        _ok(
            "lent-for-7-working-days-over-spring-festival",
            "13 February to 1 March, with two make-up Saturdays",
            *_span("2026-02-13", "2026-03-01"),
        )
    ),
    _spring(
        _over(
            "lent-for-8-working-days-over-spring-festival",
            "13 February to 2 March",
            Word.TOO_LONG,
            *_span("2026-02-13", "2026-03-02"),
        )
    ),
    _october(
        _ok(
            "lent-for-7-working-days-over-national-day",
            "30 September to 14 October, with a make-up Saturday",
            *_span("2026-09-30", "2026-10-14"),
        )
    ),
    _october(
        _over(
            "lent-for-8-working-days-over-national-day",
            "30 September to 15 October",
            Word.TOO_LONG,
            *_span("2026-09-30", "2026-10-15"),
        )
    ),
    _unknown_year(
        replace(
            _ok(
                "lent-for-18-days-of-an-unknown-year",
                "18 calendar days in a year that the calendar does not know",
                *_span("2027-01-04", "2027-01-21"),
            ),
            reason=Reason.VALID_NOTICE,
            word=Word.CALENDAR_OLD,
        )
    ),
    _unknown_year(
        _over(
            "lent-for-19-days-of-an-unknown-year",
            "19 calendar days in a year that the calendar does not know",
            Word.TOO_LONG,
            *_span("2027-01-04", "2027-01-22"),
        )
    ),
    _unknown_year(
        replace(
            _ok(
                "lent-over-the-end-of-the-calendar",
                "31 December 2026 to 8 January 2027",
                *_span("2026-12-31", "2027-01-08"),
            ),
            reason=Reason.VALID_NOTICE,
            word=Word.CALENDAR_OLD,
        )
    ),
    _over("lent-for-a-year", "For a year", Word.TOO_LONG, lend_days(-1, 364)),
)
_DAYS: Final = (
    replace(_ok("lent-until-this-second", "The last second of the last day", lend_days(-2, 0)), at_s=DAY_END_S - 1),
    replace(
        _over(
            "delegation-over-by-one-second",
            "The first second after the last day",
            Word.DELEGATION_OVER,
            lend_days(-3, -1),
        ),
        at_s=DAY_END_S,
    ),
    _over("delegation-over", "Over since yesterday", Word.DELEGATION_OVER, lend_days(-3, -1)),
    replace(_ok("delegation-begins-this-second", "The first second of the first day", lend_days(0, 3)), at_s=DAY_END_S),
    Case("delegation-not-begun", "Begins tomorrow", Reason.NOT_YET_VALID, None, (lend_days(1, 3),)),
    replace(
        Case(
            "delegation-not-begun-by-one-second",
            "The last second before the first day",
            Reason.NOT_YET_VALID,
            None,
            (lend_days(1, 3),),
        ),
        at_s=DAY_END_S - 1,
    ),
    replace(
        Case(
            "delegation-end-in-doubt",
            "The last second, by a clock sure to 2 s",
            Reason.CLOCK_NOT_TRUSTED,
            None,
            (lend_days(-2, 0),),
        ),
        at_s=DAY_END_S - 1,
        doubt_s=2,
    ),
)
_PEOPLE: Final = (
    _ok("slot-3", "The third person at once", lend(DelegationField.SLOT, 3)),
    _over("slot-4", "The fourth person at once", Word.TOO_MANY, lend(DelegationField.SLOT, 4)),
    _over(
        "delegation-cancelled", "The owner took it back", Word.DELEGATION_ENDED, _place(STATE_INDEX + Status.INVALID)
    ),
    _over("too-many-by-the-list", "The list says: one of too many", Word.TOO_MANY, _place(STATE_INDEX + Status.LOCAL)),
    Case(
        "delegation-in-an-unknown-state",
        "Another state at its own place",
        Reason.CANNOT_TELL,
        Word.UNKNOWN_STATE,
        (_place(STATE_INDEX + Status.SUSPENDED),),
    ),
    Case(
        "delegation-list-missing",
        "Its own list is missing",
        Reason.DATA_TOO_OLD,
        Word.LIST_MISSING,
        (_place(5, MISSING_LIST),),
    ),
    Case(
        "delegation-past-the-end-of-its-list",
        "Its own index is past the end",
        Reason.DATA_TOO_OLD,
        Word.LIST_MISSING,
        (_place(LIST_SIZE),),
    ),
    _over(
        "cancelled-and-too-long",
        "Taken back, and too long: what the list says leads",
        Word.DELEGATION_ENDED,
        _place(STATE_INDEX + Status.INVALID),
        lend_days(-1, 100),
    ),
    _over(
        "too-long-by-a-missing-list",
        "Too long, and its list is missing: a stop stays a stop",
        Word.TOO_LONG,
        _place(5, MISSING_LIST),
        lend_days(-1, 100),
    ),
    Case(
        "vehicle-revoked-delegation-good",
        "The vehicle is revoked, the delegation stands",
        Reason.REVOKED,
        Word.CANCELLED,
        (on_list(STATE_INDEX + Status.INVALID),),
    ),
    Case(
        "inspection-over-delegation-good",
        "The inspection is over, the delegation stands",
        Reason.EXPIRED,
        None,
        (field_day(Field.INSPECTED_UNTIL, -1),),
    ),
)
_SELL: Final = lend(DelegationField.PURPOSES, ["出售"])
_PURPOSES: Final = (
    replace(_over("wrong-purpose", "Lent for driving, at a dealer", Word.WRONG_PURPOSE), profile="dealer"),
    replace(_ok("purpose-taken", "Lent for sale, at a dealer", _SELL), profile="dealer"),
    replace(
        _ok(
            "one-of-several-purposes",
            "Lent for driving and for transfer, at a dealer",
            lend(DelegationField.PURPOSES, ["驾驶", "过户"]),
        ),
        profile="dealer",
    ),
    replace(
        _over(
            "none-of-several-purposes",
            "Lent for parking and driving, at a dealer",
            Word.WRONG_PURPOSE,
            lend(DelegationField.PURPOSES, ["停车", "驾驶"]),
        ),
        profile="dealer",
    ),
    _ok("any-purpose-for-the-police", "Lent for sale, shown to the police", _SELL),
    _ok("four-purposes", "Four purposes", lend(DelegationField.PURPOSES, ["驾驶", "出售", "过户", "抵押"])),
    replace(_over("wrong-purpose-at-a-gate", "Lent for sale, at a gate", Word.WRONG_PURPOSE, _SELL), profile="gate"),
)
CASES: Final = tuple(replace(case, kinds=LENT) for case in (*_LONG, *_DAYS, *_PEOPLE, *_PURPOSES))
