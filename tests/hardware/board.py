"""The simulated board: real drivers of the kernel under gpiozero, luma.oled and OpenCV, and what a bystander would see.

Pins are gpio-sim's, read back from sysfs; the screen is oledsim's log, played into the SSD1306 of tests/display; the
camera is v4l2loopback.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass
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
        self.lines = Path("/sys/devices/platform", (_CONFIG / "dev_name").read_text().strip(), self.chip)

    def high(self, pin: int) -> bool:
        return (self.lines / f"sim_gpio{pin}/value").read_text().strip() == "1"

    def pull(self, pin: int, *, up: bool) -> None:
        """What hangs on an input: a switch to ground that is open (up) or closed (down)."""
        (self.lines / f"sim_gpio{pin}/pull").write_text("pull-up" if up else "pull-down")


class Watcher:
    """How long each pulse of each pin lasted, in milliseconds, since the last `clear`."""

    def __init__(self, header: Header, pins: tuple[int, ...]) -> None:
        self._began_s: dict[int, float] = {}
        self._pulses: list[tuple[int, float]] = []
        words = [sys.executable, Path(__file__).with_name("watch_lines.py"), header.lines, *pins]
        self._process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._listen, name="watcher", daemon=True)
        self._thread.start()

    @property
    def pulses_ms(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for pin, lasted_s in list(self._pulses):
            found[pin].append(round(lasted_s * 1000))
        return found

    def clear(self) -> None:
        self._pulses.clear()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join(5)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                pin, level, at_s = line.split()
                if level == "1":
                    self._began_s[int(pin)] = float(at_s)
                else:
                    self._pulses.append((int(pin), float(at_s) - self._began_s.pop(int(pin))))


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


def any_of(pictures: list[Image.Image], seen: Image.Image) -> bool:
    return any(same(seen, picture) for picture in pictures)


def blocks(picture: Image.Image) -> str:
    """The picture in characters, two pixels high each, for whoever reads the log of a run."""
    rows = []
    for y in range(0, picture.height, 2):
        pairs = ((picture.getpixel((x, y)), picture.getpixel((x, y + 1))) for x in range(picture.width))
        rows.append("".join(" ▀▄█"[bool(upper) + 2 * bool(lower)] for upper, lower in pairs).rstrip())
    return "\n".join(rows)
