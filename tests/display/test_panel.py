"""Panels: the picture that arrives is the picture that was drawn; a fault is always a PanelError."""

from __future__ import annotations

from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from luma.core.interface import serial
from PIL import Image

from firmware.display import screens
from firmware.display.panel import NoPanel, PanelError, PanelSpec, open_panel
from firmware.display.panel_luma import GpioLines, LumaPanel, open_luma
from firmware.display.pins import make_factory
from firmware.display.signals import notice_for
from firmware.model import Reason
from tests.display.fake_oled import FakeBus, FakeOled, FakeSh1106, FakeSsd1322
from tests.screens.cases import BY_REASON, POST

# luma.oled 3.16 asks Pillow in a way that ends with Pillow 14; the lock holds 13.
pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated:DeprecationWarning")

PICTURES = [screens.draw_notice(notice_for(BY_REASON[reason], POST, "zh")) for reason in (Reason.VALID, Reason.EXPIRED)]
CONTROLLERS = pytest.mark.parametrize(
    ("driver", "oled"), [("ssd1306", FakeOled), ("ssd1309", FakeOled), ("sh1106", FakeSh1106)]
)


def _panel(bus: FakeBus, **spec: object) -> LumaPanel:
    return LumaPanel(PanelSpec(**spec), lambda: serial.i2c(bus=bus, address=0x3C))  # type: ignore[arg-type]


@CONTROLLERS
def test_the_controller_shows_the_picture_bit_for_bit(driver: str, oled: type[FakeOled]) -> None:
    bus = FakeBus(oled())
    panel = _panel(bus, driver=driver, contrast=0x40)
    for picture in PICTURES:
        panel.show(picture)
        assert bus.oled.seen().tobytes() == picture.tobytes()
    assert bus.oled.contrast == 0x40


@CONTROLLERS
def test_upside_down_is_upside_down(driver: str, oled: type[FakeOled]) -> None:
    bus = FakeBus(oled())
    _panel(bus, driver=driver, rotate=2).show(PICTURES[0])
    assert bus.oled.seen().tobytes() == PICTURES[0].rotate(180).tobytes()


@CONTROLLERS
def test_a_controller_that_lost_its_power_is_set_up_again(driver: str, oled: type[FakeOled]) -> None:
    bus = FakeBus(oled())
    panel = _panel(bus, driver=driver)
    panel.show(PICTURES[0])
    bus.oled.reset()
    panel.show(PICTURES[0])
    assert bus.oled.seen().getbbox() is None, "off since its reset"
    panel.reinit()
    panel.show(PICTURES[0])
    assert bus.oled.seen().tobytes() == PICTURES[0].tobytes()


@pytest.mark.parametrize("fault", ["nack", "data-only"])
def test_an_error_of_commands_or_of_data_is_a_panel_error_and_heals(fault: str) -> None:
    bus = FakeBus(FakeOled())
    panel = _panel(bus, driver="ssd1306")
    bus.answering, bus.data_fails = fault != "nack", fault == "data-only"
    for _ in range(3):
        with pytest.raises(PanelError):
            panel.show(PICTURES[0])
    bus.answering, bus.data_fails = True, False
    panel.show(PICTURES[1])
    assert bus.oled.seen().tobytes() == PICTURES[1].tobytes()


@pytest.mark.parametrize("width", [128, 256])
def test_a_wide_grey_glass_shows_the_picture_in_its_middle(width: int) -> None:
    glass = FakeSsd1322()
    panel = LumaPanel(PanelSpec(driver="ssd1322", bus="spi", width=width), lambda: glass)
    for picture in PICTURES:
        panel.show(picture)
        left = (256 - 128) // 2
        assert glass.seen().crop((left, 0, left + 128, 64)).tobytes() == picture.tobytes()
        assert glass.seen().crop((0, 0, left, 64)).getbbox() is None
    panel.close()
    assert glass.seen().getbbox() is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"driver": "ssd1322", "bus": "i2c"}, "panel.bus = spi"),
        ({"driver": "ssd1306", "width": 256}, "needs the driver ssd1322"),
        ({"driver": "ssd1322", "bus": "spi", "width": 96}, "256 pixels"),
    ],
)
def test_a_glass_that_its_driver_cannot_fill_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PanelSpec(**given)  # type: ignore[arg-type]


