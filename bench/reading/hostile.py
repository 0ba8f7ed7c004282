"""Frames made to cost time or to break a decoder: finder patterns in rows, noise, stripes, checkers. And exact payloads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import segno

from bench.degrader.symbols import enlarged
from bench.reading.engines import ARUCO, LIBRARY, OPENCV, Engines
from bench.reading.photographs import LARGE
from firmware.scanner.codes import Gray

_FINDER: Final = np.pad(np.pad(np.pad(np.zeros((3, 3), np.uint8), 1, constant_values=255), 1), 1, constant_values=255)
_SIZES_PX: Final = (2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hostile frame cost one engine; `raised` names an exception that came out of it."""

    frame: str
    engine: str
    spent_s: float
    hung: bool
    phantoms: int
    raised: str


def hostile_frames(seed: int = 1) -> Iterator[tuple[str, Gray]]:
    """Full frames of each kind, with their names."""
    rng = np.random.default_rng(seed)
    width, height = LARGE
    for size in _SIZES_PX:
        yield f"finder patterns, {size} px a module", _tiled(enlarged(_FINDER, size))
        yield f"checker of {size} px", _tiled(_checker(size))
        yield f"stripes of {size} px", _tiled(enlarged(np.array([[0, 255]], np.uint8), size))
    yield "noise, even", rng.integers(0, 256, (height, width), dtype=np.uint8)
    yield "noise, black and white", rng.integers(0, 2, (height, width), dtype=np.uint8) * np.uint8(255)
    for size in (2, 3, 5):
        coarse = rng.integers(0, 2, (height // size + 1, width // size + 1), dtype=np.uint8) * np.uint8(255)
        yield (
            f"noise, modules of {size} px",
            np.ascontiguousarray(enlarged(coarse, size)[:height, :width]),
        )
    for thin, thick in ((1, 4), (2, 8)):
        row = np.repeat(np.arange(width) % 2 * 255, rng.integers(thin, thick + 1, width))[:width].astype(np.uint8)
        yield f"bars of {thin} to {thick} px", np.ascontiguousarray(np.broadcast_to(row, (height, width)))
    turned = cv2.warpAffine(
        _tiled(enlarged(_FINDER, 4)),
        cv2.getRotationMatrix2D((width / 2, height / 2), 17, 1.0),
        LARGE,
        borderMode=cv2.BORDER_REFLECT,
    )
    yield "finder patterns, turned", np.asarray(turned, dtype=np.uint8)


def tiled_finders(module_px: int, size: tuple[int, int]) -> Gray:
    """A frame of (width, height) tiled with finder patterns."""
    return np.ascontiguousarray(_tiled(enlarged(_FINDER, module_px))[: size[1], : size[0]])


def _checker(size: int) -> Gray:
    return enlarged(np.array([[0, 255], [255, 0]], np.uint8), size)


def _tiled(tile: Gray) -> Gray:
    width, height = LARGE
    times = (height // tile.shape[0] + 1, width // tile.shape[1] + 1)
    return np.ascontiguousarray(np.tile(tile, times)[:height, :width])


def costs(engines: Engines) -> Iterator[Cost]:
    """Every engine's cost for every hostile frame. Nothing is read in any of them: what is said is a phantom."""
    for name, gray in hostile_frames():
        for engine in (*LIBRARY, OPENCV, ARUCO):
            try:
                reading = engines.read(engine, gray)
            except (ValueError, RuntimeError, MemoryError, cv2.error) as error:
                yield Cost(name, engine, 0.0, False, 0, type(error).__name__)
                continue
            yield Cost(name, engine, reading.spent_s, reading.hung, len(reading.payloads), "")


def exact_payloads(engines: Engines, count: int) -> Iterator[tuple[str, str, bool]]:
    """(kind of payload, engine, whether exactly these bytes came back) for clean codes of `count` payloads a kind."""
    rng = np.random.default_rng(7)
    for kind in ("random bytes", "GB18030", "UTF-8"):
        for _ in range(count):
            payload = _payload(kind, rng)
            made = segno.make(payload, error="m", micro=False, boost_error=False)
            modules = np.array([[0 if module else 255 for module in row] for row in made.matrix], np.uint8)
            gray = enlarged(np.pad(modules, 4, constant_values=255), 4)
            for engine in (*LIBRARY, OPENCV, ARUCO):
                yield kind, engine, set(engines.read(engine, gray).payloads) == {payload}


def _payload(kind: str, rng: np.random.Generator) -> bytes:
    if kind == "random bytes":
        return rng.bytes(int(rng.integers(1, 300)))
    text = "".join(chr(int(code)) for code in rng.integers(0x4E00, 0x9FA5, int(rng.integers(1, 100))))
    return text.encode("gb18030" if kind == "GB18030" else "utf-8")
