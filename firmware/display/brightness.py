"""Ambient light -> how bright the screen shall be: bright in the sun, at night no more than eyes can bear. Pure."""

from __future__ import annotations

import math
from typing import Final

#: Below the first the night's floor serves, above the second all that the panel is configured to give.
NIGHT_LUX: Final = 3.0
DAY_LUX: Final = 1000.0
#: Of the configured brightness; panels give hardly less below it.
NIGHT_SHARE: Final = 0.06
#: Of a screen that nobody has used for a while.
DIM_CONTRAST: Final = 0x08
#: A change of fewer steps is not made: a passing headlamp must not make the screen breathe.
STEPS: Final = 16
LEAST_CHANGE: Final = 2


def step_for(lux: float) -> int:
    """0 (night) to STEPS (day), by the logarithm of the light, as eyes see it."""
    if not lux > NIGHT_LUX:
        return 0
    share = math.log(lux / NIGHT_LUX) / math.log(DAY_LUX / NIGHT_LUX)
    return round(STEPS * min(1.0, share))


def next_step(shown: int | None, lux: float) -> int:
    """The step to show after `shown` in this light: unchanged until the light has changed enough."""
    wanted = step_for(lux)
    if shown is None or abs(wanted - shown) >= LEAST_CHANGE or wanted in (0, STEPS):
        return wanted
    return shown


def contrast_for(step: int, full: int) -> int:
    """The contrast of a step, for a panel configured to `full` (0 to 255). Never dark, never above `full`."""
    lowest = min(full, max(1, round(full * NIGHT_SHARE)))
    return lowest + round((full - lowest) * (step / STEPS) ** 2)
