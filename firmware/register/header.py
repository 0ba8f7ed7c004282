"""The header of a coded set: how many places and marks, the code of the states, the widths of the directory's columns."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from firmware.register.facts import MARKED, MAX_MARKS, MAX_PLACES, STATES, RegisterError
from firmware.register.shape import Shape, parse_shape

#: Least bytes a number of each column: spans, unary bits, marks a fork. Three small numbers in one byte, in this base.
_MAX_WIDTHS: Final = (5, 3, 2)
_BASE: Final = 6
#: Two numbers of at most six bytes, a bitmap, sixteen nibbles, the widths.
MAX_HEADER_BYTES: Final = 6 + 6 + 2 + 8 + 1


@dataclass(frozen=True, slots=True)
class SetHeader:
    places: int
    marks: int
    shape: Shape
    widths: tuple[int, int, int]

    def encode(self) -> bytes:
        used = [length for length in self.shape.lengths if length]
        bitmap = sum(1 << state for state, length in enumerate(self.shape.lengths) if length)
        nibbles = [*used, 0] if len(used) % 2 else used
        pairs = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
        spans, highs, forks = self.widths
        widths = bytes((spans + _BASE * (highs + _BASE * forks),))
        return _number(self.places) + _number(self.marks) + bitmap.to_bytes(2, "little") + pairs + widths


def parse_header(data: bytes, *, states: Set[int] = MARKED) -> tuple[SetHeader, int]:
    """The header at the beginning of `data`, and how many bytes it takes. Raises RegisterError."""
    try:
        places, at = _parse_number(data, 0)
        marks, at = _parse_number(data, at)
        bitmap = data[at] | data[at + 1] << 8
        used = [state for state in range(STATES) if bitmap >> state & 1]
        at += 2
        lengths = bytearray(STATES)
        for order, state in enumerate(used):
            lengths[state] = data[at + order // 2] >> 4 * (order % 2) & 15
        at += -(-len(used) // 2)
        forks, rest = divmod(data[at], _BASE * _BASE)
    except IndexError:
        raise RegisterError("a set that ends in its header") from None
    if places > MAX_PLACES or marks > min(MAX_MARKS, places):
        raise RegisterError("a set of more marks or places than there may be")
    widths = (rest % _BASE, rest // _BASE, forks)
    if any(width > limit for width, limit in zip(widths, _MAX_WIDTHS, strict=True)):
        raise RegisterError("a directory with columns wider than there may be")
    header = SetHeader(places, marks, parse_shape(bytes(lengths), marks, states=states), widths)
    if header.encode() != data[: at + 1]:
        raise RegisterError("a header that is not in its shortest form")
    return header, at + 1


def _number(value: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have the high bit."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _parse_number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 42, 7):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise RegisterError("a number longer than there may be")
