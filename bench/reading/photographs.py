"""Public photographs, each given to every engine in turn: rates, wrong texts, times as ratios to pyzbar."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.reading.engines import ALL, LIBRARY, Engines, shuffled
from bench.reading.expected import right_and_wrong
from firmware.scanner.codes import CODE_128, QR, Gray
from firmware.scanner.picture import read_picture

LARGE: Final = (1280, 720)
SMALL: Final = (640, 480)
_TURNS: Final = 4


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture of the list. `kind` is qr, code128 or neg (no code)."""

    path: Path
    group: str
    kind: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One engine's reading of one photograph, judged."""

    photograph: Photograph
    engine: str
    size: tuple[int, int]
    turn: int
    right: bool
    wrong: int
    spent_s: float
    hung: bool


def listed(folder: Path, every: int = 1) -> list[Photograph]:
    """The photographs of a folder's manifest.json; with `every`, one in so many. Sets of single countries are one group."""
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [
        Photograph(
            folder / entry["file"],
            entry["set"] if entry["set"] == "dgc" else f"{entry['set']} {entry['group']}",
            entry["kind"],
            tuple(entry["texts"]),
        )
        for entry in entries[::every]
    ]


def fitted(gray: Gray, size: tuple[int, int]) -> Gray:
    """Made smaller to fit; never larger."""
    scale = min(size[0] / gray.shape[1], size[1] / gray.shape[0])
    if scale >= 1.0:
        return np.ascontiguousarray(gray)
    return np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def look_at(photographs: Sequence[Photograph], engines: Engines) -> Iterator[Look]:
    """Every engine's look at every photograph."""
    for photograph in photographs:
        _, whole = read_picture(photograph.path)[0]
        large = fitted(whole, LARGE)
        if photograph.kind == "code128":
            for turn in range(_TURNS):
                turned = np.ascontiguousarray(np.rot90(large, turn))
                yield from _looks(photograph, turned, LARGE, LIBRARY, engines, CODE_128, turn)
            continue
        yield from _looks(photograph, large, LARGE, ALL, engines, QR)
        if photograph.kind == "neg":
            yield from _looks(photograph, large, LARGE, LIBRARY, engines, CODE_128)
        else:
            yield from _looks(photograph, fitted(whole, SMALL), SMALL, LIBRARY, engines, QR)


def _looks(
    photograph: Photograph,
    gray: Gray,
    size: tuple[int, int],
    names: Sequence[str],
    engines: Engines,
    wanted: str,
    turn: int = 0,
) -> Iterator[Look]:
    for name in shuffled(names, photograph.path.name):
        reading = engines.read(name, gray, wanted)
        right, wrong = right_and_wrong(reading.payloads, photograph.texts)
        yield Look(photograph, name, size, turn, right, wrong, reading.spent_s, reading.hung)
