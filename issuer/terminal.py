"""A live code in a terminal: half blocks, a quiet zone, a countdown, and a new code before the old one ends."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Final

from firmware.verify.wire import LIVE_S
from issuer import qr
from issuer.errors import bad_config
from issuer.office import Office
from issuer.phone import LiveCode, live_text
from issuer.stopping import StopOnSignals

#: A new code is drawn well before the old one ends, so that a slow hand still shows a good one.
RENEW_BEFORE_S: Final = 20
_TICK_S: Final = 0.25

# Black on white whatever the theme of the terminal: many cameras do not read a light code on a dark ground.
_CODE_COLOURS: Final = "\x1b[38;5;231;48;5;16m"
_PLAIN: Final = "\x1b[0m"
_HOME: Final = "\x1b[H"
_CLEAR: Final = "\x1b[2J"
_CLEAR_LINE: Final = "\x1b[K"
_CLEAR_BELOW: Final = "\x1b[J"
_HIDE_CURSOR: Final = "\x1b[?25l"
_SHOW_CURSOR: Final = "\x1b[?25h"
_OTHER_SCREEN: Final = "\x1b[?1049h"
_FIRST_SCREEN: Final = "\x1b[?1049l"


def drawing(text: bytes) -> list[str]:
    """The lines of a code, colours included."""
    symbol = qr.code_of(text, qr.Carrier.SCREEN)
    return [f"{_CODE_COLOURS}{line}{_PLAIN}" for line in qr.half_blocks(qr.rows(symbol))]


def heading(code: LiveCode) -> str:
    return f"{code.title_zh}  {code.wish.subject.title}  ({code.title_en}, demo 演示)"


def countdown(left_s: int) -> str:
    """How long the code is good, as a bar and a number."""
    return f"{'▰' * (left_s // 3)}{'▱' * (LIVE_S // 3 - left_s // 3)} {left_s:2d} s"


def show_once(code: LiveCode, office: Office) -> None:
    """One code, drawn where the cursor is."""
    lines = [heading(code), *drawing(live_text(code, office, int(time.time())))]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def show_until_stopped(code: LiveCode, office: Office) -> None:
    """Draw on a screen of its own until Ctrl-C, and give the old screen back. Raises OfficeError without a terminal."""
    if not sys.stdout.isatty():
        raise bad_config(
            "show draws in a terminal, and this is none: add --once to draw one code into a pipe or a file"
        )
    stop = StopOnSignals()
    sys.stdout.write(_OTHER_SCREEN + _HIDE_CURSOR)
    try:
        made_s, lines, shown = 0, list[str](), ""
        while not stop.wait(_TICK_S if lines else 0):
            now_s = int(time.time())
            if now_s - made_s >= LIVE_S - RENEW_BEFORE_S or now_s < made_s:
                made_s, lines = now_s, drawing(live_text(code, office, now_s))
            frame = _frame(code, lines, made_s + LIVE_S - now_s)
            if frame != shown:
                shown = frame
                sys.stdout.write(frame)
                sys.stdout.flush()
    finally:
        sys.stdout.write(_SHOW_CURSOR + _FIRST_SCREEN)
        sys.stdout.flush()


def _frame(code: LiveCode, lines: list[str], left_s: int) -> str:
    size = shutil.get_terminal_size()
    needed = len(lines) + 3
    if size.lines < needed or size.columns < 2 * len(lines):
        return (
            f"{_HOME}{_CLEAR}This terminal has {size.columns} x {size.lines} characters; "
            f"the code needs {2 * len(lines)} x {needed}. Make it larger, or the letters smaller. Ctrl-C ends."
        )
    text = [heading(code), *lines, f"{countdown(left_s)}   Ctrl-C ends"]
    return _HOME + "".join(f"{line}{_CLEAR_LINE}\n" for line in text) + _CLEAR_BELOW
