"""The test card on paper: an A4 page whose code has the size of a printed document's, with a ruler to check the printer by."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Final

import cv2
import numpy as np

from firmware.ledger.receipts.sheet import GREY, WIDTH_MM, Sheet
from firmware.scanner.testcard import QUIET_MODULES, card_modules

#: A printed inspection mark's code is about so large.
CODE_MM: Final = 50.0
RULER_MM: Final = 100.0
_TOP_MM: Final = 60.0
_PNG_SCALE: Final = 16
#: No clock is asked: the same file each time.
_MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TITLE: Final = "测试卡 Test card"
_LINES: Final = (
    "按原大（100%）打印：上面的尺必须是 100 毫米。",
    "Print at 100 %: the ruler above must be 100 mm long.",
    "平举，先近（约 15 厘米），再远（约 30 厘米）：yanma selftest 会提示。",
    "Hold it flat, first near (15 cm), then far (30 cm), when yanma selftest asks for it.",
    "这不是证件，读它不会放行。This is no document, and no barrier opens for it.",
)


def card_pdf() -> bytes:
    """The page, as PDF. Its code is drawn as rectangles, so that no printer smooths it."""
    sheet = Sheet(_TITLE, _MADE, "")
    sheet.write(25, 40, _TITLE, 20)
    modules = card_modules()
    side = CODE_MM / len(modules)
    left = (WIDTH_MM - CODE_MM) / 2
    for row, line in enumerate(modules):
        column = 0
        for light, run in groupby(line.tolist()):
            length = len(list(run))
            if not light:
                sheet.fill(left + column * side, _TOP_MM + row * side, length * side, side)
            column += length
    _ruler(sheet, (WIDTH_MM - RULER_MM) / 2, _TOP_MM + CODE_MM + 30)
    y = _TOP_MM + CODE_MM + 55
    for text in _LINES:
        y = sheet.write_within(25, y, WIDTH_MM - 50, text, 11) + 8
    return sheet.output()


def card_png() -> bytes:
    """The code alone with its quiet zone, 16 pixels a module: for a screen, whose size nobody knows."""
    quiet = np.pad(card_modules(), QUIET_MODULES, constant_values=255)
    good, png = cv2.imencode(".png", np.kron(quiet, np.ones((_PNG_SCALE, _PNG_SCALE), np.uint8)))
    assert good, "a grey picture is always a PNG"
    return png.tobytes()


def _ruler(sheet: Sheet, left: float, y: float) -> None:
    sheet.line(left, y, left + RULER_MM, width_mm=0.3)
    for mm in range(0, int(RULER_MM) + 1, 10):
        sheet.fill(left + mm - 0.15, y - (4 if mm % 50 == 0 else 2), 0.3, 4 if mm % 50 == 0 else 2)
    sheet.write(left, y + 5, "0", 9, ink=GREY)
    end = f"{RULER_MM:g} mm"
    sheet.write(left + RULER_MM - sheet.width(end, 9), y + 5, end, 9, ink=GREY)
