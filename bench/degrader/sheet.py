"""A code as it is printed or shown: how much ink is where, and what lies on top. In modules from the code's middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.degrader.blobs import Blob, cover
from bench.degrader.shot import Shot
from bench.degrader.symbols import Symbol, enlarged

Texture = NDArray[np.float32]

#: Texture pixels a module: a sixth of a module is the finest thing on it, the edge of ink that ran.
DETAIL: Final = 12
_FULL_QUIET: Final = 4.0
_BAR_QUIET: Final = 10.0
_APRON: Final = 4.0  # of sheet around the quiet zone
_HALFTONE_TONES: Final = (0.20, 0.75)  # ink cover of paper and of modules in a picture printed with dots
_FINEST_DOTS_PX: Final = 2.0
_FINDER_STICKER_RIM: Final = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """`ink` is 0 to 1, DETAIL pixels a module; `half` are its half sides in modules; `thing` hides what is under it."""

    ink: Texture
    half: tuple[float, float]
    thing: Blob | None
    thing_light: float
    paper_grain: float


def sheet_of(symbol: Symbol, shot: Shot, rng: np.random.Generator) -> Sheet:
    """Print the symbol as the shot asks."""
    rows, columns = symbol.modules.shape
    quiet = shot.quiet_modules if symbol.finder_modules else max(shot.quiet_modules, _BAR_QUIET)
    rim = int((max(quiet, 0.0) + _APRON) * DETAIL)
    ink = enlarged(symbol.modules.astype(np.uint8), DETAIL)
    ink = np.pad(ink, rim)
    if shot.quiet_modules < _FULL_QUIET:
        _crowd(ink, rim - int(quiet * DETAIL), rng)
    printed = ink.astype(np.float32)
    if shot.dot_gain_modules > 0:
        printed = _run_out(ink, shot.dot_gain_modules)
    if shot.halftone_modules > 0:
        printed = _dots(printed, shot.halftone_modules, rng)
    if shot.inverted:
        printed = 1.0 - printed
    half = (columns / 2 + rim / DETAIL, rows / 2 + rim / DETAIL)
    thing, light = _thing(symbol, shot, rng)
    return Sheet(printed, half, thing, light, 0.012)


def _crowd(ink: NDArray[np.uint8], free: int, rng: np.random.Generator) -> None:
    """Fill what is beyond the quiet zone: with a dark ground, or with print as coarse as modules."""
    outside = np.ones_like(ink)
    outside[free : ink.shape[0] - free, free : ink.shape[1] - free] = 0
    if rng.random() < 0.5:
        ground = np.ones_like(ink)
    else:
        cells = rng.random((ink.shape[0] // DETAIL + 1, ink.shape[1] // DETAIL + 1)) < 0.5
        ground = enlarged(cells.astype(np.uint8), DETAIL)[: ink.shape[0], : ink.shape[1]]
    np.copyto(ink, ground, where=outside > 0)


def _run_out(ink: NDArray[np.uint8], modules: float) -> Texture:
    """Ink that runs this far in all directions."""
    distance = cv2.distanceTransform(1 - ink, cv2.DIST_L2, 5)
    return np.asarray(np.clip(modules * DETAIL + 0.5 - np.asarray(distance), 0.0, 1.0), dtype=np.float32)


def _dots(ink: Texture, period_modules: float, rng: np.random.Generator) -> Texture:
    """Round dots at 45 degrees: tone becomes dot size, as an office printer does with a picture."""
    light, dark = _HALFTONE_TONES
    tone = light + (dark - light) * ink
    pitch = period_modules * DETAIL
    if pitch < _FINEST_DOTS_PX:
        return tone  # finer than the texture: only the tone is left
    down, across = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    phase = rng.uniform(0, pitch, 2)
    a = (across + down) * np.float32(0.7071 * 2 * np.pi / pitch) + np.float32(phase[0])
    b = (across - down) * np.float32(0.7071 * 2 * np.pi / pitch) + np.float32(phase[1])
    threshold = 0.5 + (np.cos(a) + np.cos(b)) / 4
    return np.asarray(tone > _evened(threshold), dtype=np.float32)


def _evened(threshold: Texture) -> Texture:
    """So that a tone of t inks a share t of the area: the threshold's own ranks."""
    levels = np.quantile(threshold[: 24 * DETAIL, : 24 * DETAIL], np.linspace(0, 1, 65))
    return np.interp(threshold.ravel(), levels, np.linspace(0, 1, 65)).reshape(threshold.shape).astype(np.float32)


def _thing(symbol: Symbol, shot: Shot, rng: np.random.Generator) -> tuple[Blob | None, float]:
    """What lies on the code and how light it is: skin, white, grey or black."""
    rows, columns = symbol.modules.shape
    light = float(rng.choice([0.30, 0.70, 0.22, 0.04]))
    if shot.occlusion > 0:
        return cover(shot.occlusion, rows, columns, rng), light
    if shot.finder_covered > 0 and symbol.finder_modules:
        side = symbol.finder_modules + 2 * _FINDER_STICKER_RIM
        corner = rng.choice(3)
        right, bottom = corner == 1, corner == 2
        long = side * shot.finder_covered
        # The sticker comes in from the code's outer edge.
        x = columns / 2 + _FINDER_STICKER_RIM - long / 2
        y = rows / 2 + _FINDER_STICKER_RIM - side / 2
        return Blob(x if right else -x, y if bottom else -y, long / 2, side / 2, 0.0, 40.0), light
    return None, light
