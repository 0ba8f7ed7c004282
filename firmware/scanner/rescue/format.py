"""Which level, mask and version a soft grid says it has: the nearest of the few words that exist, not bit by bit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware.scanner.rescue.layout import MAX_VERSION, Layout

Soft: TypeAlias = NDArray[np.float32]

_FORMAT_POLYNOMIAL: Final = 0x537
_FORMAT_MASK: Final = 0x5412
_VERSION_POLYNOMIAL: Final = 0x1F25
#: The level's two bits, 0 to 3.
_LEVELS_BY_BITS: Final = "MLHQ"


@dataclass(frozen=True, slots=True)
class Format:
    """Level, mask and how well the grid agrees: 1 when every bit seen does, 0 for chance."""

    level: str
    mask: int
    agreement: float


def formats_of(soft: Soft, layout: Layout, most: int) -> list[Format]:
    """The `most` likeliest formats of a soft grid, likeliest first."""
    seen = soft.reshape(-1)[layout.format_at].sum(axis=0)
    scores = _format_words() @ seen / max(float(np.abs(seen).sum()), 1e-6)
    best = np.argsort(-scores)[:most]
    return [Format(_LEVELS_BY_BITS[number >> 3], int(number) & 7, float(scores[number])) for number in best]


def version_said(seen: Soft) -> tuple[int, float]:
    """The version (7 to 40) that 18 soft bits say, most significant first, and the agreement as in `Format`."""
    scores = _version_words() @ seen / max(float(np.abs(seen).sum()), 1e-6)
    best = int(np.argmax(scores))
    return best + 7, float(scores[best])


@lru_cache(maxsize=1)
def _format_words() -> Soft:
    """(32, 15) of +1 and -1: row `level bits << 3 | mask`."""
    words = [(n << 10 | _remainder(n << 10, _FORMAT_POLYNOMIAL)) ^ _FORMAT_MASK for n in range(32)]
    return _signs(words, 15)


@lru_cache(maxsize=1)
def _version_words() -> Soft:
    """(34, 18) of +1 and -1: row `version - 7`."""
    words = [n << 12 | _remainder(n << 12, _VERSION_POLYNOMIAL) for n in range(7, MAX_VERSION + 1)]
    return _signs(words, 18)


def _remainder(value: int, polynomial: int) -> int:
    while value.bit_length() >= polynomial.bit_length():
        value ^= polynomial << value.bit_length() - polynomial.bit_length()
    return value


def _signs(words: list[int], width: int) -> Soft:
    bits = np.array(words)[:, None] >> np.arange(width)[::-1] & 1
    return (2 * bits - 1).astype(np.float32)
