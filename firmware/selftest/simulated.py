"""A camera that shows the test card, near and then far: for rehearsals on a laptop and for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from firmware.scanner.codes import Gray
from firmware.scanner.source import Frame, FrameSource
from firmware.scanner.testcard import QUIET_MODULES, card_modules
from firmware.selftest.pace import Pace
from firmware.selftest.plan import Step

FRAMES_PER_S: Final = 15.0
_SIZE: Final = (1280, 720)
_INK, _PAPER, _BEHIND = 40, 205, 120
_LENS_SIGMA: Final = 0.8
_NOISE_SIGMA: Final = 2.0
_OVERSAMPLED: Final = 8


@dataclass(slots=True)
class Hand:
    """Holds the card: `module_px` is how large its modules are seen; None: no card is held."""

    module_px: float | None = 6.0
    far_px: float | None = 2.6

    def follow(self, step: Step) -> None:
        """Does what the self-test asks for."""
        if step is Step.CARD_FAR:
            self.module_px = self.far_px


@dataclass(slots=True)
class CardCamera(FrameSource):
    """A frame each fifteenth of a second, by the clock of the self-test; the same frames each time."""

    hand: Hand
    pace: Pace
    fps: float = FRAMES_PER_S
    _seq: int = 0
    _drawn: dict[float | None, Gray] = field(default_factory=dict)
    _noise: Gray = field(
        default_factory=lambda: np.asarray(
            np.random.default_rng(3).normal(0.0, _NOISE_SIGMA, (_SIZE[1] + 64, _SIZE[0] + 64)), np.int16
        )
    )

    def read(self, timeout_s: float) -> Frame | None:
        wait_s = 1.0 / self.fps
        self.pace.pause(min(wait_s, timeout_s))
        if wait_s > timeout_s:
            return None
        self._seq += 1
        return Frame(self._seen(), self._seq, self.pace.now_s())

    def close(self) -> None:
        self._drawn.clear()

    def _seen(self) -> Gray:
        size = self.hand.module_px
        if size not in self._drawn:
            self._drawn[size] = shown(size)
        down, across = (self._seq * 7) % 64, (self._seq * 11) % 64
        grain = self._noise[down : down + _SIZE[1], across : across + _SIZE[0]]
        return np.asarray(np.clip(self._drawn[size] + grain, 0, 255), np.uint8)


def shown(module_px: float | None) -> Gray:
    """A frame with the card in its middle, cut where it does not fit; without a card, a wall."""
    width, height = _SIZE
    view = np.full((height, width), _BEHIND, np.uint8)
    if module_px is not None:
        flat = np.kron(
            np.pad(card_modules(), QUIET_MODULES, constant_values=255),
            np.ones((_OVERSAMPLED, _OVERSAMPLED), np.uint8),
        )
        paper: Gray = np.where(flat > 0, _PAPER, _INK).astype(np.uint8)
        side = round(len(flat) * module_px / _OVERSAMPLED)
        scale = side / len(flat)
        at = np.array([[scale, 0, (width - side) / 2], [0, scale, (height - side) / 2]], np.float64)
        if scale < 1:
            paper = np.asarray(cv2.GaussianBlur(paper, (0, 0), 0.5 / scale), np.uint8)
        cv2.warpAffine(paper, at, _SIZE, dst=view, borderMode=cv2.BORDER_TRANSPARENT)
    return np.asarray(cv2.GaussianBlur(view, (0, 0), _LENS_SIGMA), np.uint8)
