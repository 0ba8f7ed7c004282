"""The barrier as configured: its pins, limits, relay and input, its rule about the same car again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.config import Config, ConfigError
from firmware.display import pins
from firmware.gate.barrier import Barrier
from firmware.gate.limits import FailMode, GateLimits
from firmware.gate.passback import Direction, MemoryBook, PassageBook, Passback, PassbackMode, PassbackRules
from firmware.gate.relay import GpioLoop, GpioRelay, Relay, RelayError
from firmware.lanes.zone import ZoneBook
from firmware.refusal import UnavailableError

if TYPE_CHECKING:
    from gpiozero import Factory  # type: ignore[import-untyped]


def open_factory(config: Config) -> Factory | None:
    """Whatever drives the pins; None without any. Raises UnavailableError, with the next step."""
    try:
        return pins.make_factory(config.pins.factory)
    except pins.PinsError as error:
        raise UnavailableError(f"pins.factory = {config.pins.factory!r}", str(error)) from error


def limits_of(config: Config) -> GateLimits | None:
    """The barrier's limits; None when no barrier is fitted."""
    gate = config.gate
    if gate.mode == "off":
        return None
    try:
        return GateLimits(
            pulse_ms=gate.pulse_ms,
            lockout_ms=gate.lockout_ms,
            max_pulses_per_minute=gate.max_pulses_per_minute,
            settle_s=gate.settle_s,
            open_timeout_s=gate.open_timeout_s,
            fail_mode=FailMode(gate.mode),
        )
    except ValueError as error:
        raise ConfigError(str(error), "correct the section [gate]") from error


def open_barrier(
    config: Config, limits: GateLimits, factory: Factory | None, started_s: float, report: Callable[[bool], None]
) -> Barrier:
    """The barrier, its relay off. `report` hears of every switching. Raises ConfigError, UnavailableError."""
    chosen = config.pins
    if factory is None or chosen.relay is None:
        raise ConfigError(
            f"gate.mode = {config.gate.mode!r} needs a relay, and none is configured",
            "set pins.factory and pins.relay, or gate.mode = off",
        )
    with ExitStack() as undo:
        relay = open_relay(chosen.relay, config, factory, report)
        undo.callback(relay.close)
        try:
            loop = GpioLoop(chosen.loop, factory) if chosen.loop is not None else None
        except RelayError as error:
            raise _held_pin(error) from error
        undo.pop_all()
    return Barrier(relay, limits, started_s, loop, _passback(config))


def open_relay(pin: int, config: Config, factory: Factory, report: Callable[[bool], None]) -> Relay:
    """The relay alone, off. Raises UnavailableError."""
    try:
        return GpioRelay(pin, factory, active_high=config.pins.relay_active_high, report=report)
    except RelayError as error:
        raise _held_pin(error) from error


def _held_pin(error: RelayError) -> UnavailableError:
    return UnavailableError(str(error), "see which program holds the pin: gpioinfo")


def _passback(config: Config) -> Passback:
    gate = config.gate
    rules = PassbackRules(
        mode=PassbackMode(gate.passback),
        hard=gate.passback_hard,
        again_s=gate.passback_again_s,
        lockout_s=gate.passback_lockout_hours * 3600,
        amnesty_hour=gate.passback_amnesty_hour,
    )
    return Passback(rules, config.terminal.lane, Direction(gate.direction), _book(config, rules))


def _book(config: Config, rules: PassbackRules) -> PassageBook:
    """One book of all lanes of the device, where it has several."""
    folder = config.terminal.lanes
    if folder is None or rules.mode is PassbackMode.OFF:
        return MemoryBook()
    return ZoneBook(Path(folder), config.terminal.lane, keep_s=max(rules.again_s, rules.lockout_s))


def unseen(on: bool) -> None:
    """The report of a relay that is not drawn anywhere."""
