"""The stage: on a real pseudo-terminal, in every window size, on a pipe, and how it leaves."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios
import time
from collections.abc import Callable

import pytest

from firmware.display import screens
from firmware.display.blocks import BRAILLE, HALF, QUADRANT, Blocks
from firmware.display.schedule import Levels
from firmware.display.signals import notice_for, signal_for
from firmware.display.stage_layout import Stage, compose, layout_for
from firmware.display.terminal import TerminalStage, open_stage
from firmware.display.text import LANGUAGES, language_for
from firmware.model import LampColour, Reason, Signal
from tests.display.fake_terminal import FakeTerminal
from tests.screens.cases import BY_REASON, POST

PICTURE = screens.draw_notice(notice_for(BY_REASON[Reason.EXPIRED], POST, "zh"))


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Window(io.StringIO):
    """A stream in front of a FakeTerminal of changeable size."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__()
        self.terminal = FakeTerminal(columns, rows)
        self.asked = os.terminal_size((columns, rows))
        self.sent = 0

    def write(self, text: str) -> int:
        # What was composed before the change of size may still arrive; the stage clears before it draws for the new one.
        if text.startswith("\x1b[2J"):
            self.terminal.resize(self.asked.columns, self.asked.lines)
        self.terminal.feed(text)
        self.sent += len(text)
        return len(text)

    def isatty(self) -> bool:
        return True

    def size(self) -> os.terminal_size:
        return self.asked

    def stage(self, *, colour: bool = True) -> TerminalStage:
        return TerminalStage(self, "zh", size=self.size, colour=colour, live=True)


@pytest.mark.parametrize(
    ("columns", "rows", "blocks"),
    [
        (172, 32, HALF), (171, 32, QUADRANT), (128, 39, HALF), (127, 39, QUADRANT), (128, 38, QUADRANT), (108, 32, QUADRANT),
        (107, 32, BRAILLE), (64, 39, QUADRANT), (80, 24, BRAILLE), (64, 23, BRAILLE), (64, 22, None), (63, 50, None),
        (20, 5, None),
    ],
)  # fmt: skip
def test_the_window_decides_how_the_picture_is_drawn(columns: int, rows: int, blocks: Blocks | None) -> None:
    assert layout_for(columns, rows).blocks is blocks


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("columns", "rows"), [(172, 40), (130, 41), (110, 34), (80, 24), (40, 10), (10, 3), (1, 1)])
def test_the_stage_stays_inside_any_window_and_says_the_latest_verdict(columns: int, rows: int, language: str) -> None:
    stage = Stage(
        PICTURE,
        Levels(LampColour.RED, True, True),
        (140, 90, 140),
        True,
        ("14:32 校时", "来源: 场景"),
        ("旧", "过期 逾期43天"),
    )
    terminal = FakeTerminal(columns, rows)
    terminal.feed(compose(stage, columns, rows, language_for(language), colour=True).changes_from(None))
    if rows >= 24:
        assert "过期 逾期43天" in terminal.text()
        assert language_for(language).stage.colours[LampColour.RED] in terminal.text()
    blocks = layout_for(columns, rows).blocks
    if blocks is not None:
        assert all(line.rstrip() in terminal.text() for line in blocks.lines(PICTURE))


def test_a_stage_draws_what_it_is_told_and_gives_the_window_back() -> None:
    window = Window(172, 40)
    with window.stage() as stage:
        assert window.terminal.alternate
        assert not window.terminal.cursor
        stage.panel.show(PICTURE)
        stage.status(["14:32:07", "来源: 场景 03"])
        stage.event("过期 逾期43天")
        stage.relay(True)
        stage.pins.play(signal_for(BY_REASON[Reason.EXPIRED], POST))
        _until(lambda: HALF.lines(PICTURE)[0].rstrip() in window.terminal.text())
        _until(lambda: "灯 ● 红" in window.terminal.text())
        for text in ("140 90 140 90 140", "来源: 场景 03", "过期 逾期43天", "道闸 ▲"):
            _until(lambda text=text: text in window.terminal.text())  # type: ignore[misc]
    assert not window.terminal.alternate
    assert window.terminal.cursor
    assert window.terminal.wrapping


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_window_is_given_back_when_the_program_is_thrown_out(error: type[BaseException]) -> None:
    window = Window(80, 24)

    def program() -> None:
        with window.stage() as stage:
            stage.panel.show(PICTURE)
            raise error

    with pytest.raises(error):
        program()
    assert not window.terminal.alternate
    assert window.terminal.cursor


