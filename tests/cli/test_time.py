"""`yanma time`: one turn answers what is asked; what is missing is said with its exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware.time_sources.reply import reply_name
from tests.cli.conftest import Answer
from tests.time_sources.test_fetch import ask, serving

Yanma = Callable[..., Answer]


def settings(tmp_path: Path, sources: str = "reply") -> list[str]:
    pairs = {"clock.requests": tmp_path / "run", "clock.handover": tmp_path / "out", "clock.sources": sources}
    return [word for key, value in pairs.items() for word in ("--set", f"{key}={value}")]


def test_one_turn_answers_what_is_asked(tmp_path: Path, yanma: Yanma) -> None:
    ask(tmp_path / "run")
    (tmp_path / "out").mkdir()
    with serving() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        answer = yanma("time", "--once", "--server", url, *settings(tmp_path))
    assert (answer.code, answer.lines) == (0, [f"reply: signed time from {url}"])
    assert (tmp_path / "out" / reply_name("entry")).is_file()


def test_a_folder_that_cannot_be_written_is_69(tmp_path: Path, yanma: Yanma) -> None:
    ask(tmp_path / "run")
    with serving() as server:
        answer = yanma("time", "--once", "--server", f"http://127.0.0.1:{server.server_port}", *settings(tmp_path))
    assert answer.code == 69
    assert "RuntimeDirectory=yanma-time" in answer.err


def test_nothing_to_ask_and_an_address_that_is_none_are_78(tmp_path: Path, yanma: Yanma) -> None:
    assert yanma("time", "--once", *settings(tmp_path, "rtc")).code == 78
    assert yanma("time", "--once", "--server", "ftp://x", *settings(tmp_path)).code == 78
