"""Who may look through the camera, and until when."""

from __future__ import annotations

import pytest

from firmware.commissioning.session import ATTEMPTS, OPEN_S, Session, fresh_code
from firmware.commissioning.words import banner_lines
from firmware.display import fonts, typeset
from firmware.display.screens import LINE_WIDTH


@pytest.fixture
def session() -> Session:
    codes, tokens = iter(("12345678", "87654321")), iter(("first", "second"))
    return Session(make_code=lambda: next(codes), make_token=lambda: next(tokens))


def test_nobody_gets_in_before_it_was_opened_at_the_device(session: Session) -> None:
    assert not session.is_open(0.0)
    assert session.log_in("12345678", 0.0) is None
    assert not session.allows("", 0.0)


def test_the_code_of_the_screen_lets_one_visitor_in_once(session: Session) -> None:
    session.open(0.0)
    token = session.log_in("12345678", 1.0)
    assert token == "first"
    assert session.allows("first", 2.0)
    assert session.log_in("12345678", 3.0) is None, "a code that was seen over a shoulder is worth nothing"
    assert not session.allows("second", 3.0)


def test_it_closes_by_itself_after_ten_minutes(session: Session) -> None:
    session.open(0.0)
    session.log_in("12345678", 1.0)
    assert session.allows("first", OPEN_S - 0.1)
    assert not session.allows("first", OPEN_S)
    assert not session.is_open(OPEN_S)


def test_five_wrong_codes_close_it_and_the_right_one_comes_too_late(session: Session) -> None:
    session.open(0.0)
    for _ in range(ATTEMPTS):
        assert session.log_in("00000000", 1.0) is None
    assert session.log_in("12345678", 1.0) is None
    assert not session.is_open(1.0)


def test_four_wrong_codes_and_the_right_one_are_a_visit(session: Session) -> None:
    session.open(0.0)
    for _ in range(ATTEMPTS - 1):
        session.log_in("00000000", 1.0)
    assert session.log_in("12345678", 1.0) == "first"


def test_opening_again_makes_a_new_code_and_puts_the_visitor_out(session: Session) -> None:
    session.open(0.0)
    session.log_in("12345678", 1.0)
    session.open(2.0)
    assert not session.allows("first", 2.0)
    assert session.log_in("87654321", 3.0) == "second"


def test_a_code_has_eight_digits_and_is_not_the_last_one() -> None:
    codes = {fresh_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 8 and code.isascii() and code.isdecimal() for code in codes)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", ["12345678", None])
@pytest.mark.parametrize("preview", [True, False])
def test_every_line_of_the_banner_fits_and_has_its_glyphs(language: str, code: str | None, preview: bool) -> None:
    lines = banner_lines(language, code, 600.0, preview=preview)
    assert len(lines) <= 5
    for line in lines:
        assert typeset.shorten(line, fonts.small(), LINE_WIDTH) == line
    if preview and language == "zh":
        assert "预览中" in lines[0]
