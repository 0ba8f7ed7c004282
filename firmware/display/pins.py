"""Lamp, buzzer and vibration on GPIO pins, and the one place that makes gpiozero's factory. The factory is always explicit.

gpiozero without a factory walks through four of them with warnings and takes what it finds; here the one that was chosen is
used, or the error says what to do. The gate's relay is not here, but it is given the same factory.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Final, Protocol

from firmware.display.schedule import Levels
from firmware.display.schedule_player import Player
from firmware.model import LampColour, Signal

if TYPE_CHECKING:
    from gpiozero import Factory, OutputDevice  # type: ignore[import-untyped]

MAX_GPIO = 27  # of the 40 pin header


class PinsError(RuntimeError):
    """GPIO cannot be used as configured. Says what to do about it."""


class Cues(Protocol):
    """What plays signals: Pins, NoPins, a TerminalStage's pins."""

    def play(self, signal: Signal) -> None: ...

    def torch(self, on: bool) -> None: ...

    def quiet(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class PinSpec:
    """GPIO numbers (BCM), None where nothing is fitted; `*_active_high` is False for a part that is on when its pin is low."""

    buzzer: int | None = None
    lamp_green: int | None = None
    lamp_amber: int | None = None
    lamp_red: int | None = None
    vibration: int | None = None
    torch: int | None = None
    buzzer_active_high: bool = True
    lamps_active_high: bool = True
    vibration_active_high: bool = True

    def __post_init__(self) -> None:
        used = [number for number in self.numbers if number is not None]
        if any(not 0 <= number <= MAX_GPIO for number in used):
            raise ValueError(f"GPIO numbers must be 0 to {MAX_GPIO}, not {used}")
        if len(set(used)) < len(used):
            raise ValueError(f"a GPIO number is given to two parts: {used}")

    @property
    def numbers(self) -> tuple[int | None, ...]:
        return (self.buzzer, self.lamp_green, self.lamp_amber, self.lamp_red, self.vibration, self.torch)


class NoPins:
    """Nothing fitted: silent and dark."""

    def play(self, signal: Signal) -> None:
        """Nothing to play it on."""

    def torch(self, on: bool) -> None:
        """No torch."""

    def quiet(self) -> None:
        """It is."""

    def close(self) -> None:
        """Nothing to let go."""


class Pins:
    """Plays signals on the fitted parts. All are off from the start; a pin that fails is counted and never stops a verdict.

    Lamps, buzzer and vibration have a thread each: a line that hangs in the kernel silences its own part and no other.
    """

    def __init__(self, spec: PinSpec, factory: Factory) -> None:
        """Take the pins. Raises PinsError when one cannot be had."""
        from gpiozero import GPIOZeroError, OutputDevice

        self._pin_faults = (OSError, GPIOZeroError)
        self.faults = 0

        def part(number: int | None, active_high: bool) -> OutputDevice | None:
            return None if number is None else OutputDevice(number, active_high=active_high, pin_factory=factory)

        try:
            self._lamps = {
                LampColour.GREEN: part(spec.lamp_green, spec.lamps_active_high),
                LampColour.AMBER: part(spec.lamp_amber, spec.lamps_active_high),
                LampColour.RED: part(spec.lamp_red, spec.lamps_active_high),
            }
            self._buzzer = part(spec.buzzer, spec.buzzer_active_high)
            self._vibration = part(spec.vibration, spec.vibration_active_high)
            self._torch = part(spec.torch, True)
        except self._pin_faults as fault:
            raise PinsError(
                f"GPIO {spec.numbers} cannot be used: {fault}; is another program holding a pin?"
            ) from fault
        self._players = (
            Player(self._light, "pins-lamp"),
            Player(lambda levels: self._set(self._buzzer, levels.buzzer), "pins-buzzer"),
            Player(lambda levels: self._set(self._vibration, levels.vibration), "pins-vibration"),
        )

    def play(self, signal: Signal) -> None:
        """Begin this signal at once, cutting the one that plays short. Never blocks."""
        for player in self._players:
            player.play(signal)

    def torch(self, on: bool) -> None:
        """The lamp that lights what is shown to the camera."""
        self._set(self._torch, on)

    def quiet(self) -> None:
        """All off."""
        self.play(Signal())

    def close(self) -> None:
        """All off, pins let go."""
        for player in self._players:
            player.close()
        self._set(self._torch, False)
        for device in self._devices():
            device.close()

    def _devices(self) -> list[OutputDevice]:
        parts = (*self._lamps.values(), self._buzzer, self._vibration, self._torch)
        return [device for device in parts if device is not None]

    def _light(self, levels: Levels) -> None:
        for colour, lamp in self._lamps.items():
            self._set(lamp, levels.lamp is colour)

    def _set(self, device: OutputDevice | None, on: bool) -> None:
        if device is None:
            return
        try:
            if bool(device.value) != on:
                device.value = on
        except self._pin_faults:
            self.faults += 1


def open_pins(spec: PinSpec, factory: Factory | None) -> Cues:
    """The cues of this post: silent when there is no factory or nothing is fitted."""
    if factory is None or not any(number is not None for number in spec.numbers):
        return NoPins()
    return Pins(spec, factory)


#: Factory name -> gpiozero's module and class, the module it needs, and what to do when it does not work.
_FACTORIES: Final = {
    "lgpio": (
        "gpiozero.pins.lgpio",
        "LGPIOFactory",
        "lgpio",
        "apt install python3-lgpio and make the venv with --system-site-packages",
    ),
    "native": ("gpiozero.pins.native", "NativeFactory", "mmap", "it needs a Raspberry Pi and access to /dev/gpiomem"),
}
FACTORY_NAMES: Final = ("none", "mock", *_FACTORIES)


def make_factory(name: str, load: Callable[[str], ModuleType] = importlib.import_module) -> Factory | None:
    """gpiozero's pin factory of this name, None for "none". Raises PinsError with the next step; never tries another one.

    `load` imports a module by name. lgpio makes a pipe in the working directory when it is imported: run where it may be written.
    """
    if name == "none":
        return None
    if name == "mock":
        from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped]

        return MockFactory(revision="a02082", pin_class=MockPin)  # not left to the environment
    if name not in _FACTORIES:
        raise PinsError(f"no pin factory {name!r}; there are {', '.join(FACTORY_NAMES)}")
    module_name, class_name, needs, next_step = _FACTORIES[name]
    needed = _loaded(load, needs, f"the pin factory {name} needs the module {needs}: {next_step}")
    if name == "lgpio" and not hasattr(needed, "gpiochip_open"):
        # Version 0.0.0.2 on PyPI is a placeholder, and pip takes it where there is no wheel of the real one.
        raise PinsError(
            f"the installed lgpio is empty (version 0.0.0.2 of PyPI): pip uninstall lgpio, then {next_step}"
        )
    from gpiozero import GPIOZeroError

    factory_class = getattr(_loaded(load, module_name, f"gpiozero has no {module_name}"), class_name)
    faults: tuple[type[Exception], ...] = (OSError, GPIOZeroError, getattr(needed, "error", OSError))
    try:
        return factory_class()
    except faults as fault:
        raise PinsError(f"the pin factory {name} did not start: {fault}; {next_step}") from fault


def _loaded(load: Callable[[str], ModuleType], name: str, advice: str) -> ModuleType:
    try:
        return load(name)
    except ImportError as missing:
        raise PinsError(advice) from missing
