"""A DS3231 on its bus, as its registers behave: a second begins with the write; stop flag, battery, alarms that keep."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType


def bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


@dataclass
class Chip:
    """`now_s` is the crystal of the world; `ppm` how fast this chip is against it."""

    now_s: Callable[[], float]
    ppm: float = 0.0
    plugged: bool = True
    base_s: int = 946_684_800  # 2000-01-01, where it starts on first power
    since_s: float = 0.0
    registers: list[int] = field(default_factory=lambda: [0] * 7 + [0x1C, 0x88, 0])
    writes: int = 0

    def __post_init__(self) -> None:
        self.since_s = self.now_s()

    def lose_battery(self) -> None:
        """Power and battery gone, and back: everything is as on the first day."""
        self.base_s, self.since_s = 946_684_800, self.now_s()
        self.registers = [0] * 7 + [0x1C, 0x88, 0]

    def set_by_somebody(self, utc_s: int) -> None:
        """Another program sets time and clears the flag, as hwclock does; the alarms stay."""
        self.base_s, self.since_s = utc_s, self.now_s()
        self.registers[8] &= ~0x80

    @property
    def time_s(self) -> int:
        return self.base_s + int((self.now_s() - self.since_s) * (1 + self.ppm / 1e6))

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        self._answer(i2c_addr)
        at = datetime.fromtimestamp(self.time_s, UTC)
        century = 0x80 if at.year >= 2100 else 0
        time = [at.second, at.minute, at.hour, at.isoweekday(), at.day, at.month, at.year % 100]
        data = [bcd(part) for part in time]
        data[5] |= century
        return [*data, *self.registers, 0, 0x19, 0][register : register + length]

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int]) -> None:
        self._answer(i2c_addr)
        assert register == 0
        assert len(data) == 16
        second, minute, hour, _, day, month, year = ((byte >> 4) * 10 + (byte & 15) for byte in data[:7])
        century = 100 if data[5] & 0x80 else 0
        at = datetime(2000 + year + century, month % 80, day, hour, minute, second, tzinfo=UTC)
        self.base_s, self.since_s = timegm(at.utctimetuple()), self.now_s()
        self.registers = list(data[7:14]) + list(data[14:16]) + [0]
        self.writes += 1

    def _answer(self, address: int) -> None:
        if not self.plugged or address != 0x68:
            raise OSError(121, "Remote I/O error")

    def __enter__(self) -> Chip:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return
