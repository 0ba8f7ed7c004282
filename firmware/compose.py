"""Config -> adapters -> App. The one place where every room is known; nothing is chosen silently, nothing falls back."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from firmware.app import App, Cues, Listener, Parts
from firmware.clock import FloorFile, LinuxHost, SystemClock
from firmware.config import Config, ConfigError, anchors_folder, require_environment
from firmware.display import panel, pins, screens
from firmware.display.panel_sink import PanelHealth, PanelSink
from firmware.display.terminal import TerminalStage, open_stage
from firmware.gate.barrier import Barrier, Gate, NoGate
from firmware.gate.limits import FailMode, GateLimits
from firmware.gate.relay import GpioLoop, GpioRelay, RelayError
from firmware.ledger.store import floor_in
from firmware.ledger.writer import LedgerWriter
from firmware.listeners import Journal, JsonLines, Lines
from firmware.model import Idle, Notice
from firmware.profiles import load_profile
from firmware.refusal import UnavailableError
from firmware.scanner.source import SourceError, SourceKind, SourceSpec, parse_source
from firmware.scanner.supervisor import Scanner
from firmware.service import Service
from firmware.state import Settings
from firmware.sync.store import load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from firmware.watch import TrustWatch

if TYPE_CHECKING:
    from gpiozero import Factory  # type: ignore[import-untyped]

_log = logging.getLogger("yanma")

FINITE: Final = frozenset({SourceKind.FOLDER, SourceKind.VIDEO})
CAMERAS: Final = frozenset({SourceKind.PICAMERA, SourceKind.V4L2})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one run is asked for beyond the configuration. `json_events` is a path, "-" for standard output."""

    once: bool = False
    seconds: float | None = None
    json_events: str | None = None


class DrawnScreen:
    """Notices as pictures on a panel that never blocks."""

    def __init__(self, sink: panel.Screen, language: str) -> None:
        self._sink = sink
        self._language = language

    def show(self, notice: Notice) -> None:
        self._sink.show(screens.draw_notice(notice))

    def idle(self, idle: Idle) -> None:
        self._sink.show(screens.draw_idle(idle, self._language))

    def starting(self) -> None:
        self._sink.show(screens.draw_starting(self._language))

    def refresh(self) -> None:
        self._sink.reinit()

    def close(self) -> None:
        self._sink.close()


class StageScreen(DrawnScreen):
    """The same pictures in a terminal window, which is given back at the end."""

    def __init__(self, stage: TerminalStage, language: str) -> None:
        super().__init__(stage.panel, language)
        self._stage = stage

    def close(self) -> None:
        self._stage.close()


def compose(config: Config, wishes: Wishes, out: TextIO, stop: threading.Event, started_s: float) -> App:
    """The whole terminal, not yet running. `started_s` is the monotonic time at which the process began.

    Raises ConfigError (exit code 78) for what cannot be carried out as configured, UnavailableError (69) for what is not
    there. Takes no device before everything else has been checked.
    """
    profile = load_profile(config.terminal.profile)
    spec = _source(config)
    limits = _limits(config)
    language = config.terminal.language
    trust, clock = _trust_and_clock(config)
    factory = _factory(config)
    events = None if wishes.json_events in (None, "-") else _events_file(wishes.json_events)
    stage = _stage(config, out, spec)
    settings = Settings(
        profile=profile,
        language=language,
        hold_s=config.verdict.hold_s,
        finite=spec.kind in FINITE and not spec.loop,
        once=wishes.once,
        run_s=wishes.seconds,
        linger_s=config.verdict.hold_s if stage else 0.0,
    )
    parts = Parts(
        eyes=Scanner(spec, deadline_s=config.scanner.deadline_s),
        clock=clock,
        trust=trust,
        verify=verify,
        screen=StageScreen(stage, language) if stage else DrawnScreen(_panel(config, factory), language),
        cues=_pins(config, factory, stage),
        gate=_gate(config, limits, factory, started_s, stage),
        recorder=LedgerWriter.in_folder(Path(config.ledger.folder), config.ledger.retention_days),
        service=Service.from_environment(os.environ),
        listeners=_listeners(config, wishes, out, events, stage),
    )
    return App(parts, settings, stop)


def _source(config: Config) -> SourceSpec:
    camera = config.camera
    try:
        spec = parse_source(camera.source)
        if spec.kind in CAMERAS:
            return replace(spec, width=camera.width, height=camera.height, fps=float(camera.fps))
    except SourceError as error:
        raise ConfigError(f"camera.source: {error.what}", error.next_step) from error
    except ValueError as error:
        raise ConfigError(f"camera: {error}", "correct camera.width, camera.height and camera.fps") from error
    if spec.kind in FINITE and not Path(spec.location).exists():
        raise UnavailableError(
            f"camera.source: there is no {spec.location}", "give a folder of pictures or a video file"
        )
    return spec


