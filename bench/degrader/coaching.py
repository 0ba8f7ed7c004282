"""Frames whose cause of not being read is known, because it was drawn: the truth that coaching is measured against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from bench.degrader.camera import shoot
from bench.degrader.shot import Shot
from bench.degrader.symbols import Symbol, base45_text, qr_symbol
from firmware.model import Word
from firmware.scanner.codes import Gray

_Draw = Callable[[Symbol, np.random.Generator], Shot]
_LENGTHS: Final = (60, 560)
#: The way between two looks of a code that is moved, against its own side.
_WAY: Final = (0.1, 0.25)


def _sized(rng: np.random.Generator) -> Shot:
    return Shot(module_px=float(rng.uniform(3.5, 6.0)), iso=float(rng.uniform(100, 800)))


def _too_near(symbol: Symbol, rng: np.random.Generator) -> Shot:
    share = float(rng.uniform(1.1, 1.7))
    return Shot(module_px=720 * share / symbol.modules.shape[0])


def _cut(symbol: Symbol, rng: np.random.Generator) -> Shot:
    shot = _sized(rng)
    side = symbol.modules.shape[0] * shot.module_px
    out = float(rng.uniform(0.15, 0.4)) * side
    x, y = (1280 - side) / 2 + out, (720 - side) / 2 + out
    ways = ((x, 0.0), (-x, 0.0), (0.0, y), (0.0, -y))
    return replace(shot, shift_px=ways[int(rng.integers(len(ways)))])


def _tilted(symbol: Symbol, rng: np.random.Generator) -> Shot:
    angle = float(rng.uniform(70, 77)) * float(rng.choice([-1, 1]))
    shot = replace(_sized(rng), module_px=float(rng.uniform(4.0, 6.0)))
    return replace(shot, yaw_deg=angle) if rng.random() < 0.5 else replace(shot, pitch_deg=angle)


CAUSES: Final[Mapping[Word, _Draw]] = MappingProxyType(
    {
        Word.TOO_BRIGHT: lambda _, rng: replace(_sized(rng), under_ev=-float(rng.uniform(3.6, 4.7))),
        Word.TOO_DARK: lambda _, rng: replace(_sized(rng), under_ev=float(rng.uniform(5.5, 7.5))),
        Word.GLARE: lambda _, rng: replace(_sized(rng), glare=float(rng.uniform(0.15, 0.4))),
        Word.TOO_NEAR: _too_near,
        Word.TOO_FAR: lambda _, rng: Shot(module_px=float(rng.uniform(0.9, 1.4))),
        Word.CUT_EDGE: _cut,
        Word.BLURRED: lambda _, rng: replace(_sized(rng), defocus_modules=float(rng.uniform(2.0, 3.5))),
        Word.MOVING: lambda _, rng: replace(_sized(rng), motion_modules=float(rng.uniform(2.5, 5.0))),
        Word.TILTED: _tilted,
    }
)


def labelled(cause: Word, seed: int) -> tuple[Gray, Gray]:
    """Two looks, one after the other, at a code that is not read for this cause."""
    rng = np.random.default_rng((seed, 4))
    symbol = qr_symbol(base45_text(int(rng.integers(*_LENGTHS)), seed), str(rng.choice(["m", "q"])))
    shot = CAUSES[cause](symbol, rng)
    if cause is not Word.MOVING:
        before, now = shoot(symbol, shot, seed, 2)
        return before, now
    way = float(rng.uniform(*_WAY)) * symbol.modules.shape[0] * shot.module_px
    heading = float(rng.uniform(0, 2 * np.pi))
    gone = replace(shot, shift_px=(way * float(np.cos(heading)), way * float(np.sin(heading))))
    return shoot(symbol, shot, seed)[0], shoot(symbol, gone, seed)[0]
