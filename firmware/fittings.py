"""Screen, lamps and barrier, opened as configured. A part that is missing is an error with its next step, never another part."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from firmware.config import Config, ConfigError
from firmware.config_schema import OLEDS
from firmware.display import panel, pins
from firmware.display.care import Care
from firmware.display.keyboard import LETTERS, Keyboard
from firmware.display.keys import GpioKeys
from firmware.display.panel_sink import PanelHealth, PanelSink
from firmware.display.terminal import TerminalStage, open_stage
from firmware.display.text import language_for
from firmware.display.wear import WearMap
from firmware.display.wear_file import AGEING, WEAR_FILE, load_wear
from firmware.drawn_screen import DrawnScreen, StageScreen
from firmware.gate.barrier import Gate, NoGate
from firmware.gate_fitting import limits_of, open_barrier, open_factory, unseen
from firmware.model import Key, KeyPress
from firmware.ports import Cues, Keys, NoKeys
from firmware.refusal import UnavailableError

if TYPE_CHECKING:
    from gpiozero import Factory  # type: ignore[import-untyped]

_log = logging.getLogger("yanma")


@dataclass(frozen=True, slots=True)
class Fittings:
    """What people perceive and what moves. `say` takes lines of words where a window is drawn; None elsewhere."""

    screen: DrawnScreen
    cues: Cues
    keys: Keys
    gate: Gate
    say: Callable[[str], None] | None
    screen_alive: Callable[[], bool]
    screen_faults: Callable[[], int]
    care: Care
    screen_settled: Callable[[float], bool]  # waits so many seconds: whether the screen took its last picture


def open_fittings(
    config: Config,
    out: TextIO,
    caption: str,
    started_s: float,
    letters: Mapping[str, KeyPress] = LETTERS,
    keys_hint: str = "",
) -> Fittings:
    """Open all that the configuration names; the relay is off and stays so. What was opened is closed again on an error.

    `caption` stands beside the picture in a window, and below it `keys_hint`, what its keyboard's `letters` are for; "": the
    usual keys. Raises ConfigError and UnavailableError, with the next step.
    """
    limits = limits_of(config)
    factory = open_factory(config)
    with ExitStack() as undo:
        stage = _stage(config, out, caption, keys_hint)
        if stage is not None:
            undo.callback(stage.close)
        care = Care(_wear(config), config.panel.contrast, time.monotonic)
        screen, sink = _screen(config, factory, stage, care)
        undo.callback(screen.close)
        cues = _cues(config, factory, stage)
        undo.callback(cues.close)
        keys = _keys(config, factory, stage, letters)
        undo.callback(keys.close)
        gate = (
            NoGate()
            if limits is None
            else open_barrier(config, limits, factory, started_s, stage.relay if stage else unseen)
        )
        undo.pop_all()
    return Fittings(
        screen,
        cues,
        keys,
        gate,
        stage.event if stage else None,
        lambda: sink is None or sink.alive,
        lambda: sink.health.faults if sink else 0,
        care,
        lambda deadline_s: sink is None or sink.settle(deadline_s),
    )


def open_screen(config: Config, out: TextIO, caption: str) -> DrawnScreen:
    """The configured screen alone. Raises ConfigError and UnavailableError, with the next step."""
    factory = open_factory(config)
    stage = _stage(config, out, caption)
    return _screen(config, factory, stage, _unkept(config))[0]


def wear_path(config: Config) -> Path | None:
    """Where the wear of the display is kept; None for a display that does not age."""
    return Path(config.clock.floor).with_name(WEAR_FILE) if config.panel.driver in AGEING else None


def _unkept(config: Config) -> Care:
    """For a screen that is open for a moment: its wear is not counted."""
    return Care(WearMap(), config.panel.contrast, time.monotonic)


def _wear(config: Config) -> WearMap:
    path = wear_path(config)
    return WearMap() if path is None else load_wear(path)


def openers(config: Config, factory: Factory | None) -> Iterator[tuple[str, Callable[[], Cues | DrawnScreen]]]:
    """The lamps and sounds, and the screen, where they are fitted: the name of each, and what opens it alone, off and dark."""
    if factory is not None:
        yield "lamps, buzzer, vibration, torch", lambda: _cues(config, factory, None)
    if config.panel.driver in OLEDS:
        yield "screen", lambda: _screen(config, factory, None, _unkept(config))[0]


def _stage(config: Config, out: TextIO, caption: str, keys_hint: str = "") -> TerminalStage | None:
    """The window, where the panel is one and there is a terminal to draw in; a pipe gets lines instead."""
    if config.panel.driver != "terminal" or not out.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None
    stage = open_stage(out, config.terminal.language, os.environ)
    stage.status((caption, keys_hint or language_for(config.terminal.language).stage.keys))
    return stage


def _screen(
    config: Config, factory: Factory | None, stage: TerminalStage | None, care: Care
) -> tuple[DrawnScreen, PanelSink | None]:
    """The screen, and the thread that draws it where there is one."""
    chosen, language = config.panel, config.terminal.language
    if stage is not None:
        return StageScreen(stage, language, care), None
    try:
        spec = panel.PanelSpec(
            driver="none" if chosen.driver == "terminal" else chosen.driver,
            width=int(chosen.size.partition("x")[0]),
            bus=chosen.bus,
            port=chosen.port,
            address=chosen.address,
            device=chosen.spi_device,
            gpio_dc=chosen.dc_pin,
            gpio_reset=chosen.reset_pin,
            rotate=chosen.rotate,
            contrast=chosen.contrast,
            png_path=Path(chosen.png),
        )
        sink = PanelSink(panel.open_panel(spec, factory), _tell_panel)
    except ValueError as error:
        raise ConfigError(f"panel: {error}", "correct the section [panel]") from error
    except panel.PanelError as error:
        raise UnavailableError(f"panel.driver = {chosen.driver!r}", str(error)) from error
    return DrawnScreen(sink, language, care), sink


def _cues(config: Config, factory: Factory | None, stage: TerminalStage | None) -> Cues:
    """Lamps and buzzer on their pins; in a window without real pins, those that it draws."""
    if stage is not None and config.pins.factory in ("none", "mock"):
        return stage.pins
    chosen = config.pins
    spec = pins.PinSpec(
        buzzer=chosen.buzzer,
        lamp_green=chosen.lamp_green,
        lamp_amber=chosen.lamp_amber,
        lamp_red=chosen.lamp_red,
        vibration=chosen.vibration,
        torch=chosen.torch,
        lamps_active_high=chosen.lamps_active_high,
    )
    try:
        return pins.open_pins(spec, factory)
    except pins.PinsError as error:
        raise UnavailableError("the lamps and the buzzer cannot be used", str(error)) from error


def _keys(
    config: Config, factory: Factory | None, stage: TerminalStage | None, letters: Mapping[str, KeyPress]
) -> Keys:
    """The keys on their pins; in a window without real pins, those of the keyboard."""
    if stage is not None and config.pins.factory in ("none", "mock"):
        return Keyboard(sys.stdin.fileno(), letters) if sys.stdin.isatty() else NoKeys()
    pairs = ((Key.NEXT, config.pins.key_next), (Key.MODE, config.pins.key_mode))
    numbers = {key: number for key, number in pairs if number is not None}
    if factory is None or not numbers:
        return NoKeys()
    try:
        return GpioKeys(numbers, factory)
    except pins.PinsError as error:
        raise UnavailableError("the keys cannot be used", str(error)) from error


def _tell_panel(health: PanelHealth) -> None:
    if health.working:
        _log.warning("display works again after %d faults", health.faults)
    else:
        _log.warning("display fault %d: %s", health.faults, health.why)
