"""The barrier, once: after a person has held a key to say that nobody is under it, by the gate's own decision and limits."""

from __future__ import annotations

from typing import Final

from firmware.gate.barrier import GateEvents, GateWord
from firmware.model import Family, Reason, Verdict
from firmware.selftest.asking import Answer
from firmware.selftest.plan import Step
from firmware.selftest.result import Result, failed, not_confirmed, not_fitted, passed
from firmware.selftest.rig import Rig

#: The gate opens for a verdict and for nothing else; this one is about no document, and nobody but the gate ever sees it.
_GO: Final = Verdict(Family.GO, Reason.VALID)
_POLL_S: Final = 0.05
#: Of the step's time, what is kept to watch the barrier after the pulse.
_WATCH_S: Final = 4.0
#: And what a person needs to look under the barrier. A settle time that leaves less is the gate's refusal, not a wait.
_ASK_S: Final = 3.0


def relay(rig: Rig, until_s: float) -> Result:
    step, gate = Step.RELAY, rig.config.gate
    if gate.mode == "off":
        return not_fitted(step, rig.words("not-fitted", setting="gate.mode = off"))
    if not rig.person.there:
        return not_confirmed(step, rig.words("relay.nobody"))
    settles_s = rig.began_s + gate.settle_s - rig.pace.now_s()
    if 0 < settles_s <= rig.left_s(until_s) - _WATCH_S - _ASK_S:
        rig.pace.pause(settles_s)
    question = (*rig.words.lines("relay.ask"), rig.words("hold"))
    if rig.person.insist(question, until_s - _WATCH_S) is not Answer.YES:
        return failed(step, rig.words("relay.unconfirmed"), rig.words("relay.remedy.again"))
    rig.gate.poll(rig.pace.now_s())  # where the barrier stands now is not an answer to the pulse
    what, why = _first(rig.gate.decide(_GO, rig.pace.now_s()))
    if what is GateWord.WITHHELD:
        return failed(step, rig.words("relay.withheld", why=why), rig.words("relay.remedy.settle"))
    if what is not GateWord.GRANTED:
        return failed(step, rig.words("relay.failed", why=why), rig.words("relay.remedy"))
    given_s = rig.pace.now_s()
    found = _watched(rig, until_s) if rig.config.pins.loop is not None else _asked(rig, until_s)
    rig.pace.pause(max(0.0, given_s + gate.pulse_ms / 1000 - rig.pace.now_s()))  # whole, before the gate is closed
    return found


def _watched(rig: Rig, until_s: float) -> Result:
    """The barrier's own input says whether it moved."""
    step, began_s = Step.RELAY, rig.pace.now_s()
    while rig.pace.now_s() < until_s:
        for event in rig.gate.poll(rig.pace.now_s()):
            if event.what is GateWord.OPENED:
                return passed(step, rig.words("relay.opened", pulse=rig.config.gate.pulse_ms), {"loop": 1})
            if event.what is GateWord.FAILED:
                return failed(step, rig.words("relay.failed", why=event.why), rig.words("relay.remedy"))
        rig.pace.pause(_POLL_S)
    waited_s = round(rig.pace.now_s() - began_s)
    return failed(step, rig.words("relay.still", seconds=waited_s), rig.words("relay.remedy"), {"loop": 0})


def _asked(rig: Rig, until_s: float) -> Result:
    """Without an input the person says whether it moved."""
    step, what = Step.RELAY, rig.words("relay.what", pulse=rig.config.gate.pulse_ms)
    left_s = round(rig.left_s(until_s))
    answer = rig.person.confirm((*rig.words.lines("relay.moved.ask"), rig.words("yes-no")), until_s)
    if answer is Answer.YES:
        return passed(step, rig.words("seen", what=what))
    key = "person-no" if answer is Answer.NO else "silence"
    return failed(step, rig.words(key, what=what, seconds=left_s), rig.words("relay.remedy"))


def _first(events: GateEvents) -> tuple[GateWord | None, str]:
    """What the gate answered. It always answers a GO."""
    return (events[0].what, events[0].why) if events else (None, "")
