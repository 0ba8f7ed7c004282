"""The sink: never blocks, shows the latest, heals, says how it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from luma.core.interface import serial
from PIL import Image

from firmware.display import screens
from firmware.display.panel import NoPanel, PanelSpec
from firmware.display.panel_luma import LumaPanel
from firmware.display.panel_sink import PanelHealth, PanelSink
from tests.display.fake_oled import FakeBus, FakeOled

# luma.oled 3.16 asks Pillow in a way that ends with Pillow 14; the lock holds 13.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated:DeprecationWarning")

PATIENCE_S = 10.0


def _picture(number: int) -> Image.Image:
    picture = screens.blank()
    picture.putpixel((number % 128, number // 128), 255)
    return picture


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@pytest.fixture
def bus() -> Iterator[FakeBus]:
    bus = FakeBus(FakeOled())
    yield bus
    bus.gate.set()


def _sink(bus: FakeBus, told: list[PanelHealth] | None = None, quiet_s: float = 60.0) -> PanelSink:
    panel = LumaPanel(PanelSpec(driver="ssd1306"), lambda: serial.i2c(bus=bus, address=0x3C))
    return PanelSink(panel, told.append if told is not None else lambda health: None, quiet_s=quiet_s)


def test_the_picture_arrives(bus: FakeBus) -> None:
    sink = _sink(bus)
    sink.show(_picture(1))
    _until(lambda: bus.oled.seen().tobytes() == _picture(1).tobytes())
    sink.close()
    assert not sink.alive
    assert not bus.oled.on


def test_a_stuck_bus_delays_neither_show_nor_close_and_is_seen(bus: FakeBus) -> None:
    sink = _sink(bus)
    bus.gate.clear()
    began = time.monotonic()
    for number in range(100):
        sink.show(_picture(number))
    assert time.monotonic() - began < 0.5
    _until(lambda: sink.busy_s > 0.05)
    sink.close(deadline_s=0.05)
    assert time.monotonic() - began < 3.0
    assert sink.alive, "still stuck, but nobody waits for it"
    bus.gate.set()
    _until(lambda: not sink.alive)


def test_only_the_latest_of_waiting_pictures_is_shown(bus: FakeBus) -> None:
    sink = _sink(bus)
    bus.gate.clear()
    sink.show(_picture(0))
    _until(lambda: sink.busy_s > 0)
    for number in range(1, 50):
        sink.show(_picture(number))
    bus.gate.set()
    _until(lambda: bus.oled.seen().tobytes() == _picture(49).tobytes())
    sink.close()
    assert bus.transfers < 5 * 60  # set-up, two pictures and the blank one; fifty would be 50 x 33 transfers


def test_a_display_that_comes_back_shows_the_picture_it_missed_and_faults_are_counted(bus: FakeBus) -> None:
    told: list[PanelHealth] = []
    sink = _sink(bus, told)
    bus.answering = False
    sink.show(_picture(3))
    _until(lambda: sink.health.faults >= 2)
    assert not sink.health.working
    assert "0x3C" in sink.health.why
    bus.answering = True
    _until(lambda: sink.health.working)
    assert bus.oled.seen().tobytes() == _picture(3).tobytes()
    sink.close()
    assert [health.working for health in told] == [False] * (len(told) - 1) + [True]
    assert told[-1].faults == len(told) - 1


def test_a_spike_that_resets_the_controller_is_healed_by_reinit(bus: FakeBus) -> None:
    sink = _sink(bus)
    sink.show(_picture(4))
    _until(lambda: bus.oled.seen().tobytes() == _picture(4).tobytes())
    bus.oled.reset()
    sink.reinit()
    _until(lambda: bus.oled.seen().tobytes() == _picture(4).tobytes())
    sink.close()


def test_after_a_quiet_while_the_controller_is_set_up_again_unasked(bus: FakeBus) -> None:
    sink = _sink(bus, quiet_s=0.05)
    sink.show(_picture(5))
    _until(lambda: bus.oled.seen().tobytes() == _picture(5).tobytes())
    bus.oled.reset()
    _until(lambda: bus.oled.seen().tobytes() == _picture(5).tobytes())
    sink.close()


def test_dimming_survives_a_fault_and_a_reset(bus: FakeBus) -> None:
    sink = _sink(bus)
    sink.show(_picture(7))
    sink.dim(True)
    _until(lambda: bus.oled.contrast == 0x08)
    bus.oled.reset()
    bus.oled.contrast = 0xFF
    sink.reinit()
    _until(lambda: bus.oled.contrast == 0x08 and bus.oled.seen().tobytes() == _picture(7).tobytes())
    bus.answering = False
    sink.dim(False)
    _until(lambda: not sink.health.working)
    bus.answering = True
    _until(lambda: bus.oled.contrast == 0x7F)
    sink.close()


def test_reinit_before_any_picture_is_harmless() -> None:
    panel = NoPanel()
    sink = PanelSink(panel)
    sink.reinit()
    sink.blank()
    sink.close()
    assert panel.image.getbbox() is None
    assert sink.health == PanelHealth(True, 0)


def test_reports_come_from_the_sinks_own_thread(bus: FakeBus) -> None:
    threads: list[str] = []
    bus.answering = False
    panel = LumaPanel(PanelSpec(driver="ssd1306"), lambda: serial.i2c(bus=bus, address=0x3C))
    sink = PanelSink(panel, lambda health: threads.append(threading.current_thread().name))
    sink.show(_picture(6))
    _until(lambda: bool(threads))
    sink.close()
    assert set(threads) == {"panel"}


def test_settling_waits_until_the_last_picture_was_taken(bus: FakeBus) -> None:
    sink = _sink(bus)
    for number in range(5):
        sink.show(_picture(number))
    assert sink.settle(PATIENCE_S)
    assert bus.oled.seen().tobytes() == _picture(4).tobytes()
    sink.close()


def test_a_picture_that_the_panel_did_not_take_is_never_settled(bus: FakeBus) -> None:
    sink = _sink(bus)
    bus.answering = False
    sink.show(_picture(1))
    assert not sink.settle(PATIENCE_S)
    assert sink.health.faults >= 1
    sink.close()


def test_a_stuck_bus_does_not_settle_and_is_not_waited_for(bus: FakeBus) -> None:
    sink = _sink(bus)
    bus.gate.clear()
    sink.show(_picture(1))
    assert not sink.settle(0.1)
    bus.gate.set()
    assert sink.settle(PATIENCE_S)
    sink.close()
