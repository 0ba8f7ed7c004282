"""The simulated board: real drivers of the kernel under gpiozero, luma.oled and OpenCV, and what a bystander would see.

Pins are gpio-sim's, read back from sysfs; the screen is oledsim's log, played into the SSD1306 of tests/display; the
camera is v4l2loopback.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from tests.display.fake_oled import FakeOled
from tests.hardware.camera import LoopCamera
from tests.hardware.drivers import load

LINES = 28
_CONFIG = Path("/sys/kernel/config/gpio-sim/pi")
_LOG = Path("/sys/kernel/debug/oledsim/log")
_FAIL = Path("/sys/module/oledsim/parameters/fail")
_COMMAND, _DATA = 0x00, 0x40


class Header:
    """The 28 lines of a Pi's header."""

    def __init__(self) -> None:
        load("gpio-sim")
        if not _CONFIG.exists():
            bank = _CONFIG / "bank0"
            _CONFIG.mkdir()
            bank.mkdir()
            (bank / "num_lines").write_text(str(LINES))
            (bank / "label").write_text("pinctrl-bcm2835")
            (_CONFIG / "live").write_text("1")
        self.chip = (_CONFIG / "bank0/chip_name").read_text().strip()
        self._lines = Path("/sys/devices/platform", (_CONFIG / "dev_name").read_text().strip(), self.chip)

    def high(self, pin: int) -> bool:
        return (self._lines / f"sim_gpio{pin}/value").read_text().strip() == "1"

    def pull(self, pin: int, *, up: bool) -> None:
        """What hangs on an input: a switch to ground that is open (up) or closed (down)."""
        (self._lines / f"sim_gpio{pin}/pull").write_text("pull-up" if up else "pull-down")


@dataclass
class Watcher:
    """Looks at pins all the time and writes down how long each pulse lasted, in milliseconds."""

    header: Header
    pins: tuple[int, ...]
    pulses_ms: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    _began_s: dict[int, float] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._look, name="watcher", daemon=True)
        self._thread.start()

    def clear(self) -> None:
        self.pulses_ms.clear()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _look(self) -> None:
        while not self._ended.is_set():
            for pin in self.pins:
                high, now_s = self.header.high(pin), time.monotonic()
                if high and pin not in self._began_s:
                    self._began_s[pin] = now_s
                elif not high and pin in self._began_s:
                    self.pulses_ms[pin].append(round((now_s - self._began_s.pop(pin)) * 1000))
            time.sleep(0.004)


class Oled:
    """What the bytes on the I2C bus show."""

    def __init__(self) -> None:
        load("i2c-dev")
        load("oledsim")
        buses = Path("/sys/bus/i2c/devices").glob("i2c-*/name")
        self.port = next(int(name.parent.name[4:]) for name in buses if name.read_text().strip() == "oledsim")
        self._display = FakeOled()
        self._played = 0

    def messages(self) -> list[bytes]:
        """Every message since the board started; the simulated bus keeps some 3,500 pictures."""
        raw, at, found = _LOG.read_bytes(), 0, []
        while at < len(raw):
            size = raw[at] | raw[at + 1] << 8
            found.append(raw[at + 2 : at + 2 + size])
            at += 2 + size
        return found

    def seen(self) -> Image.Image:
        """The picture that the bytes make."""
        messages = self.messages()
        for message in messages[self._played :]:
            assert message[0] in (_COMMAND, _DATA), message[:4].hex()
            if message[0] == _COMMAND:
                self._display.commands(message[1:])
            else:
                self._display.data(message[1:])
        self._played = len(messages)
        return self._display.seen()

    @property
    def set_up_times(self) -> int:
        """How often the controller was set up: each time begins with "display off"."""
        return sum(message[:2] == bytes((_COMMAND, 0xAE)) for message in self.messages())

    def unplug(self) -> None:
        _FAIL.write_text("1000000")

    def plug_in(self) -> None:
        _FAIL.write_text("0")


@dataclass
class Board:
    header: Header
    oled: Oled
    camera: LoopCamera


def make_board() -> Board:
    load("v4l2loopback", "devices=1 video_nr=0 exclusive_caps=1 card_label=board")
    return Board(Header(), Oled(), LoopCamera(Path("/dev/video0")))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


def blocks(picture: Image.Image) -> str:
    """The picture in characters, two pixels high each, for whoever reads the log of a run."""
    rows = []
    for y in range(0, picture.height, 2):
        pairs = ((picture.getpixel((x, y)), picture.getpixel((x, y + 1))) for x in range(picture.width))
        rows.append("".join(" ▀▄█"[bool(upper) + 2 * bool(lower)] for upper, lower in pairs).rstrip())
    return "\n".join(rows)
