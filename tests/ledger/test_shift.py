"""The shift report's figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.ledger.record import Record
from firmware.ledger.shift import shift_of
from firmware.model import ClockLevel, Family, Kind, Reason, Word
from tests.ledger.test_store import NOON

GOOD = Record(
    1, NOON, ClockLevel.T3, Family.GO, Reason.VALID, Kind.INSPECTION_MARK, b"\x01" * 16, b"\x02" * 8, 3, 1, 30.0
)
UNREAD = replace(GOOD, family=Family.RETRY, reason=Reason.UNREADABLE, kind=None, credential=None, word=Word.GLARE)


def test_a_shift_is_counted() -> None:
    records = [
        replace(GOOD, utc_s=NOON),
        replace(GOOD, utc_s=NOON + 10, elapsed_ms=50.0),
        replace(UNREAD, utc_s=NOON + 22, elapsed_ms=900.0),
        replace(UNREAD, utc_s=NOON + 30, word=Word.BLURRED),
        replace(UNREAD, utc_s=NOON + 40),
        replace(GOOD, utc_s=NOON + 5000, family=Family.STOP, reason=Reason.EXPIRED, level=ClockLevel.T1),
    ]
    shift = shift_of(records)
    assert (shift.total, shift.unread, shift.unread_share) == (6, 3, 0.5)
    assert (shift.cause, shift.cause_count) == (Word.GLARE, 2)
    assert shift.families == {Family.GO: 2, Family.RETRY: 3, Family.STOP: 1}
    assert shift.answer_ms == 30.0
    assert shift.car_s == pytest.approx(10.0)  # the long pause is none of a car's
    assert shift.unsure_time == 1
    assert (shift.first_s, shift.last_s) == (NOON, NOON + 5000)


def test_an_empty_shift_claims_nothing() -> None:
    shift = shift_of([])
    assert (shift.total, shift.unread_share, shift.car_s, shift.answer_ms, shift.cause) == (0, None, None, None, None)


def test_a_clock_that_was_set_back_gives_no_negative_times() -> None:
    shift = shift_of([replace(GOOD, utc_s=NOON), replace(GOOD, utc_s=NOON - 500)])
    assert shift.car_s is None
