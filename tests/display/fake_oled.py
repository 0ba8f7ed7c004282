"""OLED controllers made of Python: they decode the bytes that luma.oled sends over I2C and keep what would be seen.

Commands are those of the data sheets (SSD1306 rev 1.1, SH1106 v2.3), no more than luma uses; an unknown one is an error.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Sequence

from PIL import Image

_COMMAND, _DATA = 0x00, 0x40
#: Command byte -> how many bytes follow it.
_ARGUMENTS = {0x81: 1, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1, 0x8D: 1, 0x20: 1, 0x21: 2, 0x22: 2}


class FakeOled:
    """Display memory of 8 pages. `lit` is what is seen: nothing while the display is off or not set up."""

    columns = 128
    first_column = 0

    def __init__(self) -> None:
        self.contrast = 0
        self.reset()

    def reset(self) -> None:
        """Power on: off, memory as it happens to be."""
        self.memory = [bytearray(b"\x55" * self.columns) for _ in range(8)]
        self.on = False
        self.page = self.column = 0
        self.window = (0, self.columns - 1, 0, 7)

    def commands(self, data: Sequence[int]) -> None:
        rest = list(data)
        while rest:
            command = rest.pop(0)
            arguments = [rest.pop(0) for _ in range(self.arguments_of(command))]
            self.execute(command, arguments)

    def arguments_of(self, command: int) -> int:
        return _ARGUMENTS.get(command, 0)

    def execute(self, command: int, arguments: list[int]) -> None:
        if command in (0xAE, 0xAF):
            self.on = command == 0xAF
        elif command == 0x81:
            self.contrast = arguments[0]
        elif command == 0x21:
            self.window = (arguments[0], arguments[1], *self.window[2:])
            self.column = arguments[0]
        elif command == 0x22:
            self.window = (*self.window[:2], arguments[0], arguments[1])
            self.page = arguments[0]
        elif command not in (*_ARGUMENTS, 0x40, 0xA1, 0xA4, 0xA6, 0xC8):
            raise AssertionError(f"unknown command {command:#04x}")

    def data(self, data: Sequence[int]) -> None:
        """Horizontal addressing inside the window."""
        left, right, top, bottom = self.window
        for byte in data:
            self.memory[self.page][self.column] = byte
            self.column += 1
            if self.column > right:
                self.column = left
                self.page = top if self.page == bottom else self.page + 1

    def seen(self) -> Image.Image:
        picture = Image.new("1", (128, 64))
        if self.on:
            for y in range(64):
                for x in range(128):
                    if self.memory[y // 8][x + self.first_column] >> (y % 8) & 1:
                        picture.putpixel((x, y), 255)
        return picture


class FakeSh1106(FakeOled):
    """132 columns, of which a module shows the middle 128; page addressing only."""

    columns = 132
    first_column = 2

    def arguments_of(self, command: int) -> int:
        # luma sends SETCOMPINS and others with SSD1306 lengths; 0x20 (memory mode) has no argument on this chip.
        return 0 if command in (0x20, 0x21, 0x22) else super().arguments_of(command)

    def execute(self, command: int, arguments: list[int]) -> None:
        if 0xB0 <= command <= 0xB7:
            self.page = command & 7
        elif 0x00 <= command <= 0x0F:
            self.column = self.column & 0xF0 | command
        elif 0x10 <= command <= 0x1F:
            self.column = self.column & 0x0F | (command & 0x0F) << 4
        else:
            super().execute(command, arguments)

    def data(self, data: Sequence[int]) -> None:
        for byte in data:
            self.memory[self.page][self.column] = byte
            self.column = min(self.column + 1, self.columns - 1)


class FakeBus:
    """An smbus with one OLED. `answering` False: every transfer gets a NACK; `gate` holds transfers up like a stuck bus."""

    def __init__(self, oled: FakeOled, address: int = 0x3C) -> None:
        self.oled = oled
        self.address = address
        self.answering = True
        self.data_fails = False
        self.transfers = 0
        self.gate = threading.Event()
        self.gate.set()
        self.on_transfer: Callable[[], None] = lambda: None

    def write_i2c_block_data(self, address: int, mode: int, data: Sequence[int]) -> None:
        self.gate.wait(5)
        self.transfers += 1
        self.on_transfer()
        if not self.answering or address != self.address or (self.data_fails and mode == _DATA):
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        if mode == _COMMAND:
            self.oled.commands(data)
        else:
            self.oled.data(data)


class FakeSsd1322:
    """A 480 x 128 grey controller behind SPI, its glass 256 x 64 in the middle. Arguments of commands come as data."""

    def __init__(self) -> None:
        self.levels = [bytearray(480) for _ in range(128)]
        self.on = False
        self.command_byte = 0
        self.window = {0x15: [0, 119], 0x75: [0, 127]}
        self.place = [0, 0]

    def command(self, *cmd: int) -> None:
        (self.command_byte,) = cmd
        if self.command_byte in (0xAE, 0xAF):
            self.on = self.command_byte == 0xAF
        elif self.command_byte == 0x5C:
            self.place = [self.window[0x75][0], self.window[0x15][0] * 4]

    def data(self, data: Sequence[int]) -> None:
        if self.command_byte in self.window:
            self.window[self.command_byte] = list(data)
        elif self.command_byte == 0x5C:
            for byte in data:
                self._draw(byte >> 4)
                self._draw(byte & 0x0F)

    def _draw(self, level: int) -> None:
        row, column = self.place
        self.levels[row][column] = level
        first, last = self.window[0x15][0] * 4, self.window[0x15][1] * 4 + 3
        self.place = [row, column + 1] if column < last else [row + 1, first]

    def cleanup(self) -> None:
        return

    def seen(self) -> Image.Image:
        picture = Image.new("1", (256, 64))
        if self.on:
            for y in range(64):
                for x in range(256):
                    if self.levels[y][x + (480 - 256) // 2]:
                        picture.putpixel((x, y), 255)
        return picture
