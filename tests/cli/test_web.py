"""`yanma web`: serving as a process, and the switch at the device."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware.cli import main
from firmware.refusal import ExitCode
from tests.cli.conftest import ROOT
from tests.page.conftest import CODE, PlayedTerminal, free_port


def flags(folder: Path, port: int) -> list[str]:
    settings = {"page.folder": folder, "page.status": folder / "status.json", "page.port": port}
    return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


@pytest.mark.slow
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    words = [sys.executable, "-m", "firmware", "web", *flags(tmp_path, port)]
    served = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert served.stdout is not None
    assert served.stdout.readline() == f"http://127.0.0.1:{port}/\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/status")
    assert json.loads(connection.getresponse().read())["fresh"] is False
    connection.close()
    began_s = time.monotonic()
    served.send_signal(signal.SIGTERM)
    out, err = served.communicate(timeout=20)
    assert (served.returncode, out, err) == (0, "", "")
    assert time.monotonic() - began_s < 5


def test_a_port_that_is_taken_is_69_and_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert main(["web", *flags(tmp_path, other.getsockname()[1])]) == ExitCode.UNAVAILABLE
    assert "choose another page.port" in capsys.readouterr().err


def test_open_prints_the_code_and_close_closes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = PlayedTerminal(tmp_path)
    try:
        assert main(["web", "open", *flags(tmp_path, 8088)]) == ExitCode.OK
        assert capsys.readouterr().out == f"open for ten minutes, code {CODE}\n"
        assert main(["web", "close", *flags(tmp_path, 8088)]) == ExitCode.OK
        assert capsys.readouterr().out == "closed\n"
    finally:
        terminal.close()


@pytest.mark.parametrize("action", ["open", "close"])
def test_without_a_terminal_nothing_can_be_opened(
    tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["web", action, *flags(tmp_path, 8088)]) == ExitCode.UNAVAILABLE
    assert "page.enabled" in capsys.readouterr().err
