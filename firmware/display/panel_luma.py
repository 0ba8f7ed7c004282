"""OLED controllers that luma.oled drives (SSD1306, SH1106, SSD1309; SSD1322 over SPI). The only file that imports luma.

luma's device is built once, against a line that only records: building sends the set-up commands, cannot fail there, and what
was recorded is played to the real line at the first picture and at every `reinit`. Not by building it anew each time, because
every luma device registers an exit handler that is never taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from luma.core.error import Error as LumaError  # type: ignore[import-untyped]
from luma.core.framebuffer import full_frame  # type: ignore[import-untyped]
from luma.core.interface import serial  # type: ignore[import-untyped]
from luma.oled import device as oled  # type: ignore[import-untyped]
from PIL import Image

from firmware.display import screens
from firmware.display.brightness import DIM_CONTRAST, contrast_for
from firmware.display.panel import Panel, PanelError, PanelSpec

if TYPE_CHECKING:
    from gpiozero import Factory  # type: ignore[import-untyped]

_CONTROLLERS = {
    "ssd1306": oled.ssd1306,
    "sh1106": oled.sh1106,
    "ssd1309": oled.ssd1309,
    # grey levels are not used, and a whole frame each time: what a reset controller still shows is not known
    "ssd1322": lambda **given: oled.ssd1322(mode="1", framebuffer=full_frame(), **given),
}


class Line(Protocol):
    """luma's serial interface: commands and data to one display."""

    def command(self, *cmd: int) -> None: ...

    def data(self, data: Sequence[int]) -> None: ...

    def cleanup(self) -> None: ...


class _Switch:
    """Stands between luma's device and the line: records until connected, then passes all through."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.recorded: list[Callable[[Line], None]] = []

    def command(self, *cmd: int) -> None:
        if self.line is None:
            self.recorded.append(lambda line: line.command(*cmd))
        else:
            self.line.command(*cmd)

    def data(self, data: Sequence[int]) -> None:
        if self.line is None:  # the arguments of an SSD1322's commands are data to its line
            self.recorded.append(lambda line: line.data(data))
        else:
            self.line.data(data)

    def cleanup(self) -> None:
        """Nothing: the panel lets the line go."""


class LumaPanel(Panel):
    """One OLED. `connect` opens its line; it is called again after a line could not be opened or failed."""

    # luma maps the I/O errors of command() to its own family, but those of data() stay OSError.
    faults = (OSError, LumaError)

    def __init__(self, spec: PanelSpec, connect: Callable[[], Line]) -> None:
        super().__init__()
        self._connect = connect
        self._switch = _Switch()
        width, height = spec.width, screens.HEIGHT
        self._device = _CONTROLLERS[spec.driver](
            serial_interface=self._switch, rotate=spec.rotate, width=width, height=height
        )
        self._device.persist = True  # at exit luma's handler must not talk to a line that is closed
        self._set_up = tuple(self._switch.recorded)
        self._configured = self._full_contrast = self._contrast = spec.contrast

    def _show(self, image: Image.Image) -> None:
        if self._switch.line is None:
            self._reinit()
        try:
            self._device.display(self._on_the_glass(image))
        except self.faults:
            self._drop_line()
            raise

    def _on_the_glass(self, image: Image.Image) -> Image.Image:
        """The picture in the middle of a wider glass."""
        if image.size == self._device.size:
            return image
        glass = Image.new("1", self._device.size)
        glass.paste(image, ((glass.width - image.width) // 2, 0))
        return glass

    def _reinit(self) -> None:
        try:
            if self._switch.line is None:
                self._switch.line = self._connect()
            for send in self._set_up:
                send(self._switch.line)
            self._device.contrast(self._contrast)
        except self.faults:
            self._drop_line()
            raise

    def _dim(self, dimmed: bool) -> None:
        self._contrast = min(DIM_CONTRAST, self._full_contrast) if dimmed else self._full_contrast
        if self._switch.line is not None:  # else it is said when the line is set up
            self._device.contrast(self._contrast)

    def _brighten(self, step: int) -> None:
        was_full = self._contrast == self._full_contrast
        self._full_contrast = contrast_for(step, self._configured)
        self._dim(dimmed=not was_full)

    def _close(self) -> None:
        if self._switch.line is not None:
            self._device.hide()
            self._drop_line()

    def _drop_line(self) -> None:
        line, self._switch.line = self._switch.line, None
        if line is not None:
            line.cleanup()


def open_luma(spec: PanelSpec, pin_factory: Factory | None) -> LumaPanel:
    """The panel on the bus that the spec names. Raises PanelError when SPI has no pins to drive its lines with."""
    if spec.bus == "i2c":
        return LumaPanel(spec, lambda: serial.i2c(port=spec.port, address=spec.address))
    if pin_factory is None:
        raise PanelError("an SPI display needs GPIO for its data/command line; choose a pin factory other than none")
    return LumaPanel(spec, _spi_connector(spec, pin_factory))


def _spi_connector(spec: PanelSpec, pin_factory: Factory) -> Callable[[], Line]:
    lines = GpioLines(pin_factory)

    def connect() -> Line:
        try:
            line: Line = serial.spi(
                gpio=lines, port=spec.port, device=spec.device, gpio_DC=spec.gpio_dc, gpio_RST=spec.gpio_reset
            )
        except ModuleNotFoundError as missing:
            raise PanelError(f"an SPI display needs the module {missing.name}: apt install python3-spidev") from missing
        return line

    return connect


class GpioLines:
    """The few calls of RPi.GPIO that luma makes, answered by gpiozero: RPi.GPIO itself does not run on a Pi 5."""

    LOW, HIGH, OUT = 0, 1, "out"

    def __init__(self, pin_factory: Factory) -> None:
        self._pin_factory = pin_factory
        self._pins: dict[int, Any] = {}

    def setup(self, number: int, function: str) -> None:
        from gpiozero import OutputDevice

        if number not in self._pins:
            self._pins[number] = OutputDevice(number, pin_factory=self._pin_factory)

    def output(self, number: int, level: int) -> None:
        self._pins[number].value = level

    def cleanup(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._pins.pop(number).close()
