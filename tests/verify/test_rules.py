"""Rules as data: editions, letters, classes, periods, the calendar; and the oddities of fields."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.verify.days import as_date, day_of, start_of
from firmware.verify.errors import MalformedError
from firmware.verify.fields import PLATE_FORMS, plate_form, vin_fits
from firmware.verify.inspection import add_months, age_months, group_of, next_due, period_at
from firmware.verify.rules import Edition, Rules, parse_rules
from firmware.verify.wire import EditionField, PeriodGroup, RulesField
from firmware.verify.workdays import Calendar, parse_calendar
from tests.world import TODAY, World


def day_number(when: date) -> int:
    return (when - date(1970, 1, 1)).days


def body(**changes: Any) -> dict[int | str, Any]:
    first = World().editions()[0]
    plain = {RulesField.VERSION: 1, RulesField.EDITIONS: [first], RulesField.CALENDAR: {2026: [[], []]}}
    return plain | {RulesField[name]: value for name, value in changes.items()}  # type: ignore[return-value]


def edition(**changes: Any) -> dict[int, Any]:
    return World().editions()[0] | {EditionField[name]: value for name, value in changes.items()}


def rules_of_three() -> Rules:
    """The three regimes for small private cars, as the office writes them."""
    regimes = (
        (date(2014, 9, 1), [[1, 0, 72, 24, False], [1, 72, 180, 12, True], [1, 180, 1200, 6, True]]),
        (
            date(2020, 11, 20),
            [[1, 0, 72, 24, False], [1, 72, 120, 24, True], [1, 120, 180, 12, True], [1, 180, 1200, 6, True]],
        ),
        (
            date(2022, 10, 1),
            [[1, 0, 72, 24, False], [1, 72, 96, 24, True], [1, 96, 120, 24, False], [1, 120, 1200, 12, True]],
        ),
    )
    editions = [edition(FROM=day_number(first), PERIODS=periods) for first, periods in regimes]
    return parse_rules(body(EDITIONS=editions), 0)


def in_force(rules: Rules, when: date) -> Edition:
    found = rules.on(day_number(when))
    assert found is not None
    return found


# --- editions ---


@pytest.mark.parametrize(
    ("when", "first"),
    [
        (date(2014, 9, 1), date(2014, 9, 1)),
        (date(2020, 11, 19), date(2014, 9, 1)),
        (date(2020, 11, 20), date(2020, 11, 20)),
        (date(2022, 9, 30), date(2020, 11, 20)),
        (date(2022, 10, 1), date(2022, 10, 1)),
        (date(2026, 6, 12), date(2022, 10, 1)),
    ],
)
def test_day_is_judged_by_the_edition_of_that_day(when: date, first: date) -> None:
    assert in_force(rules_of_three(), when).from_day == day_number(first)


def test_no_edition_before_the_first() -> None:
    assert rules_of_three().on(day_number(date(2014, 8, 31))) is None


@pytest.mark.parametrize(
    "wrong",
    [
        body(VERSION="1"),
        body(EDITIONS=[]),
        body(EDITIONS=[edition()] * 65),
        body(EDITIONS=[edition(), edition()]),
        body(EDITIONS=[edition(FROM=9), edition(FROM=8)]),
        body(EDITIONS=["x"]),
        body(EDITIONS=[{}]),
        body(EDITIONS={}),
        body(CALENDAR=[]),
        body() | {99: 1},
        *(
            body(EDITIONS=[edition(**change)])
            for change in (
                {"FROM": -1},
                {"FROM": True},
                {"NOTICE_DAYS": 367},
                {"CLASSES": []},
                {"CLASSES": {1: []}},
                {"CLASSES": {"C1": "C2"}},
                {"CLASSES": {"C1": [2]}},
                {"PERIODS": {}},
                {"PERIODS": [[1, 0, 12, 12]]},
                {"PERIODS": [[1, 0, 12, 12, 1]]},
                {"PERIODS": [[3, 0, 12, 12, True]]},
                {"PERIODS": [[1, 12, 12, 12, True]]},
                {"PERIODS": [[1, 0, 12, 0, True]]},
                {"PERIODS": [[1, 0, 1201, 12, True]]},
                {"PERIODS": [[1, "0", 12, 12, True]]},
            )
        ),
    ],
)
def test_rules_off_their_form_are_refused_whole(wrong: dict[int | str, Any]) -> None:
    with pytest.raises(MalformedError):
        parse_rules(wrong, 0)


def test_class_covers_itself_and_what_the_rules_say() -> None:
    covers = in_force(parse_rules(body(), 0), as_date(TODAY)).covers
    assert covers["A1"] == {"A1", "B1", "C1"}
    assert covers["C2"] == {"C2"}


# --- inspection periods ---


@pytest.mark.parametrize(
    ("registered", "when", "due"),
    [
        # the same car of 2007, fifteen years old, before and after the day on which the third regime began
        (date(2007, 3, 15), date(2022, 9, 30), date(2023, 3, 15)),
        (date(2007, 3, 15), date(2022, 10, 1), date(2023, 3, 15)),
        (date(2006, 3, 15), date(2022, 9, 30), date(2023, 3, 15)),
        (date(2006, 3, 15), date(2022, 9, 14), date(2022, 9, 15)),
        (date(2006, 3, 15), date(2022, 10, 1), date(2023, 3, 15)),
        (date(2024, 2, 29), date(2026, 2, 27), date(2026, 2, 28)),
        (date(2024, 2, 29), date(2026, 2, 28), date(2028, 2, 29)),
        (date(2018, 6, 12), date(2024, 6, 11), date(2024, 6, 12)),
        (date(2018, 6, 12), date(2024, 6, 12), date(2026, 6, 12)),
    ],
)
def test_due_dates_of_the_three_regimes(registered: date, when: date, due: date) -> None:
    assert next_due(in_force(rules_of_three(), when), PeriodGroup.SMALL_PRIVATE, registered, when) == due


def test_fifteen_year_old_car_is_due_each_half_year_before_and_each_year_since_october_2022() -> None:
    registered = date(2006, 3, 15)
    rules = rules_of_three()
    before = next_due(in_force(rules, date(2022, 9, 20)), PeriodGroup.SMALL_PRIVATE, registered, date(2022, 3, 20))
    since = next_due(in_force(rules, date(2022, 10, 1)), PeriodGroup.SMALL_PRIVATE, registered, date(2022, 3, 20))
    assert (before, since) == (date(2022, 9, 15), date(2023, 3, 15))


def test_group_without_periods_has_no_due_date() -> None:
    found = in_force(rules_of_three(), date(2026, 1, 1))
    assert next_due(found, PeriodGroup.OTHER, date(2020, 1, 1), date(2026, 1, 1)) is None
    assert period_at(found, PeriodGroup.SMALL_PRIVATE, 5000) is None


@pytest.mark.parametrize(
    ("use", "vehicle_type", "group"),
    [("A", "K33", 1), ("A", "K43", 1), ("B", "K33", 2), ("A", "H31", 2), (None, None, 2), ("A", None, 2)],
)
def test_only_small_private_passenger_cars_are_exempt_at_all(
    use: str | None, vehicle_type: str | None, group: int
) -> None:
    class Car:
        pass

    car = Car()
    car.use, car.vehicle_type = use, vehicle_type  # type: ignore[attr-defined]
    assert group_of(car) is PeriodGroup(group)  # type: ignore[arg-type]


@given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.integers(0, 600))
def test_months_later_is_that_many_months_of_age(registered: date, months: int) -> None:
    later = add_months(registered, months)
    assert age_months(registered, later) in (months, months - 1)  # the last of a shorter month counts as not yet
    assert (later.year * 12 + later.month) - (registered.year * 12 + registered.month) == months


# --- working days ---

GOLDEN_WEEK = parse_calendar(
    {
        2026: [
            [day_number(date(2026, 10, day)) for day in (1, 2, 5, 6, 7)],
            [day_number(date(2026, 9, 20)), day_number(date(2026, 10, 10))],
        ]
    }
)


@pytest.mark.parametrize(
    ("when", "working"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 3), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
    ],
)
def test_holidays_are_off_and_make_up_days_are_worked(when: date, working: bool) -> None:
    assert GOLDEN_WEEK.is_working(day_number(when)) is working


def test_seven_working_days_over_national_day() -> None:
    """30 September, 8 to 10 October (the 10th makes up), 12 to 14 October: seven, in fifteen calendar days."""
    first = day_number(date(2026, 9, 30))
    assert GOLDEN_WEEK.count(first, day_number(date(2026, 10, 14)), 99) == 7
    assert GOLDEN_WEEK.count(first, day_number(date(2026, 10, 15)), 99) == 8
    assert GOLDEN_WEEK.count(first, day_number(date(2026, 12, 31)), 8) == 8


def test_calendar_knows_only_spans_whose_every_year_it_has() -> None:
    assert GOLDEN_WEEK.knows(day_number(date(2026, 1, 1)), day_number(date(2026, 12, 31)))
    assert not GOLDEN_WEEK.knows(day_number(date(2026, 12, 31)), day_number(date(2027, 1, 1)))
    assert not Calendar({}).knows(TODAY, TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"2026": [[], []]},
        {True: [[], []]},
        {0: [[], []]},
        {9999: [[], []]},
        {2026: [[]]},
        {2026: {}},
        {2026: [[], {}]},
        {2026: [["x"], []]},
        {2026: [[TODAY, TODAY], []]},
        {2026: [[day_number(date(2025, 12, 31))], []]},
        {2026: [[day_number(date(2027, 1, 1))], []]},
        {2026: [list(range(129)), []]},
        {year: [[], []] for year in range(2000, 2065)},
    ],
)
def test_calendar_off_its_form_is_refused(wrong: object) -> None:
    with pytest.raises(MalformedError):
        parse_calendar(wrong)  # type: ignore[arg-type]


@given(st.integers(0, 40000), st.integers(0, 86399))
def test_day_of_shanghai_begins_where_the_one_before_ends(day: int, second: int) -> None:
    assert day_of(start_of(day) + second) == day
    assert day_of(start_of(day) - 1) == day - 1


# --- plates and VINs ---

ORDINARY = "京A12345 沪B6789A 粤BAB123 川A1A2B3 新A00001 琼E9Z9Z9 藏A88888 渝D0F0F0 云NQ1234 黑R7P7P7 苏E05EV8 津C12D34".split()
SMALL_NEW_ENERGY = "京AD12345 沪AF12345 粤BDA1234 川AG12345 浙ADD1234 皖AB12345 京AK98765 苏EJ00001".split()
LARGE_NEW_ENERGY = "京A12345D 沪A00001F 粤B54321D 川A99999A 鲁B12345K".split()
TAILED = "京A1234警 沪B123A警 粤A1234学 川AB123学 鲁A1234挂 冀BX123挂 皖A0A0A挂".split()
BORDER = "粤Z1234港 粤ZA123港 粤Z1234澳 粤ZX12Y澳".split()
CONSULAR = "沪A1234领 粤A0001领 123456领 使123456 224001使".split()
ODD = [
    *"A12345 京12345 京A1234 京A123456 京I12345 京O12345 京AI2345 京AO2345 京a12345 黔A12345 京A12345警 京AL12345".split(),
    *"京ADI1234 粤A1234港 京Z1234港 使12345 使1234567 1234567领 WJ京12345 京A·12345 京A 12345".split(),
    "",
    "京A１２３４５",
    "京A12345\n",
]


@pytest.mark.parametrize(
    ("plates", "name"),
    [
        (ORDINARY, "ordinary"),
        (SMALL_NEW_ENERGY, "small new-energy"),
        (LARGE_NEW_ENERGY, "large new-energy"),
        (TAILED, "police, learner, trailer"),
        (BORDER, "Hong Kong and Macao"),
        (CONSULAR[:2], "consulate"),
        (CONSULAR[2:3], "consulate, newer"),
        (CONSULAR[3:], "embassy"),
        (ODD, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_plates_have_the_form_that_is_published(plates: list[str], name: str | None) -> None:
    assert {plate: plate_form(plate) for plate in plates} == dict.fromkeys(plates, name)


def test_every_form_of_plate_has_an_example_and_there_are_enough() -> None:
    examples = ORDINARY + SMALL_NEW_ENERGY + LARGE_NEW_ENERGY + TAILED + BORDER + CONSULAR
    assert {plate_form(plate) for plate in examples} == {name for name, _ in PLATE_FORMS}
    assert len(examples) + len(ODD) >= 60


@pytest.mark.parametrize(
    ("vin", "fits"),
    [
        ("1M8GDM9AXKP042788", True),  # the worked example of the United States' rule: X
        ("1HGCM82633A004352", True),
        ("11111111111111111", True),
        ("1M8GDM9A0KP042788", False),
        ("1M8GDM9AXKP042789", False),
        ("1M8GDM9AXKP04278I", False),
        ("1M8GDM9AXKP04278O", False),
        ("1M8GDM9AXKP04278Q", False),
        ("1m8gdm9axkp042788", False),
        ("1M8GDM9AXKP04278", False),
        ("", False),
    ],
)
def test_vin_check_digit(vin: str, fits: bool) -> None:
    assert vin_fits(vin) is fits