def _trust_and_clock(config: Config) -> tuple[TrustWatch, SystemClock]:
    """The trust folder under observation, and the clock whose floor rises with every signed date that it brings."""
    require_environment(config, anchors_folder(config))
    clock = SystemClock(LinuxHost(), FloorFile(Path(config.clock.floor)), trust_system=config.trusts_system_clock)
    clock.raise_floor(floor_in(Path(config.ledger.folder)))
    folder = Path(config.trust.folder)

    def load(version_floor: int) -> TrustView:
        view = load_trust(folder, anchors_folder(config), config.terminal.environment, version_floor=version_floor)
        clock.raise_floor(view.newest_issued_s)
        try:
            Path(config.clock.floor).parent.mkdir(parents=True, exist_ok=True)
            clock.save_floor()
        except OSError as error:  # the ledger keeps the floor too
            _log.warning("clock floor not kept: %s", error)
        return view

    return TrustWatch(folder, load), clock


def _limits(config: Config) -> GateLimits | None:
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


def _factory(config: Config) -> Factory | None:
    try:
        return pins.make_factory(config.pins.factory)
    except pins.PinsError as error:
        raise UnavailableError(f"pins.factory = {config.pins.factory!r}", str(error)) from error


def _gate(
    config: Config,
    limits: GateLimits | None,
    factory: Factory | None,
    started_s: float,
    stage: TerminalStage | None,
) -> Gate:
    if limits is None:
        return NoGate()
    if factory is None or config.pins.relay is None:
        raise ConfigError(
            f"gate.mode = {config.gate.mode!r} needs a relay, and none is configured",
            "set pins.factory and pins.relay, or gate.mode = off",
        )
    try:
        relay = GpioRelay(
            config.pins.relay,
            factory,
            active_high=config.pins.relay_active_high,
            report=stage.relay if stage else _unseen,
        )
        loop = GpioLoop(config.pins.loop, factory) if config.pins.loop is not None else None
    except RelayError as error:
        raise UnavailableError(str(error), "see which program holds the pin: gpioinfo") from error
    return Barrier(relay, limits, started_s, loop)


def _unseen(on: bool) -> None:
    """A relay that is not drawn anywhere."""


def _stage(config: Config, out: TextIO, spec: SourceSpec) -> TerminalStage | None:
    """The drawn terminal, where the panel is one and there is a window to draw in; a pipe gets lines instead."""
    if config.panel.driver != "terminal" or not out.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None
    stage = open_stage(out, config.terminal.language, os.environ)
    stage.status((f"{config.terminal.profile} · {config.terminal.environment} · {spec}", "Ctrl-C"))
    return stage


def _panel(config: Config, factory: Factory | None) -> PanelSink:
    chosen = config.panel
    try:
        spec = panel.PanelSpec(
            driver="none" if chosen.driver == "terminal" else chosen.driver,
            bus=chosen.bus,
            port=chosen.port,
            address=chosen.address,
            device=chosen.spi_device,
            rotate=chosen.rotate,
            contrast=chosen.contrast,
            png_path=Path(chosen.png),
        )
        return PanelSink(panel.open_panel(spec, factory), _tell_panel)
    except ValueError as error:
        raise ConfigError(f"panel: {error}", "correct the section [panel]") from error
    except panel.PanelError as error:
        raise UnavailableError(f"panel.driver = {chosen.driver!r}", str(error)) from error


def _pins(config: Config, factory: Factory | None, stage: TerminalStage | None) -> Cues:
    """Lamps and buzzer on their pins; with none of them, those that the window draws."""
    if stage is not None and config.pins.factory in ("none", "mock"):
        return stage.pins
    chosen = config.pins
    spec = pins.PinSpec(
        buzzer=chosen.buzzer,
        lamp_green=chosen.lamp_green,
        lamp_amber=chosen.lamp_amber,
        lamp_red=chosen.lamp_red,
        vibration=chosen.vibration,
        lamps_active_high=chosen.lamps_active_high,
    )
    try:
        return pins.open_pins(spec, factory)
    except pins.PinsError as error:
        raise UnavailableError("the lamps and the buzzer cannot be used", str(error)) from error


def _listeners(
    config: Config, wishes: Wishes, out: TextIO, events: TextIO | None, stage: TerminalStage | None
) -> tuple[Listener, ...]:
    """Lines for a pipe, JSON where asked for, the log for a service and for whoever has no other words on the screen."""
    listeners: list[Listener] = []
    if stage is not None:
        listeners.append(Lines(out, stage.event))
    elif config.panel.driver == "terminal" and wishes.json_events != "-":
        listeners.append(Lines(out))
    if "JOURNAL_STREAM" in os.environ or not listeners:
        listeners.append(Journal())
    if wishes.json_events == "-":
        listeners.append(JsonLines(out, owned=False))
    if events is not None:
        listeners.append(JsonLines(events, owned=True))
    return tuple(listeners)


def _events_file(path: str) -> TextIO:
    try:
        return Path(path).open("a", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"--json-events {path}: {error.strerror}", "give a file that may be written") from error


def _tell_panel(health: PanelHealth) -> None:
    if health.working:
        _log.warning("display works again after %d faults", health.faults)
    else:
        _log.warning("display fault %d: %s", health.faults, health.why)
