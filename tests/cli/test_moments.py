"""`--at`: which instant a text names, and what is said about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.commands.moments import BadTimeError, parse_at, spoken
from firmware.model import ClockLevel, Moment


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-06-11T06:30:00Z", "2026-06-11T14:30:00+08:00"),
        ("2026-06-11T14:30+08:00", "2026-06-11T14:30:00+08:00"),
        ("2026-06-11 14:30", "2026-06-11T14:30:00+08:00"),
        ("20260611T143000", "2026-06-11T14:30:00+08:00"),
        ("2026-06-11", "2026-06-11T12:00:00+08:00"),
        ("20260611", "2026-06-11T12:00:00+08:00"),
        (" 2028-02-29 ", "2028-02-29T12:00:00+08:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T08:00:00+08:00"),
    ],
)
def test_a_text_names_one_exact_instant(text: str, meant: str) -> None:
    moment, _ = parse_at(text)
    assert spoken(moment) == meant
    assert (moment.doubt_s, moment.level) == (0.0, ClockLevel.T3)


@pytest.mark.parametrize(
    ("text", "said"), [("2026-06-11T06:30Z", False), ("2026-06-11T06:30", True), ("2026-06-11", True)]
)
def test_an_assumed_zone_is_said(text: str, said: bool) -> None:
    _, assumed = parse_at(text)
    assert ("Asia/Shanghai" in (assumed or "")) == said


@pytest.mark.parametrize("text", ["", "now", "2027-02-29", "1969-12-31T23:59:59Z", "0001-01-01", "2026-06-11T25:00"])
def test_what_is_no_time_from_1970_on_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadTimeError) as caught:
        parse_at(text)
    assert "2026-06-11T06:30:00Z" in caught.value.next_step


@given(st.text(max_size=30))
def test_any_text_gives_a_moment_or_a_refusal(text: str) -> None:
    try:
        moment, _ = parse_at(text)
    except BadTimeError:
        moment = Moment.exactly(0.0)
    assert moment.utc_s >= 0


@given(st.datetimes().filter(lambda at: at.year >= 1970 and (at.year, at.month, at.day) > (1970, 1, 1)))
def test_every_date_and_time_from_1970_on_is_spoken_as_it_was_written(at: object) -> None:
    text = str(at)[:19]
    moment, _ = parse_at(text)
    assert spoken(moment) == text.replace(" ", "T") + "+08:00"
