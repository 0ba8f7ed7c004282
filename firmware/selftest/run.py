"""The plan, carried out: one result a step, in time, whatever breaks."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from firmware.display.pins import PinsError
from firmware.ledger.commissioning.body import Outcome
from firmware.ledger.errors import LedgerDamagedError
from firmware.refusal import Refusal
from firmware.scanner.source import SourceError
from firmware.selftest import barrier, inside, optics, seen
from firmware.selftest.plan import LIMIT_S, PLAN, Planned, Step
from firmware.selftest.result import Result, failed
from firmware.selftest.rig import Rig

Work = Callable[[Rig, float], Result]

#: Each gets the rig and the time at which its share ends.
STEPS: Final[Mapping[Step, Work]] = {
    Step.DISPLAY: seen.display,
    Step.LAMPS: seen.lamps,
    Step.SOUND: seen.sound,
    Step.VIBRATION: seen.vibration,
    Step.KEYS: seen.keys,
    Step.CAMERA: optics.camera,
    Step.LIGHT: optics.light,
    Step.BANDING: optics.banding,
    Step.FOCUS: optics.focus,
    Step.CARD_NEAR: optics.card_near,
    Step.CARD_FAR: optics.card_far,
    Step.CLOCK: inside.clock,
    Step.STORAGE: inside.storage,
    Step.LEDGER: inside.ledger,
    Step.TRUST: inside.trust,
    Step.SYNC: inside.sync,
    Step.RELAY: barrier.relay,
}
#: A step looks at the time between two frames or two presses: so much later than its end it may be.
_GRACE_S: Final = 1.0
#: And a thread is waited for so much longer than its step's share, by the host's own clock.
_PATIENCE_S: Final = 1.0
_TROUBLE: Final = (OSError, ValueError, ImportError, sqlite3.Error, LedgerDamagedError, PinsError)


def carry_out(rig: Rig, begins: Callable[[Step, float], None]) -> Iterator[Result]:
    """Each step's result, as soon as it is known. `begins` hears of each step with the seconds that are left of all."""
    ends_s = rig.pace.now_s() + LIMIT_S
    for planned in PLAN:
        begins(planned.step, max(0.0, ends_s - rig.pace.now_s()))
        yield _timed(rig, planned)


def _timed(rig: Rig, planned: Planned) -> Result:
    began_s = rig.pace.now_s()
    result = _guarded(rig, planned, began_s + planned.budget_s)
    took_s = rig.pace.now_s() - began_s
    if took_s <= planned.budget_s + _GRACE_S or result.line.outcome is not Outcome.PASS:
        return result
    slow = rig.words("slow", evidence=result.line.evidence, seconds=f"{took_s:.1f}", budget=f"{planned.budget_s:g}")
    line = replace(result.line, outcome=Outcome.FAIL, evidence=slow)
    return Result(line, rig.words("slow.remedy"))


def _guarded(rig: Rig, planned: Planned, until_s: float) -> Result:
    """A step that cannot do its work is a failure with the cause."""
    step = planned.step
    try:
        if planned.may_hang:
            return _apart(rig, planned, until_s)
        return STEPS[step](rig, until_s)
    except Refusal as refusal:
        return failed(step, rig.words("broke", why=refusal.what), refusal.next_step)
    except SourceError as error:
        return failed(step, rig.words("broke", why=error.what), f"{error.next_step}; {rig.words('camera.remedy')}")
    except _TROUBLE as error:
        return failed(step, rig.words("broke", why=f"{type(error).__name__}: {error}"), rig.words("broke.remedy"))


def _apart(rig: Rig, planned: Planned, until_s: float) -> Result:
    """In a thread of its own, which is left behind when a disk or a bus does not answer. Errors come back as they are."""
    found: list[Result | BaseException] = []

    def work() -> None:
        try:
            found.append(STEPS[planned.step](rig, until_s))
        except BaseException as error:  # noqa: BLE001 - handed over, and raised where the step was called
            found.append(error)

    thread = threading.Thread(target=work, name=f"selftest-{planned.step}", daemon=True)
    thread.start()
    thread.join(planned.budget_s + _PATIENCE_S)
    if not found:
        return failed(planned.step, rig.words("hung", seconds=f"{planned.budget_s:g}"), rig.words("slow.remedy"))
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]
