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
_OTHER: Final = 7
_STRINGS: Final = frozenset({_BYTES, _TEXT})
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
    try:
        value, end = _item(data, 0, max_depth, [max_items - 1])
    except IndexError:  # the only place where a head runs past the end; lengths are checked before they are used
        raise MalformedError("cbor: ends too early") from None
    if end != len(data):
        raise MalformedError("cbor: bytes left over")
    return value


def read_bytes(data: bytes, position: int) -> tuple[bytes, int]:
    """The byte string that begins at `position`, and the position behind it. Raises MalformedError."""
    try:
        major, length, start = _head(data, position)
    except IndexError:
        raise MalformedError("cbor: ends too early") from None
    if major != _BYTES:
        raise MalformedError("cbor: expected a byte string")
    return _take(data, start, length), start + length


def _head(data: bytes, position: int) -> tuple[int, int, int]:
    """Major type, argument, and the position behind the head. Raises IndexError at the end of the data."""
    first = data[position]
    low = first & 31
    position += 1
    if low < 24:
        return first >> 5, low, position
    if low > 27:
        raise MalformedError("cbor: indefinite or reserved length")
    end = position + _WIDTH[low]
    if end > len(data):
        raise MalformedError("cbor: ends too early")
    argument = int.from_bytes(data[position:end], "big")
    if argument < _SHORTEST[low]:
        raise MalformedError("cbor: not the shortest form")
    return first >> 5, argument, end


def _take(data: bytes, start: int, length: int) -> bytes:
    end = start + length
    if end > len(data):
        raise MalformedError("cbor: a length runs past the end")
    return data[start:end]


def _item(data: bytes, position: int, depth_left: int, items_left: list[int]) -> tuple[Value, int]:
    """The item at `position`, and the position behind it. `items_left` is one shared counter."""
    first = data[position]
    if first & 31 < 24:  # most heads are one byte: this is the hot path
        major, argument, start = first >> 5, first & 31, position + 1
    else:
        major, argument, start = _head(data, position)
    if major in _STRINGS:
        end = start + argument
        if end > len(data):
            raise MalformedError("cbor: a length runs past the end")
        return (_utf8(data[start:end]) if major == _TEXT else data[start:end]), end
    if major == _UINT:
        return argument, start
    if major == _NINT:
        return -1 - argument, start
    if major == _MAP:
        _enter(2 * argument, depth_left, items_left)
        return _map(data, start, argument, depth_left - 1, items_left)
    if major == _ARRAY:
        _enter(argument, depth_left, items_left)
        values = []
        for _ in range(argument):
            value, start = _item(data, start, depth_left - 1, items_left)
            values.append(value)
        return values, start
    if major == _OTHER and data[position] in _SIMPLE:
        return _SIMPLE[data[position]], start
    raise MalformedError("cbor: a tag, a float, or a simple value that is not allowed")


def _enter(items: int, depth_left: int, items_left: list[int]) -> None:
    if depth_left <= 0:
        raise MalformedError("cbor: nested too deep")
    items_left[0] -= items
    if items_left[0] < 0:
        raise MalformedError("cbor: too many items")


def _utf8(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise MalformedError("cbor: text that is not UTF-8") from None


def _key(data: bytes, position: int) -> tuple[int | str, int]:
    """The integer or text that begins at `position`; the caller has taken the one-byte integers itself."""
    major, argument, end = _head(data, position)
    if major == _UINT:
        return argument, end
    if major == _NINT:
        return -1 - argument, end
    if major == _TEXT:
        return _utf8(_take(data, end, argument)), end + argument
    raise MalformedError("cbor: a key that is neither integer nor text")


def _map(
    data: bytes, position: int, pairs: int, depth_left: int, items_left: list[int]
) -> tuple[dict[int | str, Value], int]:
    result: dict[int | str, Value] = {}
    previous = b""
    key: int | str
    for _ in range(pairs):
        first = data[position]
        key, end = (first, position + 1) if first < 24 else _key(data, position)
        encoded = data[position:end]
        if encoded <= previous:
            raise MalformedError("cbor: keys twice or out of order")
        previous = encoded
        head = data[end]
        if head < 24:  # small integers are most of the values: no call for them
            result[key] = head
            position = end + 1
        else:
            result[key], position = _item(data, end, depth_left, items_left)
    return result, position


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
