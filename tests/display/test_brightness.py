"""The screen's brightness follows the light around: monotone, with a floor at night, and calm."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from luma.core.interface import serial

from firmware.display import screens
from firmware.display.brightness import LEAST_CHANGE, STEPS, contrast_for, next_step, step_for
from firmware.display.panel import PanelSpec
from firmware.display.panel_luma import LumaPanel
from firmware.events import Brighten
from firmware.model import Alive
from tests.display.fake_oled import FakeBus, FakeOled
from tests.test_machine import Desk, only

# luma.oled 3.16 asks Pillow in a way that ends with Pillow 14; the lock holds 13.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated:DeprecationWarning")


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_light_never_gives_a_darker_screen(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= step_for(low) <= step_for(high) <= STEPS


@pytest.mark.parametrize("full", [1, 10, 127, 200, 255])
def test_the_screen_is_never_dark_and_never_brighter_than_configured(full: int) -> None:
    contrasts = [contrast_for(step, full) for step in range(STEPS + 1)]
    assert contrasts[0] >= 1
    assert contrasts[-1] == full
    assert all(one <= other for one, other in pairwise(contrasts))


def test_night_spares_the_eyes_and_the_sun_gets_all_there_is() -> None:
    assert contrast_for(step_for(0.5), 200) <= 12
    assert contrast_for(step_for(20_000), 200) == 200


def test_a_small_change_of_light_changes_nothing_and_the_ends_are_always_reached() -> None:
    shown = next_step(None, 50.0)
    assert next_step(shown, 60.0) == shown
    assert abs(next_step(shown, 400.0) - shown) >= LEAST_CHANGE
    assert next_step(1, 0.1) == 0
    assert next_step(STEPS - 1, 1e5) == STEPS


def test_a_camera_that_tells_the_light_sets_the_screen_and_one_that_does_not_leaves_it() -> None:
    desk = Desk().ready()
    assert only(Brighten, desk.wait(2.0)) == []
    assert only(Brighten, desk.feed(Alive(1, desk.now_s, lux=2.0))) == [Brighten(0)]
    assert only(Brighten, desk.feed(Alive(1, desk.now_s, lux=2.5))) == []
    assert only(Brighten, desk.feed(Alive(1, desk.now_s))) == []
    assert only(Brighten, desk.feed(Alive(1, desk.now_s, lux=5000.0))) == [Brighten(STEPS)]


def test_the_panel_takes_the_brightness_and_keeps_it_through_dimming_and_a_reset() -> None:
    bus = FakeBus(FakeOled())
    panel = LumaPanel(PanelSpec(driver="ssd1306", contrast=200), lambda: serial.i2c(bus=bus, address=0x3C))
    panel.show(screens.blank())
    panel.brighten(0)
    night = bus.oled.contrast
    assert night == contrast_for(0, 200)
    panel.dim(True)
    assert bus.oled.contrast <= night
    panel.brighten(STEPS)
    assert bus.oled.contrast <= night, "dimmed it stays"
    panel.dim(False)
    assert bus.oled.contrast == 200
    bus.oled.reset()
    panel.reinit()
    assert bus.oled.contrast == 200
