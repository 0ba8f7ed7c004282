"""Canonical JSON: RFC 8785 over the values that receipts have (no fractions), so that one receipt has one form in bytes."""

from __future__ import annotations

import json
from typing import Any, Final

from firmware.ledger.errors import LedgerDamagedError

MAX_INTEGER: Final = (1 << 53) - 1
MAX_DEPTH: Final = 8


class CanonicalError(LedgerDamagedError):
    """A value or a text that has no canonical form."""


def encode(value: Any) -> bytes:
    """The one form: members by name (as UTF-16), no spaces, UTF-8 as it is. Raises CanonicalError for a fraction or a float."""
    return json.dumps(_ordered(value, MAX_DEPTH), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode(data: bytes) -> Any:
    """The value of a text in its one form, to the last byte. Raises CanonicalError."""
    try:
        value = json.loads(data, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise CanonicalError("not JSON without fractions") from None
    if encode(value) != data:
        raise CanonicalError("JSON that is not in its one form")
    return value


def _ordered(value: Any, depth_left: int) -> Any:
    if depth_left < 0:
        raise CanonicalError("nested too deep")
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise CanonicalError("a name that is no text")
        names = sorted(value, key=_utf16)
        return {name: _ordered(value[name], depth_left - 1) for name in names}
    if isinstance(value, list | tuple):
        return [_ordered(each, depth_left - 1) for each in value]
    if isinstance(value, str):
        _utf16(value)
        return str(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_INTEGER):
        return value
    raise CanonicalError(f"a value of the kind {type(value).__name__} has no place in a receipt")


def _utf16(text: str) -> bytes:
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise CanonicalError("text with half a character") from None


def _refuse(_number: str) -> Any:
    raise ValueError
