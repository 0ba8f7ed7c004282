"""What the camera sees: frames at their rate, light, bands, focus, and the test card near and far."""

from __future__ import annotations

from statistics import median
from typing import Final

import numpy as np

from firmware.display.text import language_for
from firmware.model import Exposure, Focus, Reason
from firmware.scanner.banding import banding_of
from firmware.scanner.brightness import Brightness, brightness_of
from firmware.scanner.codes import Gray
from firmware.scanner.focusing import exposure_of, focus_of
from firmware.scanner.preview import focus_score
from firmware.scanner.quality import cause_of, find_candidate, measure
from firmware.scanner.testcard import CardReading, read_card
from firmware.selftest.plan import Step
from firmware.selftest.result import Result, failed, not_confirmed, passed
from firmware.selftest.rig import Rig

#: A camera that starts needs a second for its exposure; then frames are counted for so long.
_WARM_UP_S: Final = 1.0
_COUNTED_S: Final = 2.0
_MOST_KEPT: Final = 20
#: A camera in the dark, or a busy board, gives fewer frames than asked for; below this share codes are read late.
LEAST_RATE: Final = 0.6
#: `focus_score` of a print in focus is 75 and more; at this it is visibly soft (synthetic blur of 2.7 pixels).
LEAST_FOCUS: Final = 55
#: A score this far below its peak: the lens was turned past it.
_NEAR_PEAK: Final = 0.85
READS: Final = 3
#: Below this share of the sharpness at commissioning the lens is dirty, or was moved.
STILL_SHARP: Final = 0.7
#: Far is at least so many times farther than near.
MOVED: Final = 1.5


def camera(rig: Rig, until_s: float) -> Result:
    """Opens it. Frames of the warm-up are not counted; some of the others are kept for the next two steps."""
    step, eyes = Step.CAMERA, rig.eyes
    eyes.open_now()
    first_s: float | None = None
    taken: list[float] = []
    for frame in eyes.frames(until_s):
        first_s = frame.monotonic_s if first_s is None else first_s
        if frame.monotonic_s - first_s < _WARM_UP_S:
            continue
        taken.append(frame.monotonic_s)
        eyes.kept = [*eyes.kept, frame.gray.copy()][-_MOST_KEPT:]
        if taken[-1] - taken[0] >= _COUNTED_S:
            break
    if len(taken) < 2:
        return failed(step, rig.words("camera.none"), rig.words("camera.remedy"))
    rate = (len(taken) - 1) / (taken[-1] - taken[0])
    figures = {"fps_tenths": round(10 * rate)}
    if rate < LEAST_RATE * eyes.fps:
        slow = rig.words("camera.slow", fps=f"{rate:.1f}", wanted=f"{eyes.fps:g}")
        return failed(step, slow, rig.words("camera.remedy"), figures)
    return passed(step, rig.words("camera.good", fps=f"{rate:.1f}"), figures)


def light(rig: Rig, until_s: float) -> Result:
    """The exposure of the kept frames, and the baseline of their light."""
    step, kept = Step.LIGHT, rig.eyes.kept
    if not kept:
        return _blind(rig, step)
    found = [brightness_of(gray) for gray in kept]
    figures = _light_figures(found)
    shown = {
        "luma": figures["luma"],
        "clipped": _percent(figures["clipped_permille"]),
        "veil": _percent(figures["veil_permille"]),
    }
    said = [exposure_of(gray) for gray in kept]
    for exposure in (Exposure.DARK, Exposure.BRIGHT):
        if 2 * said.count(exposure) > len(said):
            remedy = rig.words(f"light.remedy.{exposure}")
            return failed(step, rig.words(f"light.{exposure}", **shown), remedy, figures)
    return passed(step, rig.words("light.good", **shown), figures)


def banding(rig: Rig, until_s: float) -> Result:
    step = Step.BANDING
    if not rig.eyes.kept:
        return _blind(rig, step)
    found = banding_of(rig.eyes.kept)
    if found is None:
        return failed(step, rig.words("banding.unknown"), rig.words("no-camera.remedy"))
    figures = {"swing_permille": round(1000 * found.swing), "waves": found.waves}
    shown = {"swing": f"{100 * found.swing:.1f}", "waves": found.waves}
    if found.bad:
        return failed(step, rig.words("banding.bad", **shown), rig.words("banding.remedy"), figures)
    return passed(step, rig.words("banding.good", **shown), figures)


