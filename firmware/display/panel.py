"""The port to a 128 x 64 display, and the one place that chooses which one is opened. A fault is always a PanelError.

A device kind is one file; it is imported only when it was chosen: panel_luma (SSD1306, SH1106, SSD1309), panel_png; `none` is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from PIL import Image

from firmware.display import screens

if TYPE_CHECKING:
    from gpiozero import Factory  # type: ignore[import-untyped]


class PanelError(RuntimeError):
    """The display did not take the picture. Says what was tried and what to look at; the verdict goes on without it."""


class Screen(Protocol):
    """What the application draws on: a Panel, a PanelSink or a TerminalStage's panel."""

    def show(self, image: Image.Image) -> None: ...

    def blank(self) -> None: ...

    def dim(self, dimmed: bool) -> None: ...

    def brighten(self, step: int) -> None: ...

    def reinit(self) -> None: ...

    def close(self) -> None: ...


class Panel(ABC):
    """A display. Subclasses give `_show`, and `_reinit` and `_close` where there is something to do; they may raise `faults`."""

    #: The errors a device may raise, all translated to PanelError here.
    faults: tuple[type[Exception], ...] = (OSError,)

    def __init__(self) -> None:
        self._closed = False

    def show(self, image: Image.Image) -> None:
        """Make the picture visible. Raises PanelError when the device fails, ValueError when it is not a 128 x 64 "1" image."""
        if image.mode != "1" or image.size != (screens.WIDTH, screens.HEIGHT):
            expected = f"a {screens.WIDTH} x {screens.HEIGHT} image of mode 1"
            raise ValueError(f"expected {expected}, got {image.size} of mode {image.mode}")
        if self._closed:
            raise PanelError("the panel is closed")
        self._guarded(lambda: self._show(image))

    def reinit(self) -> None:
        """Set the controller up again: a relay's spike or a loose wire may have reset it. Raises PanelError."""
        if not self._closed:
            self._guarded(self._reinit)

    def blank(self) -> None:
        """Everything dark."""
        self.show(screens.blank())

    def dim(self, dimmed: bool) -> None:
        """Little light for a quiet hour, or the configured light again.

        A device of one brightness ignores it. Raises PanelError.
        """
        if not self._closed:
            self._guarded(lambda: self._dim(dimmed))

    def brighten(self, step: int) -> None:
        """How bright the configured light is, by the light around (display.brightness).

        A device of one brightness ignores it. Raises PanelError.
        """
        if not self._closed:
            self._guarded(lambda: self._brighten(step))

    def close(self) -> None:
        """Go dark and let the device go; does nothing the second time. A device that fails now is left alone."""
        if self._closed:
            return
        try:
            self.blank()
            self._guarded(self._close)
        except PanelError:
            pass  # it could not be told to go dark; there is nobody left to tell
        finally:
            self._closed = True

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except self.faults as fault:
            raise PanelError(f"{type(self).__name__}: {fault or type(fault).__name__}") from fault

    @abstractmethod
    def _show(self, image: Image.Image) -> None: ...

    def _dim(self, dimmed: bool) -> None:  # noqa: B027 - most devices have one brightness
        pass

    def _brighten(self, step: int) -> None:  # noqa: B027 - most devices have one brightness
        pass

    def _reinit(self) -> None:  # noqa: B027 - most devices have nothing to set up again
        pass

    def _close(self) -> None:  # noqa: B027 - most devices have nothing to let go
        pass


class NoPanel(Panel):
    """No display fitted. Keeps the last picture, so that a test or a report can look at it."""

    def __init__(self) -> None:
        super().__init__()
        self.image = screens.blank()

    def _show(self, image: Image.Image) -> None:
        self.image = image


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """Which display, and where. `rotate` counts quarter turns clockwise (0 or 2 keep 128 x 64)."""

    driver: str = "none"  # ssd1306, sh1106, ssd1309, ssd1322, png, none
    width: int = screens.WIDTH  # of the glass: 256 for a wide SSD1322, which shows the picture in its middle
    bus: str = "i2c"  # i2c or spi
    port: int = 1
    address: int = 0x3C  # I2C
    device: int = 0  # SPI chip select
    gpio_dc: int = 24  # SPI data/command line
    gpio_reset: int = 25
    rotate: int = 0
    contrast: int = 0x7F
    png_path: Path | None = None
    png_numbered: bool = False

    def __post_init__(self) -> None:
        if self.driver not in DRIVERS:
            raise ValueError(f"no display driver {self.driver!r}; there are {', '.join(DRIVERS)}")
        if self.bus not in ("i2c", "spi"):
            raise ValueError(f"display bus must be i2c or spi, not {self.bus!r}")
        if self.driver == "ssd1322" and self.bus != "spi":
            raise ValueError("an ssd1322 is wired over SPI: set panel.bus = spi")
        if self.width != screens.WIDTH and (self.driver, self.width) != ("ssd1322", 256):
            raise ValueError(f"a glass {self.width} pixels wide needs the driver ssd1322 and 256 pixels")
        if self.rotate not in (0, 2):
            raise ValueError(f"display rotate must be 0 or 2 (upside down), not {self.rotate}")
        if not 0 <= self.contrast <= 0xFF:
            raise ValueError(f"display contrast must be 0 to 255, not {self.contrast}")
        if not 0x08 <= self.address <= 0x77:
            raise ValueError(f"display I2C address must be 0x08 to 0x77, not {self.address:#04x}")
        if self.driver == "png" and self.png_path is None:
            raise ValueError("display driver png needs png_path")


def open_panel(spec: PanelSpec, pin_factory: Factory | None = None) -> Panel:
    """The panel of this spec. A device that does not answer is no error here: it shows at the first `show`.

    `pin_factory` serves the data/command and reset lines of an SPI display. Raises PanelError when a needed module is missing.
    """
    return DRIVERS[spec.driver](spec, pin_factory)


def _open_luma(spec: PanelSpec, pin_factory: Factory | None) -> Panel:
    from firmware.display.panel_luma import open_luma

    return open_luma(spec, pin_factory)


def _open_png(spec: PanelSpec, pin_factory: Factory | None) -> Panel:
    from firmware.display.panel_png import PngPanel

    assert spec.png_path is not None, "PanelSpec asks for it"
    return PngPanel(spec.png_path, numbered=spec.png_numbered)


def _open_none(spec: PanelSpec, pin_factory: Factory | None) -> Panel:
    return NoPanel()


DRIVERS: Final[dict[str, Callable[[PanelSpec, Factory | None], Panel]]] = {
    "ssd1306": _open_luma,
    "sh1106": _open_luma,
    "ssd1309": _open_luma,
    "ssd1322": _open_luma,
    "png": _open_png,
    "none": _open_none,
}
