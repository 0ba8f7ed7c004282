"""The decoders that are measured, ours and the peers, behind one call: (grey frame, format) -> payloads and CPU time."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import numpy as np
import zxingcpp

from bench.reading.opencv_child import OpenCvChild
from firmware.scanner import read_codes, zbar
from firmware.scanner.codes import QR, Gray

FIRST: Final = "yanma, first"
FULL: Final = "yanma, full"
PYZBAR: Final = "pyzbar"
ZXING: Final = "zxing-cpp"
OPENCV: Final = "OpenCV"
ARUCO: Final = "OpenCV Aruco"

Read = Callable[[Gray, str], list[bytes]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine said to one frame. `spent_s` is CPU time of one thread."""

    payloads: tuple[bytes, ...]
    spent_s: float
    hung: bool = False


def _ours_first(gray: Gray, wanted: str) -> list[bytes]:
    return [code.payload for code in read_codes(gray, formats=(wanted,))]


def _ours_full(gray: Gray, wanted: str) -> list[bytes]:
    return [code.payload for code in read_codes(gray, effort="full", formats=(wanted,))]


def _pyzbar(gray: Gray, wanted: str) -> list[bytes]:
    return [code.payload for code in zbar.find(gray, wanted, "peer")]


def _zxing(gray: Gray, wanted: str) -> list[bytes]:
    """As the library comes: its own defaults, only the format named."""
    format_ = zxingcpp.BarcodeFormat.QRCodeModel2 if wanted == QR else zxingcpp.BarcodeFormat.Code128
    found = zxingcpp.read_barcodes(gray, formats=zxingcpp.BarcodeFormats(format_))
    return [barcode.bytes for barcode in found if barcode.valid]


_INSIDE: Final[dict[str, Read]] = {FIRST: _ours_first, FULL: _ours_full, PYZBAR: _pyzbar, ZXING: _zxing}
_OUTSIDE: Final = (OPENCV, ARUCO)
#: The peer of every ratio comes first; each frame is given to all engines before the next frame is.
ALL: Final = (PYZBAR, FIRST, FULL, ZXING, OPENCV, ARUCO)
LIBRARY: Final = (PYZBAR, FIRST, FULL, ZXING)


def shuffled(names: Sequence[str], frame: str) -> list[str]:
    """Another order for each frame: who comes first, or after a large neighbour, pays for filling the caches."""
    order = np.random.default_rng(zlib.crc32(frame.encode())).permutation(len(names))
    return [names[place] for place in order]


class Engines:
    """All engines, those that may hang in a child process of their own. Used as a context manager."""

    def __init__(self) -> None:
        self._child = OpenCvChild()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.close()

    def read(self, engine: str, gray: Gray, wanted: str = QR) -> Reading:
        """Ask one engine. An engine that hangs is ended after a deadline, and its time is that deadline."""
        if engine in _OUTSIDE:
            texts, spent_s, hung = self._child.read(gray, aruco=engine == ARUCO)
            return Reading(tuple(text.encode("utf-8", "surrogateescape") for text in texts), spent_s, hung)
        began_s = time.thread_time()
        payloads = _INSIDE[engine](gray, wanted)
        return Reading(tuple(payloads), max(time.thread_time() - began_s, 1e-7))
