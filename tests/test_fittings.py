"""Screen, lamps and barrier as configured: what is opened, and that nothing stays open when one of them is missing."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from firmware.config import Config, ConfigError, Flag, load_config
from firmware.drawn_screen import StageScreen
from firmware.fittings import open_fittings
from firmware.gate.barrier import Barrier, NoGate
from firmware.lanes.zone import FILE_NAME
from firmware.model import ClockLevel, Family, Icon, Idle, Notice
from firmware.refusal import UnavailableError

NOTICE = Notice(Family.GO, Icon.TICK, "有效", "京A12345", "核对车身 准予放行")


class Window(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("not a real one")


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def configured(tmp_path: Path, **settings: str) -> Config:
    flags = [Flag(key.replace("__", "."), word, key) for key, word in settings.items()]
    return load_config(etc=tmp_path, environ={"HOME": str(tmp_path)}, flags=flags).config


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()} - {"MainThread"}


def test_with_nothing_fitted_there_is_a_dark_screen_silence_and_no_gate(tmp_path: Path) -> None:
    fittings = open_fittings(configured(tmp_path, panel__driver="none"), io.StringIO(), "", 0.0)
    fittings.screen.starting()
    fittings.screen.show(NOTICE)
    fittings.screen.refresh()
    assert fittings.screen_alive()
    assert isinstance(fittings.gate, NoGate)
    assert fittings.say is None
    fittings.cues.close()
    fittings.screen.close()
    assert not fittings.screen_alive()


def test_a_screen_of_files_shows_what_was_shown_last(tmp_path: Path) -> None:
    config = configured(tmp_path, panel__driver="png", panel__png=str(tmp_path / "screen.png"))
    fittings = open_fittings(config, io.StringIO(), "", 0.0)
    fittings.screen.show(NOTICE)
    fittings.screen.close()
    assert (tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")


def test_a_barrier_on_simulated_pins_is_fitted_when_the_gate_is_on(tmp_path: Path) -> None:
    config = configured(tmp_path, panel__driver="none", pins__factory="mock", gate__mode="open", pins__loop="5")
    fittings = open_fittings(config, io.StringIO(), "", 0.0)
    assert isinstance(fittings.gate, Barrier)
    assert fittings.gate.poll(1.0) == ()
    fittings.gate.close()
    fittings.cues.close()
    fittings.screen.close()
    assert not threads() & {"panel", "pins"}


@pytest.mark.parametrize(("passback", "told"), [("in-out", True), ("off", False)])
def test_a_barrier_of_several_lanes_shares_its_passages_where_there_is_a_rule(
    tmp_path: Path, passback: str, told: bool
) -> None:
    lanes = {"terminal__lanes": str(tmp_path / "run"), "terminal__lane": "entry", "gate__passback": passback}
    config = configured(tmp_path, panel__driver="none", pins__factory="mock", gate__mode="open", **lanes)
    fittings = open_fittings(config, io.StringIO(), "", 0.0)
    fittings.gate.close()
    fittings.cues.close()
    fittings.screen.close()
    assert (tmp_path / "run" / "entry" / FILE_NAME).is_file() is told


def test_a_window_is_drawn_in_and_given_back(tmp_path: Path) -> None:
    window = Window()
    fittings = open_fittings(configured(tmp_path), window, "police · demo", 0.0)
    assert isinstance(fittings.screen, StageScreen)
    assert fittings.say is not None
    fittings.screen.idle(Idle("14:30", ClockLevel.T2, None, 0))
    fittings.say("14:30:00 GO VALID")
    fittings.screen.close()
    assert window.getvalue().startswith("\x1b[?1049h")
    assert window.getvalue().endswith("\x1b[?1049l")


def test_a_pipe_gets_no_window(tmp_path: Path) -> None:
    pipe = io.StringIO()
    fittings = open_fittings(configured(tmp_path), pipe, "", 0.0)
    fittings.screen.show(NOTICE)
    fittings.screen.close()
    assert fittings.say is None
    assert pipe.getvalue() == ""


def test_a_missing_relay_gives_the_window_back_before_it_is_told(tmp_path: Path) -> None:
    window = Window()
    with pytest.raises(ConfigError, match="needs a relay"):
        open_fittings(configured(tmp_path, gate__mode="closed"), window, "", 0.0)
    assert window.getvalue().endswith("\x1b[?1049l")
    assert not threads() & {"stage", "panel", "pins"}


def test_a_pin_factory_that_does_not_work_is_told_and_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="lgpio"):
        open_fittings(configured(tmp_path, pins__factory="lgpio", panel__driver="none"), io.StringIO(), "", 0.0)
    assert not threads() & {"panel", "pins"}
