"""The grid: what is sent makes the window equal to what was meant, and nothing that did not change is sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.display.terminal_canvas import Canvas, columns_of, printable, wrap
from tests.display.fake_terminal import FakeTerminal

_WRITES = st.lists(
    st.tuples(
        st.integers(0, 22), st.integers(-1, 4), st.text("ab京有▀ ", max_size=8), st.sampled_from(["", "1", "1;32"])
    ),
    max_size=8,
)


def _canvas(writes: list[tuple[int, int, str, str]]) -> Canvas:
    canvas = Canvas(20, 4)
    for write in writes:
        canvas.write(*write)
    return canvas


def _meant(canvas: Canvas) -> list[str]:
    return ["".join(character for character, _ in row).rstrip() for row in canvas.cells]


@settings(max_examples=100, deadline=None)
@given(first=_WRITES, second=_WRITES)
def test_the_window_becomes_the_canvas(
    first: list[tuple[int, int, str, str]], second: list[tuple[int, int, str, str]]
) -> None:
    terminal = FakeTerminal(20, 4)
    one, two = _canvas(first), _canvas(second)
    terminal.feed(one.changes_from(None))
    assert terminal.text().split("\n") == _meant(one)
    terminal.feed(two.changes_from(one))
    assert terminal.text().split("\n") == _meant(two)
    assert two.changes_from(two) == ""


def test_one_changed_cell_sends_one_cell() -> None:
    one, two = _canvas([(0, 1, "hello", "")]), _canvas([(0, 1, "hallo", "")])
    assert two.changes_from(one) == "\x1b[2;2Ha"


def test_writing_over_half_of_a_wide_character_leaves_no_half() -> None:
    canvas = _canvas([(0, 0, "京京", ""), (1, 0, "a", "")])
    assert _meant(canvas)[0] == " a京"
    canvas = _canvas([(0, 0, "京京", ""), (2, 0, "a", "")])
    assert _meant(canvas)[0] == "京a"


def test_a_text_from_outside_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\n\x07") == "a?[2Jb??"


@pytest.mark.parametrize(("text", "columns"), [("有效 京A12345 检验标志", 7), ("", 5), ("aaaa", 1), ("京", 2)])
def test_wrapping_keeps_every_character_and_the_width(text: str, columns: int) -> None:
    lines = list(wrap(text, columns))
    assert "".join(lines) == text
    assert all(columns_of(line) <= columns for line in lines)