def focus(rig: Rig, until_s: float) -> Result:
    """The person turns the lens and goes on with NEXT; their time ends with the step's. Without one, a glance is enough."""
    step = Step.FOCUS
    if not rig.eyes.open:
        return _blind(rig, step)
    now: Focus | None = None
    rig.person.pressed()  # what was pressed before does not end it
    glance_s = until_s if rig.person.there else rig.pace.now_s() + _COUNTED_S
    for frame in rig.eyes.frames(min(until_s, glance_s)):
        now = focus_of(frame.gray, now.peak if now else 0)
        rig.face.focus(now)
        if rig.person.pressed():
            break
    if now is None:
        return _blind(rig, step)
    figures = {"score": now.score, "peak": now.peak}
    if now.peak < LEAST_FOCUS and not rig.person.there and now.module_px is None:
        return not_confirmed(step, rig.words("focus.nobody", score=now.score), figures)
    if now.peak < LEAST_FOCUS:
        low = rig.words("focus.low", peak=now.peak, least=LEAST_FOCUS)
        return failed(step, low, rig.words("focus.remedy"), figures)
    if now.score < _NEAR_PEAK * now.peak:
        past = rig.words("focus.past", score=now.score, peak=now.peak)
        return failed(step, past, rig.words("focus.remedy"), figures)
    return passed(step, rig.words("focus.good", score=now.score, peak=now.peak), figures)


def card_near(rig: Rig, until_s: float) -> Result:
    step = Step.CARD_NEAR
    if not rig.eyes.open:
        return _blind(rig, step)
    rig.face.lines(rig.words.lines("card.ask.near"))
    reads, scores, unread = _read(rig, until_s, most_px=float("inf"))
    if not reads:
        return _no_card(rig, step, unread)
    px = median(reading.module_px for reading in reads)
    rig.eyes.near_px = px
    sharpness, before = round(median(scores)), rig.baseline.get("card-near_sharpness", 0)
    figures = {"module_px_tenths": round(10 * px), "reads": len(reads), "sharpness": sharpness}
    if sharpness < STILL_SHARP * before:
        soft = rig.words("card.soft", sharpness=sharpness, before=before)
        return failed(step, soft, rig.words("card.wipe"), figures)
    return passed(step, rig.words("card.good", reads=len(reads), px=f"{px:.1f}"), figures)


def card_far(rig: Rig, until_s: float) -> Result:
    """Counts only readings that are much smaller than those near: a card that stayed where it was proves nothing."""
    step, near_px = Step.CARD_FAR, rig.eyes.near_px
    if not rig.eyes.open:
        return _blind(rig, step)
    if not rig.person.there:
        return not_confirmed(step, rig.words("card.nobody"))
    if near_px is None:
        return failed(step, rig.words("card.no-near"), rig.words("card.remedy"))
    rig.face.lines(rig.words.lines("card.ask.far"))
    reads, _, unread = _read(rig, until_s, most_px=near_px / MOVED)
    if reads:
        px = median(reading.module_px for reading in reads)
        figures = {"module_px_tenths": round(10 * px), "reads": len(reads)}
        return passed(step, rig.words("card.good", reads=len(reads), px=f"{px:.1f}"), figures)
    still = read_card(unread) if unread is not None else None
    if still is None:
        return _no_card(rig, step, unread)
    unmoved = rig.words("card.unmoved", px=f"{still.module_px:.1f}", near=f"{near_px:.1f}")
    return failed(step, unmoved, rig.words("card.remedy"))


def _read(rig: Rig, until_s: float, *, most_px: float) -> tuple[list[CardReading], list[int], Gray | None]:
    """The first READS readings of the card with modules of at most `most_px`, the sharpness of each, the last other frame."""
    reads: list[CardReading] = []
    scores: list[int] = []
    unread: Gray | None = None
    for frame in rig.eyes.frames(until_s):
        found = read_card(frame.gray)
        if found is None or found.module_px > most_px:
            unread = frame.gray
            continue
        reads.append(found)
        scores.append(focus_score(_cut(frame.gray, found)))
        if len(reads) == READS:
            break
    return reads if len(reads) == READS else [], scores, unread


def _cut(gray: Gray, card: CardReading) -> Gray:
    """The card alone: its sharpness is that of the lens, whatever lies around it."""
    (left, top), (right, bottom) = np.maximum(card.corners.min(axis=0), 0), card.corners.max(axis=0)
    return np.ascontiguousarray(gray[int(top) : int(bottom) + 1, int(left) : int(right) + 1])


def _no_card(rig: Rig, step: Step, unread: Gray | None) -> Result:
    """Why: the cause that a driver would be told of such a code."""
    candidate = None if unread is None else find_candidate(unread)
    if unread is None or candidate is None:
        if not rig.person.there:
            return not_confirmed(step, rig.words("card.nobody"))
        why = rig.words("card.unseen")
    else:
        cause = cause_of(measure(unread, candidate))
        why = language_for(rig.words.language).by_word[Reason.UNREADABLE, cause].detail
    return failed(step, rig.words("card.none", why=why), rig.words("card.remedy"))


def _blind(rig: Rig, step: Step) -> Result:
    return failed(step, rig.words("no-camera"), rig.words("no-camera.remedy"))


def _light_figures(found: list[Brightness]) -> dict[str, int]:
    return {
        "luma": round(median(one.luma for one in found)),
        "clipped_permille": round(1000 * median(one.clipped for one in found)),
        "dark_permille": round(1000 * median(one.dark for one in found)),
        "veil_permille": round(1000 * median(one.veil for one in found)),
    }


def _percent(permille: int) -> str:
    return f"{permille / 10:.1f}"
