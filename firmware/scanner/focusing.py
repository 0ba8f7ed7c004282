"""A frame -> what the person who turns the lens must know: sharpness, the size of a code's modules, the light."""

from __future__ import annotations

from typing import Final

import numpy as np

from firmware.model import Exposure, Focus
from firmware.scanner.codes import Gray
from firmware.scanner.preview import focus_score
from firmware.scanner.rescue.locate import finders_of

_RING_MODULES: Final = 7
_LEAST_LIKENESS: Final = 0.6
_SAMPLE_STEP: Final = 4
#: A paper white below this is too dark; more than this share at the end of the scale is too bright.
_DARK_WHITE: Final = 70
_BRIGHT_SHARE: Final = 0.25
_FULL: Final = 250


def focus_of(gray: Gray, peak: int) -> Focus:
    """The reading of one frame; `peak` is the best score so far, and grows with this one."""
    score = focus_score(gray)
    return Focus(score, max(score, peak), exposure_of(gray), module_px_of(gray))


def exposure_of(gray: Gray) -> Exposure:
    """Whether the bright parts of the frame are where a code's white should be."""
    sample = gray[::_SAMPLE_STEP, ::_SAMPLE_STEP]
    if float((sample >= _FULL).mean()) > _BRIGHT_SHARE:
        return Exposure.BRIGHT
    return Exposure.DARK if float(np.percentile(sample, 95)) < _DARK_WHITE else Exposure.GOOD


def module_px_of(gray: Gray) -> float | None:
    """The size of the modules of a code in view, in pixels; None when no finder pattern is seen."""
    sides = [finder.side_px for finder in finders_of(gray) if finder.likeness >= _LEAST_LIKENESS]
    return float(np.median(sides)) / _RING_MODULES if sides else None
