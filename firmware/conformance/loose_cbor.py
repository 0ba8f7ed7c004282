"""CBOR of other people (RFC 8949): everything that is well-formed, with a note of all that our own profile does not have.

Never used to judge a code. Limits: 1 MiB, 64 levels.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, Final

from firmware.verify import wire

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 64

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(8)
_WIDTH: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_SHORTEST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}
_INDEFINITE: Final = 31
_BREAK: Final = 0xFF
_SIMPLE_VALUES: Final = {20: False, 21: True, 22: None}


class NotWellFormedError(ValueError):
    """Bytes that are no CBOR item, or more than one."""


class WithdrawnError(NotWellFormedError):
    """A form of RFC 7049 that RFC 8949 withdrew (3.3: a simple value below 32 in two bytes)."""


@dataclass(frozen=True, slots=True)
class Tag:
    number: int
    value: Any


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple value other than false, true and null."""

    number: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map as it came: keys may be of any kind, and may come twice."""

    items: tuple[tuple[Any, Any], ...]

    def as_dict(self) -> dict[int | str, Any]:
        """The map by its integer and text keys. Raises NotWellFormedError for other keys, or one that comes twice."""
        result: dict[int | str, Any] = {}
        for key, value in self.items:
            if type(key) not in (int, str) or key in result:
                raise NotWellFormedError("a key that comes twice, or is neither integer nor text")
            result[key] = value
        return result


@dataclass(slots=True)
class Loose:
    """What was read, and what in it lies beyond our profile (empty: our strict reader must take it too)."""

    value: Any
    beyond: frozenset[str]


def decode(data: bytes) -> Loose:
    """The one item that `data` holds, whole. Raises NotWellFormedError."""
    reader = _Reader(data)
    if len(data) > MAX_BYTES:
        raise NotWellFormedError("longer than 1 MiB")
    value = reader.item(1)
    if reader.position != len(data):
        raise NotWellFormedError("bytes left over")
    if len(data) > wire.MAX_COSE_BYTES:
        reader.beyond.add("longer than 1024 bytes")
    if reader.items > wire.MAX_CBOR_ITEMS:
        reader.beyond.add("more than 128 items")
    return Loose(value, frozenset(reader.beyond))


@dataclass(slots=True)
class _Reader:
    data: bytes
    position: int = 0
    items: int = 0
    beyond: set[str] = field(default_factory=set)

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self.data):
            raise NotWellFormedError("ends too early")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def head(self) -> tuple[int, int, int]:
        """Major type, the five low bits, and the argument (0 for an indefinite length)."""
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low, low
        if low == _INDEFINITE:
            return major, low, 0
        if low not in _WIDTH:
            raise NotWellFormedError("a reserved length")
        argument = int.from_bytes(self.take(_WIDTH[low]), "big")
        if major != _OTHER and argument < _SHORTEST[low]:
            self.beyond.add("a head that is not the shortest")
        return major, low, argument

    def item(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise NotWellFormedError("more than 64 levels")
        self.items += 1
        major, low, argument = self.head()
        indefinite = low == _INDEFINITE
        if indefinite:
            if major not in (_BYTES, _TEXT, _ARRAY, _MAP):
                raise NotWellFormedError("an indefinite length where there is none")
            self.beyond.add("an indefinite length")
        if major in (_UINT, _NINT):
            return argument if major == _UINT else -1 - argument
        if major in (_BYTES, _TEXT):
            return self.string(major, argument, indefinite=indefinite)
        if major == _ARRAY:
            return self.array(argument, depth, indefinite=indefinite)
        if major == _MAP:
            return self.map(argument, depth, indefinite=indefinite)
        if major == _TAG:
            self.beyond.add("a tag")
            return Tag(argument, self.item(depth + 1))
        return self.other(low, argument)

    def string(self, major: int, length: int, *, indefinite: bool) -> bytes | str:
        if not indefinite:
            data = self.take(length)
        else:
            chunks = []
            while not self.at_break():
                chunk_major, low, chunk_length = self.head()
                if chunk_major != major or low == _INDEFINITE:
                    raise NotWellFormedError("a chunk of another kind than its string")
                chunks.append(self.take(chunk_length))
            data = b"".join(chunks)
        if major == _BYTES:
            return data
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise NotWellFormedError("text that is not UTF-8") from None

    def at_break(self) -> bool:
        """Whether the next byte ends an indefinite length; it is then taken."""
        if self.position < len(self.data) and self.data[self.position] == _BREAK:
            self.position += 1
            return True
        return False

    def more(self, count: int, read: int, *, indefinite: bool) -> bool:
        return not self.at_break() if indefinite else read < count

    def array(self, count: int, depth: int, *, indefinite: bool) -> list[Any]:
        self.note_depth(depth)
        values: list[Any] = []
        while self.more(count, len(values), indefinite=indefinite):
            values.append(self.item(depth + 1))
        return values

    def map(self, count: int, depth: int, *, indefinite: bool) -> Pairs:
        self.note_depth(depth)
        pairs: list[tuple[Any, Any]] = []
        previous = b""
        while self.more(count, len(pairs), indefinite=indefinite):
            start = self.position
            key = self.item(depth + 1)
            encoded = self.data[start : self.position]
            if encoded <= previous:
                self.beyond.add("keys twice or out of order")
            if type(key) not in (int, str):
                self.beyond.add("a key that is neither integer nor text")
            previous = encoded
            pairs.append((key, self.item(depth + 1)))
        return Pairs(tuple(pairs))

    def note_depth(self, depth: int) -> None:
        if depth > wire.MAX_CBOR_DEPTH:
            self.beyond.add("more than 6 levels")

    def other(self, low: int, argument: int) -> Any:
        if low in _SIMPLE_VALUES:
            return _SIMPLE_VALUES[low]
        if low in _FLOATS:
            self.beyond.add("a float")
            return struct.unpack(_FLOATS[low], argument.to_bytes(_WIDTH[low], "big"))[0]
        if low == 24 and argument < 32:
            raise WithdrawnError("a simple value below 32 in two bytes, which RFC 8949 withdrew")
        self.beyond.add("a simple value")
        return Simple(argument)
