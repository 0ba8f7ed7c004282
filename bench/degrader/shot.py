"""One shot: everything that is between a code and the camera's grey values, in physical units. Frozen; 0 is "none"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

#: Reflected light of each primary, red, green, blue, in linear light.
Colour: TypeAlias = tuple[float, float, float]

WHITE: Final[Colour] = (0.75, 0.75, 0.75)
BLACK: Final[Colour] = (0.035, 0.035, 0.035)


@dataclass(frozen=True, slots=True)
class Shot:
    """A good shot by default: 4 pixels a module, a hand's few degrees, the noise of daylight."""

    size: tuple[int, int] = (1280, 720)  # width, height
    module_px: float = 4.0  # at the code's middle, before any turn
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    shift_px: tuple[float, float] = (0.0, 0.0)  # of the code's middle from the frame's
    hand: bool = True  # the seed adds a few degrees and pixels, and a tremor from frame to frame
    cylinder_deg: float = 0.0  # angle that the code covers of the bottle's round
    crease_deg: float = 0.0  # slope at the folds
    defocus_modules: float = 0.0  # diameter of the disc that a point becomes
    motion_modules: float = 0.0  # length of the way during the exposure
    iso: float = 200.0
    under_ev: float = 0.0  # stops too little light; below 0 too much
    contrast: float = 1.0  # share of the full difference between ink and paper
    flicker: float = 0.0  # share of light missing in the dark bands
    glare: float = 0.0  # share of the code's area in which the mirrored lamp clips
    shadow: float = 0.0  # share of light missing in the shadow
    screen_px: float = 0.0  # pitch of a phone's pixels as the camera sees it, in camera pixels
    dot_gain_modules: float = 0.0  # how far ink runs over the edge of each module
    halftone_modules: float = 0.0  # period of the printer's dots
    occlusion: float = 0.0  # share of the code's area under a thumb or sticker, finder patterns left free
    finder_covered: float = 0.0  # share of one finder pattern under a sticker
    quiet_modules: float = 4.0
    inverted: bool = False
    jpeg_quality: int = 0
    ink: Colour = BLACK
    paper: Colour = WHITE