def test_opening_needs_no_display_and_the_first_picture_says_that_there_is_none() -> None:
    panel = open_panel(PanelSpec(driver="ssd1306", port=250))
    with pytest.raises(PanelError, match="i2c-250"):
        panel.show(PICTURES[0])
    panel.close()


def test_a_closed_panel_is_dark_and_off_and_takes_no_more() -> None:
    bus = FakeBus(FakeOled())
    panel = _panel(bus, driver="ssd1306")
    panel.show(PICTURES[0])
    panel.close()
    panel.close()
    assert not bus.oled.on
    assert not any(any(page) for page in bus.oled.memory)
    with pytest.raises(PanelError, match="closed"):
        panel.show(PICTURES[0])


def test_closing_a_panel_that_does_not_answer_is_quiet() -> None:
    bus = FakeBus(FakeOled())
    panel = _panel(bus, driver="ssd1306")
    bus.answering = False
    panel.close()
    assert bus.transfers > 0


@pytest.mark.parametrize("image", [Image.new("1", (64, 128)), Image.new("L", (128, 64))], ids=["size", "mode"])
def test_a_picture_of_another_shape_is_refused(image: Image.Image) -> None:
    with pytest.raises(ValueError, match="128 x 64"):
        NoPanel().show(image)


def test_png_keeps_the_latest_picture_and_a_numbered_trail(tmp_path: Path) -> None:
    path = tmp_path / "out" / "screen.png"
    panel = open_panel(PanelSpec(driver="png", png_path=path, png_numbered=True))
    for picture in PICTURES:
        panel.show(picture)
    with Image.open(path) as latest, Image.open(path.with_name("screen-000001.png")) as first:
        assert latest.convert("1").tobytes() == PICTURES[1].tobytes()
        assert first.convert("1").tobytes() == PICTURES[0].tobytes()
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "screen-000001.png",
        "screen-000002.png",
        "screen.png",
    ]


def test_png_in_a_folder_that_cannot_be_is_a_panel_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    panel = open_panel(PanelSpec(driver="png", png_path=tmp_path / "file" / "screen.png"))
    with pytest.raises(PanelError):
        panel.show(PICTURES[0])


def test_no_panel_keeps_what_it_was_given() -> None:
    panel = open_panel(PanelSpec())
    assert isinstance(panel, NoPanel)
    panel.show(PICTURES[0])
    assert panel.image.tobytes() == PICTURES[0].tobytes()
    panel.blank()
    assert panel.image.getbbox() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("driver", "vga"),
        ("bus", "usb"),
        ("rotate", 1),
        ("contrast", 256),
        ("contrast", -1),
        ("address", 0x78),
        ("address", 7),
    ],
)
def test_a_spec_out_of_range_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="display"):
        PanelSpec(**{field: value})  # type: ignore[arg-type]


def test_a_png_panel_needs_a_path() -> None:
    with pytest.raises(ValueError, match="png_path"):
        PanelSpec(driver="png")


def test_an_spi_display_without_gpio_says_what_it_needs() -> None:
    with pytest.raises(PanelError, match="pin factory"):
        open_luma(PanelSpec(driver="ssd1309", bus="spi"), None)


def test_an_spi_display_that_is_not_there_is_a_panel_error() -> None:
    panel = open_luma(PanelSpec(driver="ssd1309", bus="spi", port=250), make_factory("mock"))
    with pytest.raises(PanelError):
        panel.show(PICTURES[0])


class FakeSpi:
    """A spidev with one OLED: the data/command pin says what the bytes are."""

    def __init__(self, oled: FakeOled, pins: MockFactory) -> None:
        self.oled, self.pins = oled, pins
        self.max_speed_hz = 0

    def open(self, port: int, device: int) -> None:
        self.place = (port, device)

    def writebytes(self, data: list[int]) -> None:
        (self.oled.data if self.pins.pin(24).state else self.oled.commands)(data)

    def close(self) -> None:
        """Nothing held."""


def test_over_spi_the_data_command_pin_is_driven_by_the_chosen_factory() -> None:
    factory = make_factory("mock")
    assert isinstance(factory, MockFactory)
    oled = FakeOled()
    lines = GpioLines(factory)
    panel = LumaPanel(
        PanelSpec(driver="ssd1306", bus="spi"), lambda: serial.spi(spi=FakeSpi(oled, factory), gpio=lines)
    )
    for picture in PICTURES:
        panel.show(picture)
        assert oled.seen().tobytes() == picture.tobytes()
    assert factory.pin(25).state == 1, "not held in reset"
    panel.close()
    assert not oled.on
