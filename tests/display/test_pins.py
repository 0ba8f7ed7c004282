"""Pins on gpiozero's mock factory: real edges in real time, and factories that say what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from types import ModuleType

import pytest
from gpiozero.pins.mock import MockFactory

from firmware.display.pins import NoPins, Pins, PinsError, PinSpec, make_factory, open_pins
from firmware.display.signals import signal_for
from firmware.model import LampColour, Reason, Signal
from tests.screens.cases import BY_REASON, POST

SPEC = PinSpec(buzzer=17, lamp_green=22, lamp_amber=23, lamp_red=24, vibration=27)
EARLY_S, LATE_S = 0.05, 0.3  # a busy test machine wakes late, and the first edge too


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = make_factory("mock")
    assert isinstance(factory, MockFactory)
    yield factory
    factory.close()


def _edges(factory: MockFactory, number: int) -> list[tuple[float, bool]]:
    """(seconds since the pin was first driven, level) of every change."""
    at, edges = 0.0, []
    for timestamp, state in factory.pin(number).states:
        at += timestamp
        edges.append((at, bool(state)))
    return edges


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_the_buzzer_plays_the_rhythm_of_stop(factory: MockFactory) -> None:
    pins = Pins(SPEC, factory)
    pins.play(signal_for(BY_REASON[Reason.EXPIRED], POST))
    _until(lambda: [level for _, level in _edges(factory, 17)] == [False, True, False, True, False, True, False])
    first, *later = [at for at, _ in _edges(factory, 17)][1:]
    for at, due_s in zip(later, accumulate((0.14, 0.09, 0.14, 0.09, 0.14)), strict=True):
        assert due_s - EARLY_S <= at - first <= due_s + LATE_S
    pins.close()


def test_one_lamp_burns_at_a_time_and_blinks(factory: MockFactory) -> None:
    pins = Pins(SPEC, factory)
    pins.play(Signal(LampColour.AMBER))
    _until(lambda: bool(factory.pin(23).state))
    pins.play(Signal(LampColour.RED, blink_hz=2.0))
    _until(lambda: len(_edges(factory, 24)) >= 4)
    assert not factory.pin(23).state
    assert [level for _, level in _edges(factory, 24)][:4] == [False, True, False, True]
    pins.close()


def test_the_next_signal_cuts_the_last_one_short(factory: MockFactory) -> None:
    pins = Pins(SPEC, factory)
    pins.play(Signal(sound_ms=(5000,)))
    _until(lambda: bool(factory.pin(17).state))
    began = time.monotonic()
    pins.play(Signal(LampColour.GREEN))
    _until(lambda: bool(factory.pin(22).state) and not factory.pin(17).state)
    assert time.monotonic() - began < 1
    pins.close()


def test_playing_does_not_wait(factory: MockFactory) -> None:
    pins = Pins(SPEC, factory)
    began = time.monotonic()
    for _ in range(50):
        pins.play(Signal(sound_ms=(900,), vibration_ms=(900,)))
    assert time.monotonic() - began < 0.5
    pins.close()


def test_quiet_and_close_leave_everything_off(factory: MockFactory) -> None:
    pins = Pins(SPEC, factory)
    pins.play(Signal(LampColour.RED, sound_ms=(5000,), vibration_ms=(5000,)))
    _until(lambda: bool(factory.pin(17).state))
    pins.quiet()
    _until(lambda: not any(factory.pin(number).state for number in (17, 22, 23, 24, 27)))
    pins.play(Signal(LampColour.RED, sound_ms=(5000,)))
    pins.close()
    assert not any(factory.pin(number).state for number in (17, 22, 23, 24, 27))
    assert factory.pin(17).function == "input"


def test_parts_that_are_on_when_low_start_off(factory: MockFactory) -> None:
    pins = Pins(PinSpec(buzzer=17, buzzer_active_high=False), factory)
    assert factory.pin(17).state == 1
    pins.play(Signal(sound_ms=(50,)))
    _until(lambda: [level for _, level in _edges(factory, 17)][-3:] == [True, False, True])
    pins.close()


def test_a_pin_that_fails_is_counted_and_stops_nothing(factory: MockFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = Pins(SPEC, factory)

    def broken(value: int) -> None:
        raise OSError("gone")

    monkeypatch.setattr(factory.pin(17), "_set_state", broken)
    pins.play(Signal(LampColour.GREEN, sound_ms=(30, 30, 30)))
    _until(lambda: pins.faults >= 1 and bool(factory.pin(22).state))
    monkeypatch.undo()
    pins.close()


def test_a_pin_that_another_part_holds_is_an_error_that_says_so(factory: MockFactory) -> None:
    pins = Pins(SPEC, factory)
    with pytest.raises(PinsError, match="another program"):
        Pins(PinSpec(buzzer=17), factory)
    pins.close()


def test_nothing_fitted_plays_nothing(factory: MockFactory) -> None:
    for cues in (open_pins(SPEC, None), open_pins(PinSpec(), factory)):
        assert isinstance(cues, NoPins)
        cues.play(Signal(LampColour.RED, sound_ms=(100,)))
        cues.quiet()
        cues.close()
    assert factory.pins == {}


@pytest.mark.parametrize("wrong", [{"buzzer": 28}, {"buzzer": -1}, {"buzzer": 17, "vibration": 17}])
def test_a_pin_spec_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="GPIO"):
        PinSpec(**wrong)


def test_no_factory_is_none() -> None:
    assert make_factory("none") is None


def test_an_unknown_factory_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(PinsError, match="none, mock, lgpio, native"):
        make_factory("rpigpio")


def test_an_empty_lgpio_is_noticed() -> None:
    with pytest.raises(PinsError, match=r"0\.0\.0\.2.*python3-lgpio"):
        make_factory("lgpio", load=ModuleType)


def test_a_missing_lgpio_says_what_to_install() -> None:
    def load(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    with pytest.raises(PinsError, match="apt install python3-lgpio"):
        make_factory("lgpio", load)


@pytest.mark.parametrize("name", ["lgpio", "native"])
def test_a_factory_that_cannot_start_here_says_so_and_no_other_is_tried(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has GPIO")
    monkeypatch.chdir(tmp_path)  # lgpio makes its pipe in the working directory
    with pytest.raises(PinsError, match=f"pin factory {name}"):
        make_factory(name)
