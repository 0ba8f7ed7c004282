from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from issuer.errors import Exit, OfficeError
from issuer.office import Office
from issuer.phone import LIVE_CODES, live_text
from issuer.terminal import countdown, drawing, show_once, show_until_stopped


def test_the_code_is_black_on_white_in_every_line(shared_office: Office, now_s: int) -> None:
    lines = drawing(live_text(LIVE_CODES["mark"], shared_office, now_s))
    assert len({len(line) for line in lines}) == 1
    assert all(line.startswith("\x1b[38;5;231;48;5;16m") and line.endswith("\x1b[0m") for line in lines)
    first = re.sub(r"\x1b\[[0-9;]*m", "", lines[0])
    assert set(first) == {"█"}


@pytest.mark.parametrize(("left_s", "full"), [(60, 20), (59, 19), (3, 1), (2, 0), (0, 0)])
def test_the_countdown_shrinks_and_keeps_its_length(left_s: int, full: int) -> None:
    bar, number = countdown(left_s).split(" ", 1)
    assert bar == "▰" * full + "▱" * (20 - full)
    assert number.split() == [str(left_s), "s"]


def test_one_code_can_go_into_a_pipe(shared_office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    show_once(LIVE_CODES["licence"], shared_office)
    out = capsys.readouterr().out
    assert out.startswith("行驶证  京A12345")
    assert len(out.splitlines()) > 30


def test_a_moving_picture_needs_a_terminal(shared_office: Office) -> None:
    with pytest.raises(OfficeError, match="--once") as caught:
        show_until_stopped(LIVE_CODES["mark"], shared_office)
    assert caught.value.exit_code is Exit.BAD_CONFIG


@pytest.mark.parametrize(("size", "told"), [((50, 100), "Ctrl-C ends"), ((24, 80), "the code needs")])
def test_it_draws_on_a_screen_of_its_own_and_gives_the_old_one_back(
    tmp_path: Path, size: tuple[int, int], told: str
) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    command = [sys.executable, "-m", "issuer.cli", "show", "mark", "--state", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    out = b""
    with subprocess.Popen(command, stdout=slave, stderr=slave, env=environment) as running:
        deadline = time.monotonic() + 20
        while told.encode() not in out and time.monotonic() < deadline:
            if select.select([master], [], [], 0.2)[0]:
                out += os.read(master, 65536)
        running.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 20
        while running.poll() is None or select.select([master], [], [], 0)[0]:
            if time.monotonic() > deadline:
                running.kill()
            if select.select([master], [], [], 0.05)[0]:
                out += os.read(master, 65536)
    os.close(slave)
    os.close(master)
    assert running.returncode == 0
    assert out.startswith(b"\x1b[?1049h\x1b[?25l")
    assert out.endswith(b"\x1b[?25h\x1b[?1049l")
    assert told.encode() in out
