"""What a person must see, hear, feel or press: screen, lamps, sound, vibration, keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from firmware.display.patterns import PATTERNS
from firmware.ledger.commissioning.body import Figures
from firmware.model import Key, LampColour, Signal
from firmware.selftest.asking import Answer
from firmware.selftest.plan import Step
from firmware.selftest.result import Result, failed, not_confirmed, not_fitted, passed
from firmware.selftest.rig import Rig

#: Long enough to look over the screen for a dead row.
PATTERN_S: Final = 1.2
#: A picture that takes longer than this is not taken: 90 ms at the slowest bus.
_SETTLE_S: Final = 0.5
LAMP_S: Final = 0.9
_BEEPS: Final = Signal(sound_ms=(80, 80, 80, 80, 80, 80, 300))
_PULSES: Final = Signal(vibration_ms=(200, 200, 200))
_LOOK_EACH_S: Final = 0.02
_DRAWS_NOTHING: Final = "none"


def display(rig: Rig, until_s: float) -> Result:
    """Every pixel lit and dark once in each checker; errors are counted by the panel's own thread."""
    step, driver = Step.DISPLAY, rig.config.panel.driver
    if driver == _DRAWS_NOTHING or (driver == "terminal" and not rig.drawn):
        return not_fitted(step, rig.words("not-fitted", setting=f"panel.driver = {driver}"))
    before, lost = rig.faults(), 0
    for draw in PATTERNS.values():
        rig.face.picture(draw())
        lost += not rig.settled(_SETTLE_S)
        rig.pace.pause(min(PATTERN_S, rig.left_s(until_s)))
    errors = rig.faults() - before
    figures = {"patterns": len(PATTERNS), "errors": errors}
    remedy = rig.words("display.remedy", port=rig.config.panel.port)
    if lost or errors:
        return failed(step, rig.words("display.nack", patterns=len(PATTERNS), lost=max(lost, 1)), remedy, figures)
    return _confirmed(rig, step, rig.words("display.what", errors=0), until_s, remedy, figures)


def lamps(rig: Rig, until_s: float) -> Result:
    step, pins = Step.LAMPS, rig.config.pins
    numbers = {
        LampColour.RED: pins.lamp_red,
        LampColour.AMBER: pins.lamp_amber,
        LampColour.GREEN: pins.lamp_green,
    }
    colours = [colour for colour, number in numbers.items() if rig.fitted(number)]
    torch = rig.fitted(pins.torch)
    if not colours and not torch:
        return not_fitted(step, rig.words("not-fitted", setting=f"pins.factory = {pins.factory}"))
    for colour in colours:
        rig.cues.play(Signal(lamp=colour))
        rig.pace.pause(LAMP_S)
    rig.cues.play(Signal())
    if torch:
        rig.cues.torch(True)
        rig.pace.pause(LAMP_S)
        rig.cues.torch(False)
    named = " ".join([rig.words(colour.value) for colour in colours] + ([rig.words("torch")] if torch else []))
    what = rig.words("lamps.what", lamps=named)
    return _confirmed(rig, step, what, until_s, rig.words("lamps.remedy"), slots={"lamps": named})


def sound(rig: Rig, until_s: float) -> Result:
    return _played(rig, Step.SOUND, rig.config.pins.buzzer, "pins.buzzer", _BEEPS, until_s)


def vibration(rig: Rig, until_s: float) -> Result:
    return _played(rig, Step.VIBRATION, rig.config.pins.vibration, "pins.vibration", _PULSES, until_s)


def keys(rig: Rig, until_s: float) -> Result:
    """Each key pressed and let go again. A long press does not count: a key that is stuck down gives one too."""
    step, pins = Step.KEYS, rig.config.pins
    numbers = {Key.NEXT: pins.key_next, Key.MODE: pins.key_mode}
    missing = {key for key, number in numbers.items() if number is not None and pins.factory != "none"}
    if not missing:
        return not_fitted(step, rig.words("not-fitted", setting="pins.key_next, pins.key_mode"))
    if not rig.person.there:
        return not_confirmed(step, rig.words("keys.nobody"))
    budget_s = rig.left_s(until_s)
    rig.keys.presses()  # what was pressed before is no answer
    rig.face.lines(rig.words.lines("keys.ask"))
    while missing and rig.pace.now_s() < until_s:
        missing -= {press.key for press in rig.keys.presses() if not press.long}
        rig.pace.pause(_LOOK_EACH_S)
    if missing:
        named = " ".join(sorted(key.upper() for key in missing))
        return failed(step, rig.words("keys.missing", seconds=round(budget_s), keys=named), rig.words("keys.remedy"))
    return passed(step, rig.words("keys.good"))


def _played(rig: Rig, step: Step, pin: int | None, setting: str, signal: Signal, until_s: float) -> Result:
    if not rig.fitted(pin):
        return not_fitted(step, rig.words("not-fitted", setting=setting))
    rig.cues.play(signal)
    rig.pace.pause(sum((*signal.sound_ms, *signal.vibration_ms)) / 1000)
    return _confirmed(rig, step, rig.words(f"{step}.what"), until_s, rig.words(f"{step}.remedy"))


def _confirmed(
    rig: Rig,
    step: Step,
    what: str,
    until_s: float,
    remedy: str,
    figures: Figures | None = None,
    slots: dict[str, str] | None = None,
) -> Result:
    """The line of a part that only a person can judge."""
    asked_s = rig.left_s(until_s)
    question = tuple(_question(rig, step, slots or {}))
    match rig.person.confirm(question, until_s):
        case Answer.YES:
            return passed(step, rig.words("seen", what=what), figures)
        case Answer.NO:
            return failed(step, rig.words("person-no", what=what), remedy, figures)
        case Answer.SILENCE:
            return failed(step, rig.words("silence", what=what, seconds=round(asked_s)), remedy, figures)
        case Answer.NOBODY:
            return not_confirmed(step, rig.words("nobody", what=what), figures)


def _question(rig: Rig, step: Step, slots: dict[str, str]) -> Iterator[str]:
    yield from rig.words.lines(f"{step}.ask", **slots)
    yield rig.words("yes-no")
