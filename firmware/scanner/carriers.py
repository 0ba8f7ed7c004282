"""What a code is shown on: a telephone's screen or a sheet of paper, drawn flat. Simulation only.

What the camera adds (perspective, glare, light, blur, noise) is `stagecraft`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray
from firmware.scanner.scenes import Carrier

_PHONE_PX: Final = (640, 1300)  # width, height
_PAPER_PX: Final = (1000, 1280)
_INK: Final = 52
_PAPER: Final = 216


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A flat carrier. `solid` is 255 where it hides what is behind; `code` is x, y, side of the code's picture."""

    picture: Gray
    solid: Gray
    code: tuple[int, int, int]


def draw(carrier: Carrier, code: Gray, seed: int) -> Drawing:
    """Draw a carrier that shows this picture of a code."""
    return _DRAW[carrier](code, np.random.default_rng(seed))


def _phone(code: Gray, rng: np.random.Generator) -> Drawing:
    width, height = _PHONE_PX
    picture = np.full((height, width), 24, np.uint8)
    solid = np.zeros((height, width), np.uint8)
    _rounded(solid, (0, 0, width, height), 76, 255)
    cv2.rectangle(picture, (4, 4), (width - 5, height - 5), 58, 3)  # the frame catches light at its edge
    screen = np.full((height, width), 226, np.uint8)
    inside = np.zeros((height, width), np.uint8)
    _rounded(inside, (20, 22, width - 40, height - 44), 56, 255)
    # A status bar, a header, a white card with the code, a line under it, a button: what such an app looks like.
    screen[:210] = 112
    _rounded(screen, (width // 2 - 60, 44, 120, 28), 14, 16)
    _write(screen, f"{rng.integers(7, 20)}:{rng.integers(10, 60)}", (62, 70), 0.75, 240, 2)
    for bar in range(4):
        cv2.rectangle(screen, (width - 150 + bar * 12, 68 - 5 * bar), (width - 143 + bar * 12, 70), 240, -1)
    cv2.rectangle(screen, (width - 96, 50), (width - 58, 70), 240, 2)
    _greek(screen, (width // 2 - 130, 130, 260, 34), 238, rng)
    card = (52, 240, width - 104, 760)
    _rounded(screen, card, 26, 250)
    _greek(screen, (width // 2 - 110, 278, 220, 26), 70, rng)
    side = width - 160
    x, y = (width - side) // 2, 340
    screen[y : y + side, x : x + side] = _sized(code, side, white=250)
    _greek(screen, (width // 2 - 150, y + side + 36, 300, 30), 40, rng)
    _greek(screen, (width // 2 - 200, y + side + 92, 400, 20), 150, rng)
    _rounded(screen, (width // 2 - 150, 1060, 300, 84), 42, 104)
    _greek(screen, (width // 2 - 70, 1088, 140, 28), 240, rng)
    cv2.rectangle(screen, (width // 2 - 90, height - 52), (width // 2 + 90, height - 46), 90, -1)
    np.copyto(picture, screen, where=inside > 0)
    return Drawing(picture, solid, (x, y, side))


def _paper(code: Gray, rng: np.random.Generator) -> Drawing:
    width, height = _PAPER_PX
    picture = np.full((height, width), _PAPER, np.uint8)
    cv2.rectangle(picture, (46, 46), (width - 47, height - 47), 150, 2)
    _greek(picture, (width // 2 - 220, 86, 440, 44), _INK, rng)
    cv2.line(picture, (90, 166), (width - 90, 166), 120, 2)
    side = 520
    x, y = (width - side) // 2, 220
    picture[y : y + side, x : x + side] = _sized(code, side, white=_PAPER)
    for row, top in enumerate(range(y + side + 50, height - 130, 58)):
        _greek(picture, (96, top, 150, 24), 96, rng)
        _greek(picture, (280, top, 300 + int(rng.integers(0, 330)), 26), _INK, rng)
        if row % 2:
            cv2.line(picture, (90, top + 42), (width - 90, top + 42), 178, 1)
    # An office's round seal: a ring with a greeked text, in red ink, which is mid-grey to a grey camera.
    seal = (width - 220, height - 210)
    cv2.circle(picture, seal, 92, 138, 5, cv2.LINE_AA)
    cv2.circle(picture, seal, 22, 138, -1, cv2.LINE_AA)
    cv2.ellipse(picture, seal, (68, 68), 0, 150, 390, 138, 14)
    picture = _worn(picture, rng)
    return _bent(Drawing(picture, np.full_like(picture, 255), (x, y, side)), rng)


def _worn(picture: Gray, rng: np.random.Generator) -> Gray:
    """Fibres and shading: paper is never one white."""
    height, width = picture.shape
    coarse = rng.normal(0.0, 1.0, (height // 40 + 1, width // 40 + 1)).astype(np.float32)
    clouds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * 3.0
    return _clipped(picture.astype(np.float32) + clouds + rng.normal(0.0, 1.2, picture.shape).astype(np.float32))


def _bent(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """The sheet held at its sides: a slight wave across it, and the shading that shows the wave."""
    height, width = drawing.picture.shape
    phase = float(rng.uniform(0.0, np.pi))
    across = np.linspace(0.0, 1.0, width, dtype=np.float32)
    wave = np.sin(across * np.float32(1.6 * np.pi) + np.float32(phase)).astype(np.float32)
    column, row = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    row = row + wave[np.newaxis, :] * 9.0
    shade = 1.0 - 0.10 * np.gradient(wave)[np.newaxis, :] / float(np.abs(np.gradient(wave)).max())
    picture = cv2.remap(drawing.picture, column, row, cv2.INTER_LINEAR, borderValue=_PAPER)
    solid = cv2.remap(drawing.solid, column, row, cv2.INTER_LINEAR, borderValue=0)
    return Drawing(_clipped(picture * shade.astype(np.float32)), np.asarray(solid, dtype=np.uint8), drawing.code)


_DRAW: Final[dict[Carrier, Callable[[Gray, np.random.Generator], Drawing]]] = {
    Carrier.PHONE: _phone,
    Carrier.PAPER: _paper,
}


def _sized(code: Gray, side: int, white: int) -> Gray:
    """The code's picture as a square of `side` pixels, printed on this white."""
    height, width = code.shape
    square = np.full((max(height, width),) * 2, 255, np.uint8)
    top, left = (square.shape[0] - height) // 2, (square.shape[1] - width) // 2
    square[top : top + height, left : left + width] = code
    way = cv2.INTER_AREA if square.shape[0] > side else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(square, (side, side), interpolation=way), dtype=np.float32)
    black = 16.0 if white > 240 else float(_INK) - 16.0
    return _clipped(black + resized * ((white - black) / 255.0))


def _rounded(picture: Gray, box: tuple[int, int, int, int], radius: int, value: int) -> None:
    x, y, width, height = box
    cv2.rectangle(picture, (x + radius, y), (x + width - radius - 1, y + height - 1), value, -1)
    cv2.rectangle(picture, (x, y + radius), (x + width - 1, y + height - radius - 1), value, -1)
    for centre_x in (x + radius, x + width - radius - 1):
        for centre_y in (y + radius, y + height - radius - 1):
            cv2.circle(picture, (centre_x, centre_y), radius, value, -1, cv2.LINE_AA)


def _greek(picture: Gray, box: tuple[int, int, int, int], ink: int, rng: np.random.Generator) -> None:
    """A line that reads as Chinese text from afar: square blocks of strokes, no real characters."""
    x, y, width, height = box
    step = int(height * 1.12)
    for left in range(x, x + width - height + 1, step):
        for _ in range(3):
            at = int(rng.integers(1, height - 1))
            cv2.line(picture, (left, y + at), (left + height - 3, y + at), ink, max(1, height // 10))
            cv2.line(picture, (left + at, y), (left + at, y + height - 1), ink, max(1, height // 12))


def _write(picture: Gray, text: str, at: tuple[int, int], scale: float, ink: int, thick: int) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thick, cv2.LINE_AA)


def _clipped(values: NDArray[np.float32]) -> Gray:
    return np.clip(values, 0.0, 255.0).astype(np.uint8)
