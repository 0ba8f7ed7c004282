"""A frame -> what its light is like, in figures that a later day can be compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware.scanner.codes import Gray

_STEP: Final = 4
_CLIPPED: Final = 250
_DARK: Final = 16


@dataclass(frozen=True, slots=True)
class Brightness:
    """`luma` is the mean light, 0 to 255; the shares are 0 to 1.

    `veil` is how light the darkest parts are against the lightest: dirt and scattered light lift the black of a scene.
    """

    luma: float
    clipped: float
    dark: float
    veil: float


def brightness_of(gray: Gray) -> Brightness:
    sample = gray[::_STEP, ::_STEP]
    low, high = (float(value) for value in np.percentile(sample, (1, 99)))
    return Brightness(
        luma=float(sample.mean()),
        clipped=float((sample >= _CLIPPED).mean()),
        dark=float((sample < _DARK).mean()),
        veil=low / max(high, 1.0),
    )
