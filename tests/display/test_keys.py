"""The two keys, on simulated pins in real time, and those of a keyboard on a real pseudo-terminal."""

from __future__ import annotations

import os
import pty
import termios
import time
from collections.abc import Callable, Iterator

import pytest
from gpiozero.pins.mock import MockFactory

from firmware.display.keyboard import Keyboard
from firmware.display.keys import BOUNCE_S, WAITING, GpioKeys
from firmware.display.pins import Pins, PinsError, PinSpec, make_factory
from firmware.model import Key, KeyPress, LampColour, Signal

NEXT_PIN, MODE_PIN = 5, 6
LONG_S = 0.3


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = make_factory("mock")
    assert isinstance(factory, MockFactory)
    yield factory
    factory.close()


@pytest.fixture
def keys(factory: MockFactory) -> Iterator[GpioKeys]:
    keys = GpioKeys({Key.NEXT: NEXT_PIN, Key.MODE: MODE_PIN}, factory, long_s={Key.NEXT: LONG_S, Key.MODE: LONG_S})
    yield keys
    keys.close()


def press(factory: MockFactory, number: int, seconds: float) -> None:
    factory.pin(number).drive_low()
    time.sleep(seconds)
    factory.pin(number).drive_high()
    time.sleep(2 * BOUNCE_S)


def gather(keys: GpioKeys | Keyboard, count: int) -> list[KeyPress]:
    found: list[KeyPress] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        found += keys.presses()
        time.sleep(0.01)
    return found


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_a_short_press_is_told_when_the_key_is_let_go(factory: MockFactory, keys: GpioKeys) -> None:
    press(factory, NEXT_PIN, 2 * BOUNCE_S)
    press(factory, MODE_PIN, 2 * BOUNCE_S)
    assert gather(keys, 2) == [KeyPress(Key.NEXT), KeyPress(Key.MODE)]
    assert keys.presses() == []


def test_a_long_press_is_told_while_it_is_held_and_only_once(factory: MockFactory, keys: GpioKeys) -> None:
    factory.pin(NEXT_PIN).drive_low()
    assert gather(keys, 1) == [KeyPress(Key.NEXT, long=True)]
    factory.pin(NEXT_PIN).drive_high()
    time.sleep(2 * BOUNCE_S)
    assert keys.presses() == []
    press(factory, NEXT_PIN, 2 * BOUNCE_S)
    assert gather(keys, 1) == [KeyPress(Key.NEXT)]


def test_a_switch_that_nobody_listens_to_does_not_fill_the_memory(factory: MockFactory, keys: GpioKeys) -> None:
    for _ in range(WAITING + 4):
        press(factory, NEXT_PIN, 2 * BOUNCE_S)
    assert len(keys.presses()) <= WAITING


def test_a_pin_that_is_taken_is_told_and_the_other_key_is_let_go(factory: MockFactory) -> None:
    taken = GpioKeys({Key.MODE: MODE_PIN}, factory)
    with pytest.raises(PinsError, match="mode key on GPIO6"):
        GpioKeys({Key.NEXT: NEXT_PIN, Key.MODE: MODE_PIN}, factory)
    GpioKeys({Key.NEXT: NEXT_PIN}, factory).close()
    taken.close()


def test_the_torch_is_switched_and_goes_out_with_the_terminal(factory: MockFactory) -> None:
    pins = Pins(PinSpec(torch=16), factory)
    pins.torch(True)
    assert factory.pin(16).state
    levels: list[bool] = [bool(state) for _, state in factory.pin(16).states]
    pins.close()
    assert levels == [False, True]


def test_a_lamp_that_hangs_delays_neither_buzzer_nor_vibration(
    factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defect it stops: one thread for all parts, and a line that hangs in the kernel silences the terminal."""
    pins = Pins(PinSpec(buzzer=17, lamp_green=22, vibration=27), factory)
    stuck = time.monotonic() + 3
    lamp = factory.pin(22)
    monkeypatch.setattr(type(lamp), "_set_state", _hanging(lamp, stuck), raising=True)
    pins.play(Signal(LampColour.GREEN, sound_ms=(2000,), vibration_ms=(2000,)))
    until(lambda: bool(factory.pin(17).state) and bool(factory.pin(27).state))
    assert time.monotonic() < stuck
    pins.close()


def _hanging(lamp: object, until_s: float) -> Callable[..., object]:
    real = type(lamp)._set_state  # type: ignore[attr-defined]

    def set_state(pin: object, value: object) -> object:
        while pin is lamp and value and time.monotonic() < until_s:
            time.sleep(0.01)
        return real(pin, value)

    return set_state


@pytest.fixture
def line() -> Iterator[tuple[int, int]]:
    """(the person's end, the program's end) of a terminal."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_letters_are_keys_and_capitals_are_held_long(line: tuple[int, int]) -> None:
    person, program = line
    keyboard = Keyboard(program)
    os.write(person, b"n?xMN")
    assert gather(keyboard, 3) == [KeyPress(Key.NEXT), KeyPress(Key.MODE, long=True), KeyPress(Key.NEXT, long=True)]
    keyboard.close()


def test_the_terminal_is_given_back_as_it_was(line: tuple[int, int]) -> None:
    before = termios.tcgetattr(line[1])
    keyboard = Keyboard(line[1])
    assert termios.tcgetattr(line[1]) != before
    keyboard.close()
    keyboard.close()
    assert termios.tcgetattr(line[1]) == before
    assert keyboard.presses() == []


def test_a_terminal_that_has_gone_gives_no_letters_and_no_error() -> None:
    person, program = pty.openpty()
    keyboard = Keyboard(program)
    os.close(person)
    assert keyboard.presses() == []
    assert keyboard.presses() == []
    os.close(program)
