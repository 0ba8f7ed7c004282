"""The DS3231's registers <-> time, a tag, and its oscillator-stop flag (datasheet 19-5170 rev. 10).

The two alarms are not used as alarms: they hold a tag that is drawn anew at each setting and written down beside it. A module that
was exchanged, lost its battery, or was wired to another board does not carry the tag that we wrote down.
"""

from __future__ import annotations

import secrets
from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol

ADDRESS: Final = 0x68
REGISTERS: Final = 0x13
_ALARMS: Final = slice(0x07, 0x0E)
_CONTROL, _STATUS = 0x0E, 0x0F
#: Oscillator on with the battery too (EOSC = 0), no square wave, no alarm interrupt.
_CONTROL_BYTE: Final = 0x04
_OSF: Final = 0x80
_EOSC: Final = 0x80
_CENTURY: Final = 0x80
_TWELVE_HOURS: Final = 0x40
_PM: Final = 0x20
#: Upper ends (exclusive) and lower ends of the seven alarm registers as BCD: s, min, h, day; min, h, day.
_TAG_RANGES: Final = ((0, 60), (0, 60), (0, 24), (1, 32), (0, 60), (0, 24), (1, 32))


class Bus(Protocol):
    """The two calls of smbus2.SMBus that are used, and its closing."""

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]: ...

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: list[int]) -> None: ...

    def __enter__(self) -> Bus: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


OpenBus = Callable[[], Bus]


class NotADs3231Error(OSError):
    """Something answers at the address, and its registers are no date."""


@dataclass(frozen=True, slots=True)
class RtcReading:
    """The chip's second (it has lasted for less than one), whether its oscillator ever stopped, and the tag in its alarms."""

    utc_s: int
    stopped: bool
    tag: str


def new_tag() -> str:
    """Seven bytes that the alarm registers can hold, as hex."""
    return bytes(_bcd(low + secrets.randbelow(high - low)) for low, high in _TAG_RANGES).hex()


def read(bus: Bus, address: int = ADDRESS) -> RtcReading:
    """One block read, so that no second turns over in the middle. Raises OSError, also when this is no DS3231."""
    data = bytes(bus.read_i2c_block_data(address, 0, REGISTERS))
    if len(data) != REGISTERS:
        raise NotADs3231Error(f"{len(data)} registers of {REGISTERS}")
    stopped = bool(data[_STATUS] & _OSF or data[_CONTROL] & _EOSC)
    return RtcReading(_time(data), stopped, data[_ALARMS].hex())


def write(bus: Bus, utc_s: int, tag: str, address: int = ADDRESS) -> None:
    """Set the time; the chip's second begins with this write. The stop flag is cleared in the same transfer. Raises OSError."""
    at = datetime.fromtimestamp(utc_s, UTC)
    century = _CENTURY if at.year >= 2100 else 0
    time = (at.second, at.minute, at.hour, at.isoweekday(), at.day, at.month, at.year % 100)
    data = [_bcd(part) for part in time]
    data[5] |= century
    bus.write_i2c_block_data(address, 0, [*data, *bytes.fromhex(tag), _CONTROL_BYTE, 0])


def _time(data: bytes) -> int:
    second, minute, day, month, year = (
        _from_bcd(byte) for byte in (data[0], data[1], data[4], data[5] & ~_CENTURY, data[6])
    )
    hour = _from_bcd(data[2] & 0x3F)
    if data[2] & _TWELVE_HOURS:  # set by another program
        hour = _from_bcd(data[2] & 0x1F) % 12 + (12 if data[2] & _PM else 0)
    try:
        at = datetime(2000 + year + (100 if data[5] & _CENTURY else 0), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise NotADs3231Error("the registers are no date") from None
    return timegm(at.utctimetuple())


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _from_bcd(byte: int) -> int:
    tens, ones = byte >> 4, byte & 0x0F
    if tens > 9 or ones > 9:
        raise NotADs3231Error("the registers are no decimal digits")
    return tens * 10 + ones
