"""Base45 (RFC 9285), strict: only its 45 characters, only values that fit, only lengths that encoding can give."""

from __future__ import annotations

import struct
from typing import Final

from firmware.verify.errors import MalformedError

ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INVALID: Final = 255
_VALUES: Final = bytes(ALPHABET.find(bytes([c])) if bytes([c]) in ALPHABET else _INVALID for c in range(256))


def decode(text: bytes) -> bytes:
    """The bytes behind `text`. Raises MalformedError on a foreign character, a value over 65535 (or 255) or a length of 3n + 1."""
    pairs, tail = divmod(len(text), 3)
    if tail == 1:
        raise MalformedError("base45: a length of 3n + 1 cannot come from bytes")
    values = text.translate(_VALUES)
    if _INVALID in values:
        raise MalformedError("base45: a character outside the alphabet")
    end = pairs * 3
    words = [c + 45 * d + 2025 * e for c, d, e in zip(values[0:end:3], values[1:end:3], values[2:end:3], strict=True)]
    try:
        head = struct.pack(f">{pairs}H", *words)
    except struct.error as error:
        raise MalformedError("base45: three characters stand for more than 65535") from error
    if not tail:
        return head
    last = values[end] + 45 * values[end + 1]
    if last > 255:
        raise MalformedError("base45: two characters stand for more than 255")
    return head + bytes((last,))


def encode(data: bytes) -> bytes:
    """`data` as base45 text."""
    out = bytearray()
    pairs, tail = divmod(len(data), 2)
    for word in struct.unpack(f">{pairs}H", data[: pairs * 2]):
        rest, c = divmod(word, 45)
        e, d = divmod(rest, 45)
        out += bytes((ALPHABET[c], ALPHABET[d], ALPHABET[e]))
    if tail:
        d, c = divmod(data[-1], 45)
        out += bytes((ALPHABET[c], ALPHABET[d]))
    return bytes(out)
