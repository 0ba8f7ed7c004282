"""Codes as matrices of modules, with the exact bytes they carry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import segno
import zxingcpp
from numpy.typing import NDArray

from firmware.scanner.codes import CODE_128, QR

BASE45_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
#: What the office's delegated licences need: version 15 at EC level M.
USUAL_LENGTH: Final = 540
#: A bar is drawn this many times as high as the code is wide.
_BAR_HEIGHT_SHARE: Final = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """`modules` is (rows, columns) of bool, True is ink. `finder_modules` is the side of a corner pattern, 0 for bars."""

    payload: bytes
    format: str
    modules: NDArray[np.bool_]
    finder_modules: int


def base45_text(length: int, seed: int) -> str:
    """A text of the characters that our credentials are written in."""
    rng = np.random.default_rng((seed, length))
    return "".join(BASE45_ALPHABET[n] for n in rng.integers(0, len(BASE45_ALPHABET), length))


def enlarged(cells: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Each cell as a square of `times` pixels a side."""
    return np.asarray(np.repeat(np.repeat(cells, times, axis=0), times, axis=1), dtype=np.uint8)


@lru_cache(maxsize=32)
def qr_symbol(payload: str | bytes, error: str = "m", version: int | None = None) -> Symbol:
    """A QR code. Raises segno.DataOverflowError when the payload does not fit the version."""
    made = segno.make(payload, error=error, version=version, micro=False, boost_error=False)
    modules = np.array([[bool(module) for module in row] for row in made.matrix])
    return Symbol(payload.encode() if isinstance(payload, str) else payload, QR, modules, 7)


def usual_symbol(seed: int) -> Symbol:
    """Version 15, EC level M, 540 base45 characters: 77 modules a side."""
    return qr_symbol(base45_text(USUAL_LENGTH, seed), "m", 15)


@lru_cache(maxsize=32)
def bar_symbol(text: str) -> Symbol:
    """A Code 128 of this ASCII text; one module is the width of its narrowest bar."""
    drawn = np.array(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_image(scale=1))
    bars = drawn[0] < 128
    inside = np.flatnonzero(bars)
    bars = bars[inside[0] : inside[-1] + 1]
    modules = np.repeat(bars[np.newaxis, :], int(len(bars) * _BAR_HEIGHT_SHARE), axis=0)
    return Symbol(text.encode("ascii"), CODE_128, modules, 0)