def test_closing_twice_gives_the_window_back_once() -> None:
    window = Window(80, 24)
    stage = window.stage()
    stage.close()
    sent = window.sent
    stage.close()
    assert window.sent == sent


def test_a_window_that_changes_its_size_is_drawn_anew() -> None:
    window = Window(172, 40)
    with window.stage() as stage:
        stage.panel.show(PICTURE)
        _until(lambda: HALF.lines(PICTURE)[10].rstrip() in window.terminal.text())
        window.asked = os.terminal_size((80, 24))
        _until(lambda: BRAILLE.lines(PICTURE)[5].rstrip() in window.terminal.text())


def test_nothing_is_sent_while_nothing_changes_and_little_when_little_does() -> None:
    window = Window(172, 40)
    with window.stage() as stage:
        stage.panel.show(PICTURE)
        _until(lambda: HALF.lines(PICTURE)[0].rstrip() in window.terminal.text())
        time.sleep(0.1)
        sent = window.sent
        stage.panel.show(PICTURE)
        time.sleep(0.4)
        assert window.sent == sent
        stage.status(["14:32:08"])
        _until(lambda: "14:32:08" in window.terminal.text())
        assert window.sent - sent < 2000


def test_without_colour_no_style_is_sent() -> None:
    window = Window(80, 24)
    with window.stage(colour=False) as stage:
        stage.pins.play(Signal(LampColour.RED))
        _until(lambda: "灯 ● 红" in window.terminal.text())
    assert window.terminal.styles <= {"0"}


def test_a_pipe_gets_one_plain_line_an_event() -> None:
    pipe = io.StringIO()
    with open_stage(pipe, "zh", {"TERM": "xterm"}) as stage:
        stage.panel.show(PICTURE)
        stage.pins.play(Signal(LampColour.RED, sound_ms=(10,)))
        stage.status(["14:32"])
        stage.event("过期 逾期43天 京A12345")
        stage.relay(True)
        stage.event("a\x1b[2Jb")
    assert pipe.getvalue().split("\n") == ["过期 逾期43天 京A12345", "道闸 开闸", "a?[2Jb", ""]


def test_a_dumb_terminal_gets_plain_lines_too() -> None:
    window = Window(80, 24)
    with open_stage(window, "en", {"TERM": "dumb"}) as stage:
        stage.event("VALID")
        assert not window.terminal.alternate
    assert window.terminal.text().startswith("VALID")


def test_a_pipe_that_cannot_say_chinese_gets_question_marks_and_no_error() -> None:
    raw = io.BytesIO()
    pipe = io.TextIOWrapper(raw, encoding="ascii")
    with open_stage(pipe, "zh", {}) as stage:
        stage.event("过期 43")
    assert raw.getvalue() == b"?? 43\n"


def test_a_reader_that_went_away_stops_nothing() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with open_stage(Gone(), "zh", {}) as stage:
        stage.event("过期")
        stage.panel.show(PICTURE)


def test_on_a_real_pseudo_terminal_the_screen_appears_and_leaves() -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 172, 0, 0))
    terminal = FakeTerminal(172, 40)
    received = b""
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        with open_stage(stream, "zh", {"TERM": "xterm-256color", "NO_COLOR": "1"}) as stage:
            stage.panel.show(PICTURE)
            stage.event("过期 逾期43天")
            while HALF.lines(PICTURE)[30].strip().encode() not in received or "逾期43天".encode() not in received:
                received += os.read(master, 65536)
        received += os.read(master, 65536)
    os.close(master)
    terminal.feed(received.decode().replace("\r\n", "\n"))
    assert not terminal.alternate
    assert terminal.cursor
    assert "过期 逾期43天" in terminal.text()
