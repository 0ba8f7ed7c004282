"""The day until which an inspection had to be applied for: what "applied for late" is measured by."""

from __future__ import annotations

from datetime import date

import pytest

from firmware.verify.inspection import due_before
from firmware.verify.rules import Edition, Period
from firmware.verify.wire import PeriodGroup
from tests.world import World

EDITION: Edition = World().trust().rules.editions[0]
PRIVATE, OTHER = PeriodGroup.SMALL_PRIVATE, PeriodGroup.OTHER


@pytest.mark.parametrize(
    ("group", "registered", "until", "expected"),
    [
        (PRIVATE, date(2020, 5, 10), date(2022, 5, 31), None),  # the first of all: nothing was due before it
        (PRIVATE, date(2020, 5, 10), date(2024, 5, 31), date(2022, 5, 31)),
        (PRIVATE, date(2020, 5, 10), date(2026, 5, 10), date(2024, 5, 31)),
        (PRIVATE, date(2020, 5, 10), date(2027, 5, 31), date(2026, 5, 31)),  # from six years on each year
        (PRIVATE, date(2020, 5, 10), date(2025, 5, 31), None),  # no inspection is due in that month
        (PRIVATE, date(2020, 5, 10), date(2024, 6, 30), None),
        (OTHER, date(2020, 2, 29), date(2023, 2, 28), date(2022, 2, 28)),
        (OTHER, date(2023, 2, 1), date(2025, 2, 1), date(2024, 2, 29)),
        (PRIVATE, date(2020, 5, 10), date(2019, 5, 10), None),  # runs out before the car was registered
    ],
)
def test_the_month_before(group: PeriodGroup, registered: date, until: date, expected: date | None) -> None:
    assert due_before(EDITION, group, registered, until) == expected


def test_without_a_period_for_that_age_nothing_is_said() -> None:
    assert all(isinstance(period, Period) for period in EDITION.periods)
    assert due_before(EDITION, PRIVATE, date(1900, 1, 1), date(2026, 1, 1)) is None
