"""Data codewords -> payload bytes, exactly those zxing's `.bytes` would be; segments out of the standard are refused.

Refusing is right for a second chance: an encoder that breaks these rules is rare, a grid that was misread is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_ALPHANUMERIC: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_PADS: Final = b"\xec\x11"

_TERMINATOR: Final = 0
_STRUCTURED_APPEND: Final = 3
_ECI: Final = 7


class OutOfStandardError(ValueError):
    """The bits are no sequence of segments: whatever was corrected here is not believed."""


@dataclass(slots=True)
class _Bits:
    value: int
    left: int

    def take(self, count: int) -> int:
        if count > self.left:
            raise OutOfStandardError(f"{count} bits wanted, {self.left} left")
        self.left -= count
        return self.value >> self.left & (1 << count) - 1


@dataclass(frozen=True, slots=True)
class _Mode:
    """How one kind of segment is read; `count_bits` for versions 1-9, 10-26, 27-40."""

    count_bits: tuple[int, int, int]
    read: Callable[[_Bits, int], bytes]


@dataclass(frozen=True, slots=True)
class Message:
    """The payload; `regular` when all that follows the last segment is as the standard wants it."""

    payload: bytes
    regular: bool


def message_of(data: bytes, version: int) -> Message:
    """The bytes of all segments of one code's data codewords. Raises OutOfStandardError for what is no such sequence.

    Refused too: FNC1 (GS1 and AIM codes, whose bytes are rewritten), Hanzi other than GB 2312.
    """
    bits = _Bits(int.from_bytes(data, "big"), 8 * len(data))
    payload = bytearray()
    while bits.left >= 4:
        mode = bits.take(4)
        if mode == _TERMINATOR:
            break
        if mode == _STRUCTURED_APPEND:
            bits.take(16)
        elif mode == _ECI:
            _skip_designator(bits)
        elif mode in _MODES:
            payload += _segment(bits, _MODES[mode], version)
        else:
            raise OutOfStandardError(f"mode {mode} is not read here")
    return Message(bytes(payload), _regular_pads(bits))


def _segment(bits: _Bits, mode: _Mode, version: int) -> bytes:
    if mode is _MODES[_HANZI] and bits.take(4) != 1:
        raise OutOfStandardError("a Hanzi subset other than GB 2312")
    return mode.read(bits, bits.take(mode.count_bits[(version > 9) + (version > 26)]))


def _regular_pads(bits: _Bits) -> bool:
    """Whether 0xEC 0x11 0xEC ... fill the code. One zero byte before them is segno's habit, and is let through."""
    if bits.take(bits.left % 8):
        return False
    count = bits.left // 8
    pads = bits.take(8 * count).to_bytes(count, "big")
    return any(rest == (_PADS * len(rest))[: len(rest)] for rest in (pads, pads.removeprefix(b"\0")))


def _skip_designator(bits: _Bits) -> None:
    first = bits.take(8)
    if first >> 7 == 0b0:
        return
    if first >> 6 == 0b10:
        bits.take(8)
    elif first >> 5 == 0b110:
        bits.take(16)
    else:
        raise OutOfStandardError("an ECI designator of no known length")


def _numeric(bits: _Bits, count: int) -> bytes:
    digits = bytearray()
    for left in range(count, 0, -3):
        width = min(3, left)
        number = bits.take((4, 7, 10)[width - 1])
        if number >= 10**width:
            raise OutOfStandardError(f"{number} does not have {width} digits")
        digits += b"%0*d" % (width, number)
    return bytes(digits)


def _alphanumeric(bits: _Bits, count: int) -> bytes:
    characters = bytearray()
    for _ in range(count // 2):
        first, second = divmod(bits.take(11), 45)
        if first >= 45:
            raise OutOfStandardError("a pair of characters above 45 x 45")
        characters += bytes((_ALPHANUMERIC[first], _ALPHANUMERIC[second]))
    if count % 2:
        last = bits.take(6)
        if last >= 45:
            raise OutOfStandardError("a character above 45")
        characters.append(_ALPHANUMERIC[last])
    return bytes(characters)


def _bytes(bits: _Bits, count: int) -> bytes:
    return bits.take(8 * count).to_bytes(count, "big")


def _kanji(bits: _Bits, count: int) -> bytes:
    return _characters(bits, count, row=0xC0, base=0x8140, gap_at=0x1F00, gap=0x4000)


def _hanzi(bits: _Bits, count: int) -> bytes:
    return _characters(bits, count, row=0x60, base=0xA1A1, gap_at=0x0A00, gap=0x0500)


def _characters(bits: _Bits, count: int, *, row: int, base: int, gap_at: int, gap: int) -> bytes:
    """Two-byte characters from 13 bits each: `row` values share a first byte, and `gap` codes are left out at `gap_at`."""
    characters = bytearray()
    for _ in range(count):
        high, low = divmod(bits.take(13), row)
        value = high << 8 | low
        value += base if value < gap_at else base + gap
        characters += value.to_bytes(2, "big")
    return bytes(characters)


_HANZI: Final = 13
_MODES: Final[dict[int, _Mode]] = {
    1: _Mode((10, 12, 14), _numeric),
    2: _Mode((9, 11, 13), _alphanumeric),
    4: _Mode((8, 16, 16), _bytes),
    8: _Mode((8, 10, 12), _kanji),
    _HANZI: _Mode((8, 10, 12), _hanzi),
}
