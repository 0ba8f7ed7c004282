"""The whole self-test on fakes: every line PASS, and each line's own failing fixtures, in which no other line changes."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from firmware.ledger.commissioning.body import Outcome, Why
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.store import LedgerStore
from firmware.model import LampColour
from firmware.scanner.source import Frame, FrameSource, SourceError
from firmware.selftest import inside
from firmware.selftest.plan import LIMIT_S, PLAN, Step
from firmware.selftest.run import STEPS
from firmware.selftest.simulated import Hand
from tests.display.fake_oled import FakeBus, FakeOled
from tests.doctor.conftest import NOW_S, Board
from tests.selftest.conftest import HOLD, NO, YES, Make, Terminal

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated:DeprecationWarning")

PASS, FAIL, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.SKIP
Alter = Callable[[Frame], Frame | None]


def outcomes(terminal: Terminal) -> dict[Step, Outcome]:
    return {step: result.line.outcome for step, result in terminal.run().items()}


def with_light(change: Callable[[np.ndarray], np.ndarray]) -> Alter:
    return lambda frame: replace(frame, gray=np.clip(change(frame.gray.astype(float)), 0, 255).astype(np.uint8))


def blurred(sigma: float) -> Alter:
    return lambda frame: replace(frame, gray=np.asarray(cv2.GaussianBlur(frame.gray, (0, 0), sigma), np.uint8))


def banded(frame: Frame) -> Frame:
    """Lamps on 50 Hz seen by a rolling shutter of 30 ms with a short exposure."""
    rows = frame.gray.shape[0]
    begins_s = frame.monotonic_s + np.arange(rows) * 0.03 / rows
    light = 1 + 0.3 * np.sin(2 * np.pi * 100 * begins_s)
    return replace(frame, gray=np.clip(frame.gray * light[:, None], 0, 255).astype(np.uint8))


def test_a_terminal_that_is_well_passes_every_line(terminal: Make) -> None:
    found = terminal().run()
    assert list(found) == [planned.step for planned in PLAN]
    told = {step: (result.line.outcome, result.line.evidence) for step, result in found.items()}
    assert {step: outcome for step, (outcome, _) in told.items()} == {
        step: SKIP if step is Step.SYNC else PASS for step in Step
    }, told
    assert found[Step.SYNC].line.why is Why.NOT_FITTED
    assert all(not result.remedy for result in found.values())


def test_it_moves_the_barrier_once_and_lights_each_lamp_once(terminal: Make) -> None:
    whole = terminal()
    whole.run()
    assert whole.pulses == 1
    lamps = [signal.lamp for signal in whole.cues.played if signal.lamp]
    assert lamps == [LampColour.RED, LampColour.AMBER, LampColour.GREEN]
    assert sum(bool(signal.sound_ms) for signal in whole.cues.played) == 1
    assert sum(bool(signal.vibration_ms) for signal in whole.cues.played) == 1


def test_the_plan_fits_into_ninety_seconds_and_has_every_step_once() -> None:
    assert sum(planned.budget_s for planned in PLAN) <= LIMIT_S
    assert sorted(planned.step for planned in PLAN) == sorted(Step)
    assert set(STEPS) == set(Step)
    assert PLAN[-1].step is Step.RELAY


def test_nobody_who_dithers_can_make_it_longer(terminal: Make) -> None:
    """Every question unanswered, the lens turned to the end, a card that is never shown."""
    slow = terminal(answers={"": []}, hand=(hand := _empty_hand()))
    before_s = slow.pace.now_s()
    told = slow.run()
    assert slow.pace.now_s() - before_s <= LIMIT_S
    assert hand.module_px is None
    for step in (Step.DISPLAY, Step.LAMPS, Step.SOUND, Step.VIBRATION, Step.KEYS, Step.RELAY):
        assert told[step].line.outcome is FAIL
    assert "nobody confirmed it" in told[Step.LAMPS].line.evidence
    assert slow.pulses == 0


def _empty_hand() -> Hand:
    return Hand(module_px=None, far_px=None)


@dataclass
class Case:
    """What is broken, which lines must say so, and a word of the evidence of the first of them."""

    fails: tuple[Step, ...]
    says: str
    parts: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)


def _lost_bus() -> FakeBus:
    bus = FakeBus(FakeOled())
    bus.answering = False
    return bus


class NoCamera(FrameSource):
    def read(self, timeout_s: float) -> Frame | None:
        raise SourceError("the camera went away", "check its cable")

    def close(self) -> None:
        return


def _no_camera() -> FrameSource:
    raise SourceError("there is no camera", "check its cable")


BLIND = (Step.CAMERA, Step.LIGHT, Step.BANDING, Step.FOCUS, Step.CARD_NEAR, Step.CARD_FAR)
CARDS = (Step.CARD_NEAR, Step.CARD_FAR)
CASES = {
    "a person who sees a dead pixel": Case((Step.DISPLAY,), "says no", {"answers": {"pattern": [NO]}}),
    "a display that does not acknowledge": Case((Step.DISPLAY,), "did not take 4", {"bus": _lost_bus()}),
    "a dead lamp": Case((Step.LAMPS,), "red amber green; the person there says no", {"answers": {"light": [NO]}}),
    "a mute buzzer": Case((Step.SOUND,), "says no", {"answers": {"beep": [NO]}}),
    "a motor that hangs loose": Case((Step.VIBRATION,), "says no", {"answers": {"pulses": [NO]}}),
    "a key that is never let go": Case((Step.KEYS,), "NEXT", {"answers": {"MODE once": [HOLD, NO]}}),
    "a key without its wire": Case((Step.KEYS,), "MODE", {"answers": {"MODE once": [YES]}}),
    "no camera": Case(BLIND, "there is no camera", {"opener": _no_camera}),
    "a camera that goes away at once": Case(BLIND[:1], "went away", {"opener": NoCamera}),
    "a camera that gives no frames": Case(BLIND, "no frames", {"alter": lambda frame: None}),
    "half the frames": Case((Step.CAMERA,), "only 8.0 frames", {"fps": 8.0}),
    "darkness": Case((Step.LIGHT,), "too dark", {"alter": with_light(lambda gray: gray * 0.25)}),
    "a lamp in the lens": Case(
        (Step.LIGHT,), "too bright", {"alter": with_light(lambda gray: np.where(np.arange(1280) < 360, 255, gray))}
    ),
    "lamps that flicker": Case((Step.BANDING,), "bands of", {"alter": banded}),
    "a lens out of focus": Case((Step.FOCUS, *CARDS), "the peak is only", {"alter": blurred(5.0)}),
    "no card": Case((Step.FOCUS, *CARDS), "the peak is only", {"hand": _empty_hand()}),
    "a card that stays near": Case((Step.CARD_FAR,), "not moved away", {"hand_moves": False}),
    "a clock that knows nothing": Case(
        (Step.CLOCK,), "T1", {"host": Board(kernel_error_s=None)}, {"clock.trust_system": "false"}
    ),
    "old lists": Case((Step.TRUST,), "oldest status list 3 d old", {"host": Board(wall_s=NOW_S + 3 * 86_400)}),
    "no trust data": Case((Step.TRUST,), "there is no trust folder", {}, {"trust.folder": "/nonexistent"}),
    "a sync that never came": Case(
        (Step.SYNC,), "nothing was fetched", {}, {"sync.urls": "https://a.example", "sync.state": "/nonexistent"}
    ),
    "a disk with nothing left": Case((Step.STORAGE,), "only 100 MB", {"free_bytes": lambda folder: 100 << 20}),
    "a relay that nobody confirmed": Case((Step.RELAY,), "nobody confirmed", {"answers": {"HOLD": []}}),
    "a relay confirmed by a short press": Case((Step.RELAY,), "nobody confirmed", {"answers": {"HOLD": [YES]}}),
    "somebody under the barrier": Case((Step.RELAY,), "nobody confirmed", {"answers": {"HOLD": [NO]}}),
    "a barrier that does not move": Case((Step.RELAY,), "input did not move", {"loop_follows": False}),
    "a barrier without an input that does not move": Case(
        (Step.RELAY,), "says no", {"answers": {"barrier move?": [NO]}}, {"pins.loop": "none"}
    ),
    "a settle time longer than the test": Case(
        (Step.RELAY,), "settling after start", {"started_before_s": 0.0}, {"gate.settle_s": "300"}
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_broken_fails_its_own_line_with_evidence_and_remedy(terminal: Make, name: str) -> None:
    case = CASES[name]
    found = terminal(case.settings, **case.parts).run()
    told = {step: (result.line.outcome, result.line.evidence) for step, result in found.items()}
    failing = [step for step, (outcome, _) in told.items() if outcome is FAIL]
    assert tuple(failing[: len(case.fails)]) == case.fails, told
    if name != "a camera that goes away at once":
        assert tuple(failing) == case.fails, told
    assert case.says in told[case.fails[0]][1]
    assert all(found[step].remedy for step in failing)


def test_the_barrier_moves_only_where_the_relay_line_says_so(terminal: Make) -> None:
    for name in ("a relay that nobody confirmed", "a relay confirmed by a short press", "somebody under the barrier"):
        asked = terminal(**CASES[name].parts)
        asked.run()
        assert asked.pulses == 0, name


def test_a_press_before_the_question_confirms_nothing(terminal: Make) -> None:
    """A hand that rests on NEXT from the question before."""
    eager = terminal(answers={"HOLD": []})
    rig = eager.rig()
    eager.keys.see(["HOLD"])
    eager.keys._waiting = [HOLD]
    assert STEPS[Step.RELAY](rig, eager.pace.now_s() + 9).line.outcome is FAIL
    assert eager.pulses == 0


def test_the_relay_waits_for_its_settle_time_where_that_is_short(terminal: Make) -> None:
    fresh = terminal(started_before_s=0.0)
    rig = fresh.rig()
    fresh.pace.pause(9.0)
    assert STEPS[Step.RELAY](rig, fresh.pace.now_s() + 9).line.outcome is PASS
    assert fresh.pulses == 1


def test_the_relay_is_held_to_the_gates_own_limits(terminal: Make) -> None:
    """The lock-out after a pulse holds for the self-test as for a verdict."""
    twice = terminal(loop_follows=False)
    rig = twice.rig()
    until_s = twice.pace.now_s() + 2.0
    STEPS[Step.RELAY](rig, until_s + 4.0)
    twice.pace.time_s = until_s - 1.9
    again = STEPS[Step.RELAY](rig, until_s + 4.0)
    assert (again.line.outcome, "lock-out" in again.line.evidence) == (FAIL, True)
    assert twice.pulses == 1


def test_a_post_without_a_gate_never_moves_one(terminal: Make) -> None:
    off = terminal({"gate.mode": "off"})
    told = off.run()[Step.RELAY].line
    assert (told.outcome, told.why) == (SKIP, Why.NOT_FITTED)
    assert not any("barrier" in " ".join(asked) for asked in off.keys.asked)


def test_unattended_what_needs_a_person_is_skipped_and_the_barrier_rests(terminal: Make) -> None:
    alone = terminal(attended=False)
    told = alone.run()
    skipped = {step for step, result in told.items() if result.line.why is Why.NOT_CONFIRMED}
    assert skipped == {
        Step.DISPLAY, Step.LAMPS, Step.SOUND, Step.VIBRATION, Step.KEYS, Step.CARD_FAR, Step.RELAY,
    }  # fmt: skip
    assert alone.pulses == 0
    assert [asked for asked in alone.keys.asked if "yes" in " ".join(asked)] == []
    assert {step for step, result in told.items() if result.line.outcome is FAIL} == set()


def test_unattended_a_display_that_does_not_answer_still_fails(terminal: Make) -> None:
    told = terminal(attended=False, bus=_lost_bus()).run()
    assert told[Step.DISPLAY].line.outcome is FAIL


def test_unattended_without_a_card_nothing_is_said_about_the_lens(terminal: Make) -> None:
    told = terminal(attended=False, hand=_empty_hand()).run()
    assert {told[step].line.why for step in (Step.FOCUS, *CARDS)} == {Why.NOT_CONFIRMED}


def test_parts_that_are_not_fitted_are_skipped_and_said_so(terminal: Make) -> None:
    bare = {
        "panel.driver": "none", "pins.factory": "none", "gate.mode": "off", "pins.key_next": "none",
        "pins.key_mode": "none",
    }  # fmt: skip
    told = terminal(bare).run()
    for step in (Step.DISPLAY, Step.LAMPS, Step.SOUND, Step.VIBRATION, Step.KEYS, Step.RELAY):
        assert (told[step].line.outcome, told[step].line.why) == (SKIP, Why.NOT_FITTED)
        assert "not fitted" in told[step].line.evidence


def test_the_torch_is_lit_where_one_is_fitted(terminal: Make) -> None:
    lit = terminal({"pins.torch": "24"})
    told = lit.run()[Step.LAMPS].line
    assert lit.cues.torches == [True, False]
    assert "torch" in told.evidence


def test_a_lens_turned_past_its_peak_fails(terminal: Make) -> None:
    turned = terminal()
    began_s = turned.pace.now_s()

    def turn(frame: Frame) -> Frame:
        seconds = frame.monotonic_s - began_s
        gone = blurred(2.5)(frame) if turned_on and seconds > turned_on[0] + 3 else frame
        assert gone is not None
        return gone

    turned_on: list[float] = []
    turned.alter = turn
    turned.answers = {"": []}
    rig = turned.rig()
    rig.eyes.open_now()
    turned_on.append(turned.pace.now_s() - began_s)
    told = STEPS[Step.FOCUS](rig, turned.pace.now_s() + 10).line
    assert (told.outcome, "turned too far" in told.evidence) == (FAIL, True)
    assert told.figures is not None
    assert told.figures["peak"] > told.figures["score"]


@pytest.mark.parametrize(("share", "outcome"), [(0.71, PASS), (0.69, FAIL)])
def test_a_lens_that_lost_a_third_of_its_sharpness_wants_to_be_wiped(
    terminal: Make, share: float, outcome: Outcome
) -> None:
    """Synthetic blur against the baseline of the last record, just above and just below the line."""
    soft = blurred(1.6)
    found = terminal(alter=soft, attended=False).run()[Step.CARD_NEAR].line
    assert found.figures is not None
    before = round(found.figures["sharpness"] / share)
    told = terminal(alter=soft, attended=False, baseline={"card-near_sharpness": before}).run()[Step.CARD_NEAR]
    assert told.line.outcome is outcome
    assert ("wipe the lens" in told.remedy) is (outcome is FAIL)


def test_blur_lowers_the_sharpness_of_the_card(terminal: Make) -> None:
    sharpness = [
        (terminal(alter=blurred(sigma), attended=False).run()[Step.CARD_NEAR].line.figures or {})["sharpness"]
        for sigma in (0.5, 1.5, 2.0)
    ]
    assert sharpness == sorted(set(sharpness), reverse=True)


def test_the_figures_are_those_of_the_scene(terminal: Make) -> None:
    found = terminal().run()
    figures = {step: dict(result.line.figures or {}) for step, result in found.items()}
    assert abs(figures[Step.CAMERA]["fps_tenths"] - 150) <= 2
    assert abs(figures[Step.CARD_NEAR]["module_px_tenths"] - 60) <= 1
    assert abs(figures[Step.CARD_FAR]["module_px_tenths"] - 26) <= 1
    assert figures[Step.DISPLAY] == {"patterns": 4, "errors": 0}
    assert figures[Step.RELAY] == {"loop": 1}


def test_a_full_disk_fails_with_the_systems_own_words(terminal: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    told = terminal().run()[Step.STORAGE]
    assert (told.line.outcome, "No space left" in told.line.evidence) == (FAIL, True)


def test_a_card_that_gives_back_something_else_fails(terminal: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"something else")
    rig = terminal().rig()
    told = inside.storage(rig, 0.0).line
    assert (told.outcome, told.evidence) == (FAIL, "what was read back is not what was written")


def test_a_damaged_ledger_fails(terminal: Make, tmp_path: Path) -> None:
    LedgerStore(tmp_path / "ledger").close()
    (tmp_path / "ledger" / "ledger.sqlite").write_bytes(b"rot" * 1000)
    damaged = terminal()
    told = damaged.run()[Step.LEDGER]
    assert told.line.outcome is FAIL
    assert told.remedy


def test_a_disk_that_never_answers_costs_its_own_line_alone(terminal: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from firmware.selftest import run

    never = threading.Event()
    short = tuple(
        replace(planned, budget_s=0.05 if planned.step is Step.STORAGE else 60.0) if planned.may_hang else planned
        for planned in PLAN
    )
    monkeypatch.setattr(run, "PLAN", short)
    monkeypatch.setattr(run, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(run, "STEPS", {**STEPS, Step.STORAGE: lambda rig, until_s: never.wait(60)})
    told = terminal().run()
    never.set()
    assert [step for step, result in told.items() if result.line.outcome is FAIL] == [Step.STORAGE]
    assert "no answer" in told[Step.STORAGE].line.evidence


def test_an_error_in_a_step_is_that_steps_failure(terminal: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware.selftest import run

    def broken(rig: object, until_s: float) -> Any:
        raise LedgerDamagedError("torn")

    monkeypatch.setattr(run, "STEPS", {**STEPS, Step.TRUST: broken, Step.SOUND: broken})
    told = terminal().run()
    assert [step for step, result in told.items() if result.line.outcome is FAIL] == [Step.SOUND, Step.TRUST]
    assert "torn" in told[Step.TRUST].line.evidence


def test_a_pass_that_came_too_late_is_none(terminal: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware.selftest import run
    from firmware.selftest.result import passed

    def late(rig: Any, until_s: float) -> Any:
        rig.pace.pause(20.0)
        return passed(Step.LIGHT, "fine")

    monkeypatch.setattr(run, "STEPS", {**STEPS, Step.LIGHT: late})
    told = terminal().run()[Step.LIGHT].line
    assert (told.outcome, told.evidence) == (FAIL, "fine; took 20.0 s, allowed are 1")
