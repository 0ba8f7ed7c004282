"""Frames -> how much lamps on the mains flicker in them: bands that wander from frame to frame.

A rolling shutter exposes row after row, so light that flickers at 100 Hz (2 x 50) is laid over the frame as a wave down its rows,
and its phase differs from frame to frame. What stands still is the scene. Where the frame rate divides the flicker's (10, 20, 25 or
50 a second, exactly), the bands stand still too and are not told from a striped scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.scanner.codes import Gray

MIN_FRAMES: Final = 5
#: Beyond this the white of a code and its black come near each other inside one band. Share of the mean light.
MOST_SWING: Final = 0.04
#: Waves a frame that flicker can make: the read-out of a frame takes 5 to 60 ms, a wave 10 (8.3 on 60 Hz).
_LEAST_WAVES, _MOST_WAVES = 1, 12
#: The share of a row profile's power that one wave has when it is a wave; a moving hand spreads over many.
_LEAST_PURITY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Banding:
    """`swing` is the amplitude of the bands as a share of the light; `waves` how many a frame, 0 when there are none."""

    swing: float
    waves: int

    @property
    def bad(self) -> bool:
        return self.swing > MOST_SWING


def banding_of(frames: Sequence[Gray]) -> Banding | None:
    """The bands of frames that were taken one after the other; None when they are fewer than MIN_FRAMES, or dark."""
    if len(frames) < MIN_FRAMES:
        return None
    rows = np.array([frame.mean(axis=1, dtype=np.float64) for frame in frames])
    light = rows.mean(axis=1, keepdims=True)
    if float(light.min()) < 4.0:
        return None
    rows = rows / light  # the camera's own exposure follows its meter: that is no band
    still = np.median(rows, axis=0)
    wandering = rows / np.maximum(still, 0.02) - 1.0
    found = [_wave(profile - profile.mean()) for profile in wandering]
    waves = [(swing, number) for swing, number in found if number]
    if 2 * len(waves) <= len(found):
        return Banding(0.0, 0)
    return Banding(float(np.median([swing for swing, _ in waves])), int(np.median([number for _, number in waves])))


def _wave(profile: NDArray[np.float64]) -> tuple[float, int]:
    """Amplitude and number of the strongest wave; (0, 0) when the profile is no wave."""
    window = np.hanning(len(profile))
    spectrum = np.abs(np.fft.rfft(profile * window))[: 4 * _MOST_WAVES]
    power = spectrum**2
    if len(power) <= _MOST_WAVES or power.sum() <= 0.0:
        return 0.0, 0
    number = _LEAST_WAVES + int(np.argmax(power[_LEAST_WAVES : _MOST_WAVES + 1]))
    near = slice(max(0, number - 1), number + 2)  # a wave between two bins is in both, and the window widens it
    if power[near].sum() < _LEAST_PURITY * power.sum():
        return 0.0, 0
    return float(2.0 * spectrum[number] / window.sum()), number
