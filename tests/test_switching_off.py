"""Every output off: what a killed terminal left on, on a kernel that keeps it so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped]

from firmware.config_schema import Pins
from firmware.display import panel, pins
from firmware.refusal import UnavailableError
from firmware.switching_off import switch_off
from tests.test_fittings import configured

GATE = {"pins__factory": "mock", "gate__mode": "closed", "panel__driver": "none"}


@pytest.fixture
def left_on(monkeypatch: pytest.MonkeyPatch) -> dict[str, MockPin]:
    """The pins of a terminal that was killed, on a kernel that keeps them: every output high, and nobody there to lower it."""
    factory = MockFactory(revision="a02082", pin_class=MockPin)
    monkeypatch.setattr(pins, "make_factory", lambda name: None if name == "none" else factory)
    chosen = Pins()
    numbers = {name: getattr(chosen, name) for name in ("relay", "buzzer", "lamp_red", "vibration")}
    kept = {name: factory.pin(number) for name, number in numbers.items()}
    for pin in kept.values():
        pin.function, pin.state = "output", True
        pin.clear_states()
    return kept


def test_a_relay_that_a_killed_program_left_drawn_is_switched_off_first(
    tmp_path: Path, left_on: dict[str, MockPin]
) -> None:
    done = switch_off(configured(tmp_path, **GATE))
    assert next(done) == "relay"
    assert not left_on["relay"].state
    assert left_on["buzzer"].state, "its turn comes after what moves"
    assert list(done) == ["lamps, buzzer, vibration, torch"]
    assert {name: bool(pin.state) for name, pin in left_on.items()} == dict.fromkeys(left_on, False)
    assert all(not any(change.state for change in pin.states[1:]) for pin in left_on.values()), (
        "nothing was ever raised"
    )


def test_a_relay_of_another_program_is_not_touched_where_there_is_no_gate(
    tmp_path: Path, left_on: dict[str, MockPin]
) -> None:
    assert "relay" not in list(switch_off(configured(tmp_path, **GATE | {"gate__mode": "off"})))
    assert left_on["relay"].state


def test_a_screen_that_is_gone_keeps_no_relay_drawn(
    tmp_path: Path, left_on: dict[str, MockPin], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> panel.Panel:
        raise panel.PanelError("no panel at 0x3c")

    monkeypatch.setattr(panel, "open_panel", gone)
    done: list[str] = []
    with pytest.raises(UnavailableError, match="ssd1306"):
        done.extend(switch_off(configured(tmp_path, **GATE | {"panel__driver": "ssd1306"})))
    assert not any(pin.state for pin in left_on.values())


def test_without_pins_there_is_nothing_to_switch_off(tmp_path: Path) -> None:
    assert list(switch_off(configured(tmp_path, panel__driver="none"))) == []


def test_the_relay_falls_before_a_picture_library_is_loaded() -> None:
    """Python takes longer to load them than a pulse should last."""
    program = (
        "import sys; from firmware.config import Flag, load_config; from firmware.switching_off import switch_off\n"
        "flags = [Flag(k, v, k) for k, v in {'pins.factory': 'mock', 'gate.mode': 'closed', 'panel.driver': 'none'}.items()]\n"
        "done = switch_off(load_config(flags=flags).config)\n"
        "assert next(done) == 'relay'\n"
        "print(sorted({'PIL', 'numpy', 'luma', 'cv2'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
