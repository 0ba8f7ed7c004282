"""The test card: one code of the size and density of a real one, with a text that is no credential. Its size in a frame tells how
far away it is held.

The code itself is data, one pixel a module, drawn by tools/draw_test_card.py: a device makes no codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import cv2
import numpy as np

from firmware.scanner import zxing
from firmware.scanner.codes import QR, Corners, Gray

#: As long as a vehicle licence's code. Never begins with the prefix of a credential.
CARD_TEXT: Final = "YANMA TEST CARD 1. " + "THIS IS NO DOCUMENT. " * 15
FILE_NAME: Final = "testcard.png"
QUIET_MODULES: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class CardReading:
    """The card in one frame: the size of its modules in pixels, and its corners (codes.Code)."""

    module_px: float
    corners: Corners


def card_modules() -> Gray:
    """The card's code, one pixel a module: 0 is dark, 255 light; (n, n) without its quiet zone."""
    packed = np.frombuffer(files("firmware.scanner").joinpath(FILE_NAME).read_bytes(), np.uint8)
    modules = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    assert modules is not None, "the file is part of the package"
    return np.asarray(modules, np.uint8)


def read_card(gray: Gray) -> CardReading | None:
    """The card, read whole; None when it is not in the frame or cannot be read."""
    for code in zxing.find(gray, QR, zxing.Settings(downscale=True), "testcard"):
        if code.payload == CARD_TEXT.encode():
            sides = np.linalg.norm(np.roll(code.corners, -1, axis=0) - code.corners, axis=1)
            return CardReading(float(sides.mean()) / len(card_modules()), code.corners)
    return None
