"""From a verdict to the last byte on the display's bus, beside plain text drawn by Pillow: `python -m bench.screen [--json FILE]`.

The bytes are those that luma really sends to an SSD1306 over I2C; their time on a bus of 400 kHz is arithmetic (nine clock
ticks a byte), the rest is measured in one run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from luma.core.interface import serial  # type: ignore[import-untyped]
from PIL import Image, ImageDraw

from bench.report import Row, emit
from firmware.display import pages, screens
from firmware.display.panel import PanelSpec
from firmware.display.panel_luma import LumaPanel
from firmware.display.signals import notice_for
from firmware.model import Facts, Family, Kind, Profile, Reason, Verdict, Word
from firmware.profiles import load_profile

ROUNDS: Final = 300
BUS_HZ: Final = 400_000
TICKS_A_BYTE: Final = 9  # eight bits and the acknowledgement

VERDICTS: Final = (
    Verdict(Family.GO, Reason.VALID, facts=Facts(kind=Kind.INSPECTION_MARK, plate="京A12345")),
    Verdict(Family.STOP, Reason.REVOKED, facts=Facts(kind=Kind.DRIVING_LICENCE, classes="C1", word=Word.CANCELLED)),
    Verdict(Family.ALERT, Reason.BAD_SIGNATURE),
)


class CountingBus:
    """An I2C bus that takes everything and counts: data, and the address and control bytes before it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write_i2c_block_data(self, _address: int, _control: int, data: Sequence[int]) -> None:
        self.bytes += len(data) + 2


def plain() -> Image.Image:
    """What a first try would draw: three lines in Pillow's own font."""
    image = Image.new("1", (screens.WIDTH, screens.HEIGHT))
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(("VALID", "BJ-A12345", "match car, then go")):
        pen.text((0, 20 * row), line, 1)
    return image


def draw_all(post: Profile) -> list[Image.Image]:
    """The screens of all verdicts, from their words on."""
    return [screens.draw_notice(notice_for(verdict, post, "zh")) for verdict in VERDICTS]


def measured(name: str, work: Callable[[], object], beside: Callable[[], object]) -> Row:
    """Medians of both, taken in turns, in microseconds."""
    work(), beside()
    own: list[float] = []
    peer: list[float] = []
    for _ in range(ROUNDS):
        for times, call in ((own, work), (peer, beside)):
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) * 1e6)
    return {
        "what": name,
        "us": round(median(own)),
        "plain_us": round(median(peer)),
        "ratio": round(median(own) / median(peer), 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.screen", description=__doc__)
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    police, bus = load_profile("police"), CountingBus()
    panel = LumaPanel(PanelSpec(driver="ssd1306"), lambda: serial.i2c(bus=bus, address=0x3C))
    pictures = draw_all(police)
    panel.show(pictures[0])
    bus.bytes = 0
    for picture in pictures:
        panel.show(picture)
    frame_bytes = bus.bytes // len(pictures)
    rows = [
        measured("words and picture of a verdict", lambda: draw_all(police), lambda: [plain() for _ in VERDICTS]),
        measured(
            "a page of details", lambda: screens.draw_lines(pages.verdict_lines(VERDICTS[1], police, "zh")), plain
        ),
        measured("handing a picture to the bus", lambda: panel.show(pictures[1]), plain),
    ]
    emit("screen", rows, given.json)
    print(
        f"\na picture is {frame_bytes} bytes on the bus: {frame_bytes * TICKS_A_BYTE / BUS_HZ * 1e3:.1f} ms at 400 kHz"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
