"""The degrader's frames given to every engine: rates by axis and strength, half-success points, streams of frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bench.degrader import AXES, BLACK, MIXTURES, WHITE, Shot, shoot, shoot_colour
from bench.degrader.axes import STRENGTHS_OF_MIXTURES
from bench.degrader.shot import Colour
from bench.degrader.symbols import Symbol, usual_symbol
from bench.reading.engines import ARUCO, FIRST, FULL, LIBRARY, OPENCV, PYZBAR, ZXING, Engines, shuffled
from firmware.model import Scan
from firmware.scanner.codes import Gray
from firmware.scanner.reader import Reader
from firmware.scanner.source import Frame

STREAM: Final = "yanma, 8 frames"
STREAM_FRAMES: Final = 8
_FRAMES_PER_S: Final = 12.0
#: The same seeds every day; a hidden set has others.
FIRST_SEED: Final = 1000

_GREEN: Final[Colour] = (0.06, 0.52, 0.16)
_RED: Final[Colour] = (0.50, 0.03, 0.04)
COLOURS: Final[Mapping[str, tuple[Colour, Colour]]] = {  # ink, paper
    "red on white": (_RED, WHITE),
    "black on green": (BLACK, _GREEN),
    "black on red": (BLACK, _RED),
    "white on black": (WHITE, BLACK),
}
_SHOTS_OF_COLOURS: Final[Sequence[Mapping[str, Any]]] = (
    {},
    {"module_px": 2.5},
    {"iso": 3200.0},
    {"defocus_modules": 0.8},
    {"yaw_deg": 35.0},
)


@dataclass(frozen=True, slots=True)
class Try:
    """One engine's reading of one degraded frame, or stream."""

    axis: str
    strength: float
    seed: int
    engine: str
    right: bool
    wrong: int
    spent_s: float
    hung: bool = False


def single_frames(engines: Engines, seeds: int, opencv_seeds: int, every: int = 1) -> Iterator[Try]:
    """Every axis and mixture at every strength (or one in `every`), one frame a seed."""
    for name, strength, shot in _stresses(every):
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            symbol = usual_symbol(seed)
            gray = shoot(symbol, shot, seed)[0]
            names = LIBRARY + ((OPENCV, ARUCO) if seed < FIRST_SEED + opencv_seeds else ())
            yield from _tries(name, strength, seed, gray, symbol, names, engines)


def streams(seeds: int, every: int = 1) -> Iterator[Try]:
    """The same stresses as streams of eight frames through the reader that remembers."""
    for name, strength, shot in _stresses(every):
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            symbol = usual_symbol(seed)
            payloads = set(read_stream(shoot(symbol, shot, seed, STREAM_FRAMES)))
            right = symbol.payload in payloads
            yield Try(name, strength, seed, STREAM, right, len(payloads - {symbol.payload}), 0.0)


def read_stream(frames: Sequence[Gray]) -> Iterator[bytes]:
    """What a live reader tells of these frames."""
    reader = Reader()
    for number, gray in enumerate(frames):
        for event in reader.read(Frame(gray, number, number / _FRAMES_PER_S)):
            if isinstance(event, Scan):
                yield event.payload


def coloured(engines: Engines, seeds: int) -> Iterator[Try]:
    """Codes in colour, each under five shots, as grey frames (strength 0) and by its red and green planes too (1)."""
    for name, (ink, paper) in COLOURS.items():
        for number, changes in enumerate(_SHOTS_OF_COLOURS):
            for seed in range(FIRST_SEED + number * seeds, FIRST_SEED + (number + 1) * seeds):
                symbol = usual_symbol(seed)
                bgr = shoot_colour(symbol, Shot(ink=ink, paper=paper, **changes), seed)[0]
                grey = np.asarray(bgr @ np.array([0.114, 0.587, 0.299]) + 0.5, dtype=np.uint8)
                yield from _tries(name, 0, seed, grey, symbol, LIBRARY, engines)
                planes = (grey, np.ascontiguousarray(bgr[:, :, 2]), np.ascontiguousarray(bgr[:, :, 1]))
                for engine in (FIRST, FULL, PYZBAR, ZXING):
                    readings = [engines.read(engine, plane) for plane in planes]
                    said = {payload for reading in readings for payload in reading.payloads}
                    spent_s = sum(reading.spent_s for reading in readings)
                    yield Try(name, 1, seed, engine, symbol.payload in said, len(said - {symbol.payload}), spent_s)


def _stresses(every: int) -> Iterator[tuple[str, float, Shot]]:
    for name, axis in AXES.items():
        for strength in axis.strengths[::every]:
            yield name, strength, axis.shot(strength, Shot())
    for name, mixture in MIXTURES.items():
        for strength in STRENGTHS_OF_MIXTURES[::every]:
            yield name, strength, mixture(strength)


def _tries(
    name: str, strength: float, seed: int, gray: Gray, symbol: Symbol, names: Sequence[str], engines: Engines
) -> Iterator[Try]:
    for engine in shuffled(names, f"{name} {strength} {seed}"):
        reading = engines.read(engine, gray, symbol.format)
        right = symbol.payload in reading.payloads
        wrong = sum(payload != symbol.payload for payload in reading.payloads)
        yield Try(name, strength, seed, engine, right, wrong, reading.spent_s, reading.hung)


def half_success(strengths: Sequence[float], rates: Sequence[float]) -> tuple[float, str]:
    """The strength at which half is read, between those measured; with ">" or "<" when it lies outside of them.

    Strengths go from mild to severe, whichever way the numbers go; "beyond the last" is told as ">".
    """
    if rates[0] < 0.5:
        return strengths[0], "<"
    for (mild, above), (severe, below) in zip(
        zip(strengths, rates, strict=True), zip(strengths[1:], rates[1:], strict=True), strict=False
    ):
        if below < 0.5:
            return mild + (severe - mild) * (above - 0.5) / (above - below), ""
    return strengths[-1], ">"
