"""Decoded CBOR -> values of the type that trust data must have there. Each raises UntrustedError for another one."""

from __future__ import annotations

from firmware.verify import cbor, wire
from firmware.verify.errors import UntrustedError


def as_map(value: cbor.Value, what: str) -> dict[int | str, cbor.Value]:
    if not isinstance(value, dict):
        raise UntrustedError(f"the {what} is no map")
    return value


def as_list(value: cbor.Value, what: str) -> list[cbor.Value]:
    if not isinstance(value, list):
        raise UntrustedError(f"the {what} is no list")
    return value


def as_whole(value: cbor.Value, what: str) -> int:
    if type(value) is not int or value < 0:
        raise UntrustedError(f"{what} is no whole number")
    return value


def as_instant(value: cbor.Value) -> int:
    instant = as_whole(value, "an instant")
    if instant > wire.MAX_NUMERIC_DATE:
        raise UntrustedError("an instant after the year 9999")
    return instant


def as_texts(value: cbor.Value, what: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UntrustedError(f"{what} is no list of texts")
    texts = tuple(text for text in value if isinstance(text, str))
    if len(texts) != len(value):
        raise UntrustedError(f"{what} is no list of texts")
    return texts
