"""Checks of what is wired, each with its failing case."""

from __future__ import annotations

import importlib.machinery
import os
from pathlib import Path

import pytest
from PIL import Image

from firmware.display.panel import NoPanel, Panel, PanelError, PanelSpec
from firmware.doctor import hardware
from firmware.doctor.finding import State
from tests.doctor.conftest import Make, write

OLED = {"panel.driver": "ssd1306"}
SPEED = "sys/class/i2c-adapter/i2c-1/of_node/clock-frequency"
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
HEAT = "sys/class/thermal/thermal_zone0/temp"


class DeafPanel(NoPanel):
    """A panel that is not on the bus."""

    def _show(self, image: Image.Image) -> None:
        raise OSError(121, f"Remote I/O error for {image.size}")


def pictures(folder: Path, *levels: int) -> str:
    folder.mkdir()
    for number, level in enumerate(levels):
        picture = Image.new("L", (320, 240), level)
        picture.paste(255 - level if number else level, (0, 0, 9, 9))
        picture.save(folder / f"{number}.png")
    return str(folder)


def test_a_source_that_gives_a_frame_is_well(machine: Make, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    picture = Image.new("L", (320, 240), 255)
    picture.paste(0, (0, 0, 100, 100))
    picture.save(folder / "1.png")
    found = hardware.camera(machine({"camera.source": f"folder:{folder}"}))
    assert (found.state, "320x240" in found.evidence) == (State.OK, True)


@pytest.mark.parametrize("source", ["/dev/video63", "folder:/nonexistent", "???", "picamera:x"])
def test_a_source_that_cannot_be_opened_is_a_failure_with_its_remedy(machine: Make, source: str) -> None:
    found = hardware.camera(machine({"camera.source": source}))
    assert found.state is State.FAIL
    assert found.remedy


def test_a_frame_of_a_single_grey_is_a_covered_lens(machine: Make, tmp_path: Path) -> None:
    found = hardware.camera(machine({"camera.source": f"folder:{pictures(tmp_path / 'dark', 0)}"}))
    assert (found.state, "lens cap" in found.remedy) == (State.WARN, True)


def test_a_source_without_a_frame_in_time_is_a_failure(
    machine: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from firmware.scanner.folder import FolderSource

    monkeypatch.setattr(FolderSource, "read", lambda *_: None)
    found = hardware.camera(machine({"camera.source": f"folder:{pictures(tmp_path / 'slow', 0)}"}))
    assert (found.state, "no frame in 5 s" in found.evidence) == (State.FAIL, True)


def test_a_panel_that_is_not_an_oled_is_not_looked_at(machine: Make) -> None:
    assert hardware.panel(machine({"panel.driver": "none"})).state is State.SKIP


def test_a_missing_bus_is_a_failure(machine: Make) -> None:
    found = hardware.panel(machine(OLED))
    assert (found.state, found.evidence) == (State.FAIL, "there is no /dev/i2c-1")


def test_a_panel_that_does_not_acknowledge_is_a_failure(machine: Make, tmp_path: Path) -> None:
    write(tmp_path / "root/dev/i2c-1", "")
    found = hardware.panel(machine(OLED, open_panel=lambda spec: DeafPanel()))
    assert found.state is State.FAIL
    assert "0x3c" in found.evidence
    assert "i2cdetect -y 1" in found.remedy


def test_a_panel_whose_module_is_missing_is_a_failure(machine: Make, tmp_path: Path) -> None:
    def cannot(spec: PanelSpec) -> Panel:
        raise PanelError("luma.oled is not installed")

    write(tmp_path / "root/dev/i2c-1", "")
    assert hardware.panel(machine(OLED, open_panel=cannot)).state is State.FAIL


def test_a_panel_that_takes_a_picture_is_well_and_was_asked_for_as_configured(machine: Make, tmp_path: Path) -> None:
    asked: list[PanelSpec] = []

    def remember(spec: PanelSpec) -> Panel:
        asked.append(spec)
        return NoPanel()

    write(tmp_path / "root/dev/i2c-1", "")
    found = hardware.panel(machine({**OLED, "panel.address": "0x3d"}, open_panel=remember))
    assert found.state is State.OK
    assert [(spec.driver, spec.bus, spec.address) for spec in asked] == [("ssd1306", "i2c", 0x3D)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_bus_that_may_not_be_opened_names_the_group(machine: Make, tmp_path: Path) -> None:
    write(tmp_path / "root/dev/i2c-1", "").chmod(0)
    assert "group i2c" in hardware.panel(machine(OLED)).remedy


def test_an_spi_panel_is_looked_for_on_its_own_bus(machine: Make, tmp_path: Path) -> None:
    spi = {**OLED, "panel.bus": "spi", "panel.port": "0"}
    assert hardware.panel(machine(spi)).evidence == "there is no /dev/spidev0.0"
    write(tmp_path / "root/dev/spidev0.0", "")
    assert hardware.panel(machine(spi)).state is State.OK


@pytest.mark.parametrize(
    ("hertz", "state"), [(100_000, State.WARN), (399_999, State.WARN), (400_000, State.OK), (1_000_000, State.OK)]
)
def test_an_i2c_bus_below_400_khz_is_a_warning(machine: Make, tmp_path: Path, hertz: int, state: State) -> None:
    write(tmp_path / "root" / SPEED, hertz.to_bytes(4, "big"))
    found = hardware.i2c_speed(machine(OLED))
    assert found.state is state
    assert bool(found.remedy) == (state is State.WARN)


def test_an_i2c_bus_of_unknown_speed_is_a_warning_and_without_a_panel_it_is_no_question(machine: Make) -> None:
    assert hardware.i2c_speed(machine(OLED)).state is State.WARN
    assert hardware.i2c_speed(machine({"panel.driver": "none"})).state is State.SKIP


def lgpio_is(monkeypatch: pytest.MonkeyPatch, module: Path | None) -> None:
    spec = None if module is None else importlib.machinery.ModuleSpec("lgpio", None, origin=str(module))
    monkeypatch.setattr(hardware, "find_spec", lambda name: spec)


def test_real_pins_without_lgpio_are_a_failure(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    lgpio_is(monkeypatch, None)
    found = hardware.pins(machine({"pins.factory": "lgpio"}))
    assert (found.state, "python3-lgpio" in found.remedy) == (State.FAIL, True)


@pytest.mark.parametrize(("version", "text"), [("0.0.0.2", "def gpiochip_open(): ..."), ("0.2.2.0", "")])
def test_the_empty_lgpio_module_is_noticed(
    machine: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, text: str
) -> None:
    lgpio_is(monkeypatch, write(tmp_path / "lgpio.py", text))
    found = hardware.pins(machine({"pins.factory": "lgpio"}, version_of=lambda name: version))
    assert (found.state, "is empty" in found.evidence) == (State.FAIL, True)


def test_lgpio_on_a_board_without_gpio_is_a_failure_and_with_gpio_it_is_well(
    machine: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lgpio_is(monkeypatch, write(tmp_path / "lgpio.py", "def gpiochip_open(): ..."))
    lgpio = {"pins.factory": "lgpio"}
    assert "no /dev/gpiochip" in hardware.pins(machine(lgpio)).evidence
    write(tmp_path / "root/dev/gpiochip0", "")
    assert hardware.pins(machine(lgpio)).state is State.OK
    assert hardware.pins(machine({"pins.factory": "mock"})).state is State.SKIP


def test_lgpio_needs_a_folder_that_can_be_written(machine: Make, tmp_path: Path) -> None:
    lgpio = {"pins.factory": "lgpio"}
    assert hardware.lgpio_folder(machine(lgpio, environ={"LG_WD": str(tmp_path)})).state is State.OK
    found = hardware.lgpio_folder(machine(lgpio, environ={"LG_WD": "/proc/self"}))
    assert (found.state, "RuntimeDirectory" in found.remedy) == (State.FAIL, True)
    assert hardware.lgpio_folder(machine()).state is State.SKIP


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        ({"gate.mode": "off"}, State.SKIP, "no barrier"),
        ({"gate.mode": "closed", "pins.factory": "mock"}, State.OK, "when the terminal fails: closed"),
        ({"gate.mode": "open", "pins.factory": "mock"}, State.OK, "when the terminal fails: open"),
        ({"gate.mode": "closed"}, State.FAIL, "without pins"),
        ({"gate.mode": "closed", "pins.factory": "mock", "pins.relay": "none"}, State.FAIL, "without a relay"),
        ({"gate.mode": "closed", "pins.factory": "mock", "pins.relay": "8"}, State.FAIL, "pulled up at boot"),
        ({"gate.mode": "closed", "pins.factory": "mock", "pins.relay": "9"}, State.OK, "pin 9"),
    ],
)
def test_a_gate_needs_a_relay_on_a_pin_that_boots_low(
    machine: Make, settings: dict[str, str], state: State, said: str
) -> None:
    found = hardware.gate(machine(settings))
    assert (found.state, said in found.evidence) == (state, True)


@pytest.mark.parametrize("driver", ["pinctrl_bcm2835", "pinctrl_rp1"])
def test_a_kernel_that_keeps_the_pins_of_a_killed_program_is_a_warning(
    machine: Make, tmp_path: Path, driver: str
) -> None:
    lgpio = {"pins.factory": "lgpio"}
    assert hardware.released_pins(machine({"pins.factory": "mock"})).state is State.SKIP
    assert hardware.released_pins(machine(lgpio)).state is State.SKIP
    write(tmp_path / "root/sys/module" / driver / "parameters/persist_gpio_outputs", "Y\n")
    found = hardware.released_pins(machine(lgpio))
    assert (found.state, driver in found.evidence, "strict_gpiod" in found.remedy) == (State.WARN, True, True)
    write(tmp_path / "root/sys/module" / driver / "parameters/persist_gpio_outputs", "N\n")
    assert hardware.released_pins(machine(lgpio)).state is State.OK


@pytest.mark.parametrize(
    ("word", "state", "said"),
    [
        ("0", State.OK, "no undervoltage"),
        ("50000", State.WARN, "since boot: undervoltage, throttled"),
        ("50005", State.FAIL, "now: undervoltage, throttled"),
        ("80008", State.FAIL, "now: soft heat limit"),
    ],
)
def test_undervoltage_now_is_a_failure_and_since_boot_a_warning(
    machine: Make, tmp_path: Path, word: str, state: State, said: str
) -> None:
    assert hardware.power(machine()).state is State.SKIP
    write(tmp_path / "root" / THROTTLED, word + "\n")
    found = hardware.power(machine())
    assert (found.state, said in found.evidence) == (state, True)


def test_a_hardware_watchdog_that_is_not_armed_is_a_warning(machine: Make, tmp_path: Path) -> None:
    assert hardware.watchdog(machine()).state is State.SKIP
    write(tmp_path / "root/sys/class/watchdog/watchdog0/timeout", "15\n")
    write(tmp_path / "root/sys/class/watchdog/watchdog0/state", "inactive\n")
    found = hardware.watchdog(machine())
    assert (found.state, "RuntimeWatchdogSec=15" in found.remedy) == (State.WARN, True)
    write(tmp_path / "root/sys/class/watchdog/watchdog0/state", "active\n")
    assert hardware.watchdog(machine()).evidence == "the hardware watchdog bites after 15 s"


@pytest.mark.parametrize(
    ("milli", "state"), [(74_999, State.OK), (75_000, State.WARN), (79_999, State.WARN), (80_000, State.FAIL)]
)
def test_a_hot_board_is_told(machine: Make, tmp_path: Path, milli: int, state: State) -> None:
    assert hardware.heat(machine()).state is State.SKIP
    write(tmp_path / "root" / HEAT, f"{milli}\n")
    assert hardware.heat(machine()).state is state
