"""What to do about light: named plans of camera controls, as plain data, and when to use which.

Values are libcamera's (its control list of 0.3 and later). A plan only asks; a source sets what its camera has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

#: Lamps on 50 Hz mains flicker every 10 ms: an exposure that is a multiple of it sees no bands.
FLICKER_PERIOD_US: Final = 10_000
_AF_CONTINUOUS: Final = 2
_AF_RANGE_FULL: Final = 2  # codes are shown at 15 to 45 cm: "macro" ends at a third of a metre, "normal" hunts far
_AF_SPEED_FAST: Final = 1
_FLICKER_MANUAL: Final = 1


@dataclass(frozen=True, slots=True)
class LightPlan:
    """How to expose: `bias_ev` against the camera's own wish, and whether our light is on."""

    name: str
    bias_ev: float
    light: bool = False

    def controls(self, fps: float) -> dict[str, Any]:
        """libcamera controls by name; a `fps` of 0 leaves the frame rate to the camera."""
        wanted: dict[str, Any] = {
            "AfMode": _AF_CONTINUOUS,
            "AfRange": _AF_RANGE_FULL,
            "AfSpeed": _AF_SPEED_FAST,
            "AeEnable": True,
            "AeFlickerMode": _FLICKER_MANUAL,
            "AeFlickerPeriod": FLICKER_PERIOD_US,
            "ExposureValue": self.bias_ev,
        }
        if fps > 0:
            frame_us = round(1e6 / fps)
            wanted["FrameDurationLimits"] = (frame_us, frame_us)
        return wanted


#: The first is what a camera starts with. Bright screens in dark cars blow out, so both lean to the dark side.
LIGHT_PLANS: Final[tuple[LightPlan, ...]] = (
    LightPlan("screen", bias_ev=-0.5),
    LightPlan("paper", bias_ev=0.0, light=True),
)


def light_plan(cycle: int, has_light: bool) -> LightPlan:
    """The plan of the n-th turn: light off for screens and on for paper, by turns; always off without a light."""
    plans = [plan for plan in LIGHT_PLANS if has_light or not plan.light]
    return plans[cycle % len(plans)]
