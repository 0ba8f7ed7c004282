"""The one file that knows pyzbar: a second decoder, slower and weaker, made by other people.

It guesses a text encoding, so it changes payloads that are not ASCII: what it says is compared, never believed. The
system's libzbar may be missing; then `why_missing()` says so and `find` reads nothing.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Final

import numpy as np

from firmware.scanner.codes import CODE_128, QR, Code, Corners, Gray, holds_a_code

NAME: Final = "pyzbar"

#: Only what we ask for: its other readers see codes in stripes and text, and cost time.
_SYMBOLS: Final = {QR: "QRCODE", CODE_128: "CODE128"}


@cache
def load(module: str = "pyzbar.pyzbar") -> tuple[ModuleType | None, str | None]:
    """The library, or why there is none."""
    try:
        return import_module(module), None
    except (ImportError, OSError) as error:
        return None, f"the second decoder is not fitted ({error}); install the system package libzbar0 and pyzbar"


def why_missing() -> str | None:
    """None when the second decoder works; else what is missing and what to install, for the log and the doctor."""
    return load()[1]


def find(gray: Gray, wanted: str, stage: str) -> list[Code]:
    """The codes of one format that pyzbar reads. ASCII payloads are exact; others may not be what is printed."""
    pyzbar = load()[0]
    if pyzbar is None or not holds_a_code(gray):
        return []
    try:
        symbols = pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol[_SYMBOLS[wanted]]])
    except (pyzbar.PyZbarError, ValueError, MemoryError):
        return []  # zbar refused the frame; as in zxing.py, the next one is another
    return [Code(bytes(symbol.data), wanted, _corners(symbol), NAME, stage) for symbol in symbols if symbol.data]


def _corners(symbol: object) -> Corners:
    """zbar gives a convex hull in no fixed order; four points are taken as they come, others as their bounding box."""
    hull = np.array([(point.x, point.y) for point in getattr(symbol, "polygon", ())], dtype=np.float64).reshape(-1, 2)
    if len(hull) == 4:
        return hull
    if len(hull) == 0:
        return np.zeros((4, 2))
    (left, top), (right, bottom) = hull.min(axis=0), hull.max(axis=0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
