"""Strict CBOR: the deterministic core of RFC 8949 (section 4.2.1) and nothing else.

Refused: indefinite lengths, lengths and integers that are not the shortest, tags, floats, undefined and other simple values, keys
that are neither integer nor text, keys out of bytewise order (so also duplicates), invalid UTF-8, anything left over.
Every limit is checked before anything is allocated or looped over.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from firmware.verify import wire
from firmware.verify.errors import MalformedError

Value: TypeAlias = "int | bytes | str | bool | list[Value] | dict[int | str, Value] | None"

_SIMPLE: Final[dict[int, bool | None]] = {0xF4: False, 0xF5: True, 0xF6: None}
_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_SHORTEST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}  # the least value that needs this width
_WIDTH: Final = {24: 1, 25: 2, 26: 4, 27: 8}


def decode(
    data: bytes,
    *,
    max_bytes: int = wire.MAX_COSE_BYTES,
    max_items: int = wire.MAX_CBOR_ITEMS,
    max_depth: int = wire.MAX_CBOR_DEPTH,
) -> Value:
    """The one value that `data` holds, whole. Raises MalformedError."""
    if len(data) > max_bytes:
        raise MalformedError("cbor: longer than allowed")
    reader = Reader(data, max_items, max_depth)
    value = reader.item(0)
    reader.finish()
    return value


class Reader:
    """A cursor over one buffer. Use `decode` unless parts of the buffer have to be taken one by one."""

    __slots__ = ("_items_left", "_max_depth", "data", "position")

    def __init__(self, data: bytes, max_items: int, max_depth: int, position: int = 0) -> None:
        self.data = data
        self.position = position
        self._items_left = max_items - 1
        self._max_depth = max_depth

    def finish(self) -> None:
        if self.position != len(self.data):
            raise MalformedError("cbor: bytes left over")

    def head(self) -> tuple[int, int]:
        """Major type and argument of the next item. Raises on a tag, a float, an indefinite or a too long head."""
        data, position = self.data, self.position
        try:
            first = data[position]
        except IndexError:
            raise MalformedError("cbor: ends too early") from None
        major, low = first >> 5, first & 31
        if low < 24:
            self.position = position + 1
            return major, low
        if low > 27:
            raise MalformedError("cbor: indefinite or reserved length")
        width = _WIDTH[low]
        self.position = end = position + 1 + width
        argument = int.from_bytes(data[position + 1 : end], "big")
        if end > len(data):
            raise MalformedError("cbor: ends too early")
        if argument < _SHORTEST[low]:
            raise MalformedError("cbor: not the shortest form")
        return major, argument

    def take(self, length: int) -> bytes:
        start = self.position
        end = start + length
        if end > len(self.data):
            raise MalformedError("cbor: a length runs past the end")
        self.position = end
        return self.data[start:end]

    def item(self, depth: int) -> Value:
        data, position = self.data, self.position
        if position < len(data) and data[position] >= 0xE0:
            try:
                value = _SIMPLE[data[position]]
            except KeyError:
                raise MalformedError("cbor: a float, undefined, or an unassigned simple value") from None
            self.position = position + 1
            return value
        major, argument = self.head()
        if major == _UINT:
            return argument
        if major == _NINT:
            return -1 - argument
        if major == _BYTES:
            return self.take(argument)
        if major == _TEXT:
            return self._text(argument)
        if major == _ARRAY:
            self._enter(argument, depth)
            return [self.item(depth + 1) for _ in range(argument)]
        if major == _MAP:
            self._enter(2 * argument, depth)
            return self._map(argument, depth + 1)
        raise MalformedError("cbor: a tag where none is allowed")

    def _enter(self, items: int, depth: int) -> None:
        if depth >= self._max_depth:
            raise MalformedError("cbor: nested too deep")
        self._items_left -= items
        if self._items_left < 0:
            raise MalformedError("cbor: too many items")

    def _text(self, length: int) -> str:
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedError("cbor: text that is not UTF-8") from None

    def _map(self, pairs: int, depth: int) -> dict[int | str, Value]:
        result: dict[int | str, Value] = {}
        previous = b""
        for _ in range(pairs):
            start = self.position
            major, argument = self.head()
            key: int | str
            if major == _UINT:
                key = argument
            elif major == _NINT:
                key = -1 - argument
            elif major == _TEXT:
                key = self._text(argument)
            else:
                raise MalformedError("cbor: a key that is neither integer nor text")
            encoded = self.data[start : self.position]
            if encoded <= previous:
                raise MalformedError("cbor: keys twice or out of order")
            previous = encoded
            result[key] = self.item(depth)
        return result


def encode_head(major: int, argument: int) -> bytes:
    """The shortest head for a major type (0 to 7) and an argument below 2**64."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    for low, width in _WIDTH.items():
        if argument < 1 << (8 * width):
            return bytes((major << 5 | low,)) + argument.to_bytes(width, "big")
    raise ValueError("cbor: an argument over 64 bits")


def encode_bytes(data: bytes) -> bytes:
    """`data` as a CBOR byte string."""
    return encode_head(_BYTES, len(data)) + data
