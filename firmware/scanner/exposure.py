"""What to do about light: named plans of camera controls, as plain data, and when to use which.

Values are libcamera's (its control list of 0.3 and later). A plan only asks; a source sets what its camera has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from firmware.model import Word

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

#: Tried by turns while a code stays unread. Two of three lean to the dark side: what clips is lost, what is dark is only noisy.
BRACKET_EV: Final = (0.0, -1.5, 1.0)

#: Where the bracket begins when it is known what was wrong.
_FIRST_OF_BRACKET: Final[Mapping[Word, int]] = {Word.TOO_BRIGHT: 1, Word.GLARE: 1, Word.TOO_DARK: 2}


def light_plan(cycle: int, has_light: bool) -> LightPlan:
    """The plan of the n-th turn: light off for screens and on for paper, by turns; always off without a light."""
    plans = [plan for plan in LIGHT_PLANS if has_light or not plan.light]
    return plans[cycle % len(plans)]


def bracket(cycle: int, has_light: bool, trouble: Word | None = None) -> LightPlan:
    """The plan of the n-th turn of an unread episode: each light with each bias, the one against `trouble` first.

    Glare that our own light makes goes away with it: then it stays off.
    """
    lit = has_light and trouble is not Word.GLARE
    lights = sum(lit or not plan.light for plan in LIGHT_PLANS)
    first = 0 if trouble is None else _FIRST_OF_BRACKET.get(trouble, 0)
    place = (cycle // lights + first) % len(BRACKET_EV)
    plan = light_plan(cycle, lit)
    bias_ev = BRACKET_EV[place]
    return LightPlan(f"{plan.name} {bias_ev:+g}" if bias_ev else plan.name, plan.bias_ev + bias_ev, plan.light)


#: A code is unread for so long before its light is changed, and each try lasts so long: a camera follows after three or four
#: frames, and the decoders have their turns on it.
BRACKET_AFTER_S: Final = 0.6
BRACKET_TURN_S: Final = 0.6


@dataclass(frozen=True, slots=True)
class Trouble:
    """A code is in view and unread: for which cause mostly, and since when."""

    cause: Word
    since_s: float


class LightTurns:
    """Which plan a camera should follow now: the first one, or the bracket while a code stays unread. Time is an argument."""

    def __init__(self, has_light: bool = False) -> None:
        self._has_light = has_light
        self._episode: Trouble | None = None
        self._plan = light_plan(0, has_light)

    def plan(self, trouble: Trouble | None, in_view: bool, now_s: float) -> LightPlan:
        """The plan for the next frame. `in_view`: a code was read a moment ago, so the light is right and stays."""
        if in_view:
            return self._plan
        if trouble is None:
            self._episode, self._plan = None, light_plan(0, self._has_light)
            return self._plan
        if self._episode is None or self._episode.since_s != trouble.since_s:
            self._episode = trouble  # the bracket begins against its first cause, and our own changes make others
        cycle = int((now_s - trouble.since_s - BRACKET_AFTER_S) // BRACKET_TURN_S)
        if cycle >= 0:
            self._plan = bracket(cycle, self._has_light, self._episode.cause)
        return self._plan


@dataclass(frozen=True, slots=True)
class Exposure:
    """A manual exposure: time in microseconds, and gain (1 is none)."""

    time_us: int
    gain: float

    def controls(self) -> dict[str, Any]:
        return {"AeEnable": False, "ExposureTime": self.time_us, "AnalogueGain": self.gain}


def against_flicker(metered: Exposure, bias_ev: float, max_time_us: int, max_gain: float) -> Exposure:
    """The metered light, biased, as whole periods of the mains where that is possible.

    One period if the gain allows it, because a hand moves; more only when the gain is at its end. Light that is too bright
    for a period at gain 1 is daylight, which does not flicker: then the time is shorter.
    """
    light = metered.time_us * metered.gain * 2.0**bias_ev
    if light <= FLICKER_PERIOD_US:
        return Exposure(max(1, round(light)), 1.0)
    most = max(1, max_time_us // FLICKER_PERIOD_US)
    periods = next((n for n in range(1, most) if light / (n * FLICKER_PERIOD_US) <= max_gain), most)
    return Exposure(periods * FLICKER_PERIOD_US, min(max_gain, light / (periods * FLICKER_PERIOD_US)))


#: A hand moves: no exposure is longer, whatever the camera could.
MAX_TIME_US: Final = 30_000


def flickers(has: Collection[str]) -> bool:
    """Whether a camera cannot avoid flicker itself but takes a manual exposure, with which we can."""
    return "AeFlickerPeriod" not in has and {"AeEnable", "ExposureTime", "AnalogueGain"} <= set(has)


def exposing(plan: LightPlan, has: Mapping[str, tuple[Any, Any, Any]], metered: Exposure | None) -> dict[str, Any]:
    """The controls by which a camera that `has` these (least, most, usual of each, by name) follows another plan.

    One that can avoid flicker itself is told the bias; one that cannot is given a manual exposure of whole periods of the
    mains, from what it metered under the first plan. None of its controls: nothing is set.
    """
    if plan == LIGHT_PLANS[0] or metered is None or not flickers(has):
        return supported({"AeEnable": True, "ExposureValue": plan.bias_ev}, has)
    most_us, most_gain = min(int(has["ExposureTime"][1]), MAX_TIME_US), float(has["AnalogueGain"][1])
    return against_flicker(metered, plan.bias_ev - LIGHT_PLANS[0].bias_ev, most_us, most_gain).controls()


def supported(wanted: Mapping[str, Any], has: Collection[str]) -> dict[str, Any]:
    """The controls that this camera has: libcamera raises at any other."""
    return {name: value for name, value in wanted.items() if name in has}
