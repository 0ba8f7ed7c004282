"""The one file that knows zxing-cpp: frame -> codes, or the places of codes it found and could not correct.

Settings, each checked against pictures: `QRCodeModel2`, because plain `QRCode` lets MicroQR through, which appears
where there is no code; only `.bytes`, because `.text` is a guess about an encoding; only results that are `.valid`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import zxingcpp

from firmware.scanner.codes import CODE_128, QR, Code, Corners, Gray, holds_a_code

NAME: Final = "zxing"

_FORMATS: Final = {
    QR: zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2),
    CODE_128: zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128),
}
_MODEL_1: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel1)


class Binarizer(Enum):
    """How grey becomes black and white: one histogram for all, a neighbourhood for each, or the caller did it (127)."""

    GLOBAL = zxingcpp.Binarizer.GlobalHistogram
    LOCAL = zxingcpp.Binarizer.LocalAverage
    FIXED = zxingcpp.Binarizer.FixedThreshold


@dataclass(frozen=True, slots=True)
class Settings:
    """How hard zxing looks: each of these costs time on every frame without a code."""

    binarizer: Binarizer = Binarizer.LOCAL
    downscale: bool = False
    invert: bool = False
    rotate: bool = True
    model_1: bool = False  # the first form of QR codes, of 1994: still found on old parts and papers


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """A QR code that was found and could not be corrected; None for what zxing could not tell either."""

    corners: Corners
    version: int | None = None
    level: str | None = None
    mask: int | None = None

    @property
    def modules(self) -> int | None:
        """Modules a side, by the version."""
        return None if self.version is None else 17 + 4 * self.version


def find(gray: Gray, wanted: str, settings: Settings, stage: str) -> list[Code]:
    """The codes of one format that were read whole. A frame that zxing refuses has none: its contents never raise."""
    return [
        Code(barcode.bytes, wanted, _corners(barcode), NAME, stage)
        for barcode in _barcodes(gray, wanted, settings, errors=False)
        if barcode.valid and barcode.bytes
    ]


def find_with_unread(gray: Gray, settings: Settings, stage: str) -> tuple[list[Code], list[Unread]]:
    """The QR codes that were read, and those that were found and could not be corrected, for the time of one look."""
    barcodes = _barcodes(gray, QR, settings, errors=True)
    read = [Code(b.bytes, QR, _corners(b), NAME, stage) for b in barcodes if b.valid and b.bytes]
    return read, [_unread(b) for b in barcodes if not b.valid]


def _unread(barcode: zxingcpp.Barcode) -> Unread:
    says = barcode.extra if isinstance(barcode.extra, dict) else {}
    version, mask = says.get("Version"), says.get("DataMask")
    return Unread(
        corners=_corners(barcode),
        version=int(version) if isinstance(version, str) and version.isdecimal() else None,
        level=barcode.ec_level or None,
        mask=mask if isinstance(mask, int) else None,
    )


def _barcodes(gray: Gray, wanted: str, settings: Settings, *, errors: bool) -> list[zxingcpp.Barcode]:
    if not holds_a_code(gray):
        return []
    try:
        return zxingcpp.read_barcodes(
            gray,
            formats=_MODEL_1 if settings.model_1 else _FORMATS[wanted],
            binarizer=settings.binarizer.value,
            try_downscale=settings.downscale,
            try_invert=settings.invert,
            try_rotate=settings.rotate,
            return_errors=errors,
        )
    except (RuntimeError, ValueError, MemoryError):
        # A C++ exception over one frame's contents: the next frame comes in a moment, and is another one.
        return []


def _corners(barcode: zxingcpp.Barcode) -> Corners:
    at = barcode.position
    points = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return np.array([(point.x, point.y) for point in points], dtype=np.float64)
