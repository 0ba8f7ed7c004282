"""Config -> adapters -> App. The one place where every room is known; nothing is chosen silently, nothing falls back."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

from firmware.app import App
from firmware.clock import FloorFile, LinuxHost, SystemClock
from firmware.config import Config, ConfigError, anchors_folder, require_environment
from firmware.fittings import open_fittings
from firmware.ledger.store import floor_in
from firmware.ledger.writer import LedgerWriter
from firmware.listeners import Journal, JsonLines, Lines
from firmware.ports import Listener, Parts
from firmware.profiles import load_profile
from firmware.refusal import UnavailableError
from firmware.remember import RememberingVerifier
from firmware.scanner.source import SourceError, SourceKind, SourceSpec, parse_source
from firmware.scanner.supervisor import Scanner
from firmware.service import Service
from firmware.state import Settings
from firmware.sync.disk import REAL_DISK, make_folders
from firmware.sync.store import load_trust
from firmware.verify.trust import TrustView
from firmware.watch import TrustWatch

_log = logging.getLogger("yanma")

FINITE: Final = frozenset({SourceKind.FOLDER, SourceKind.VIDEO})
CAMERAS: Final = frozenset({SourceKind.PICAMERA, SourceKind.V4L2})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one run is asked for beyond the configuration. `json_events` is a path, "-" for standard output."""

    once: bool = False
    seconds: float | None = None
    json_events: str | None = None


def compose(config: Config, wishes: Wishes, out: TextIO, stop: threading.Event, started_s: float) -> App:
    """The whole terminal, not yet running. `started_s` is the monotonic time at which the process began.

    Raises ConfigError (exit code 78) for what cannot be carried out as configured, UnavailableError (69) for what is not
    there. Takes no device before everything else has been checked.
    """
    profile = load_profile(config.terminal.profile)
    spec = _source(config)
    trust, clock = _trust_and_clock(config)
    events = None if wishes.json_events in (None, "-") else _events_file(wishes.json_events)
    caption = f"{config.terminal.profile} · {config.terminal.environment} · {spec}"
    fittings = open_fittings(config, out, caption, started_s)
    recorder = LedgerWriter.in_folder(Path(config.ledger.folder), config.ledger.retention_days)
    settings = Settings(
        profile=profile,
        language=config.terminal.language,
        hold_s=config.verdict.hold_s,
        give_up_s=config.scanner.give_up_s,
        finite=spec.kind in FINITE and not spec.loop,
        once=wishes.once,
        run_s=wishes.seconds,
        linger_s=config.verdict.hold_s if fittings.say else 0.0,
    )
    parts = Parts(
        eyes=Scanner(spec, deadline_s=config.scanner.deadline_s),
        clock=clock,
        trust=trust,
        verify=RememberingVerifier(config.terminal.lane),
        screen=fittings.screen,
        cues=fittings.cues,
        gate=fittings.gate,
        recorder=recorder,
        service=Service.from_environment(os.environ),
        listeners=_listeners(config, wishes, out, events, fittings.say),
        dead_worker=lambda: "ledger" if not recorder.alive else "" if fittings.screen_alive() else "panel",
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

    anchors = anchors_folder(config)
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="trust")

    def load(version_floor: int) -> TrustView:
        return load_trust(folder, anchors, config.terminal.environment, version_floor=version_floor)

    def took(view: TrustView) -> None:
        clock.raise_floor(view.newest_issued_s)
        thread.submit(_keep_floor, clock, Path(config.clock.floor))

    return TrustWatch(folder, load, took=took, submit=thread.submit), clock


def _keep_floor(clock: SystemClock, path: Path) -> None:
    """Syncing a file may take long while a sync writes: not a thing for the loop."""
    try:
        make_folders(path.parent, REAL_DISK)
        clock.save_floor()
    except OSError as error:  # the ledger keeps the floor too
        _log.warning("clock floor not kept: %s", error)


def _listeners(
    config: Config, wishes: Wishes, out: TextIO, events: TextIO | None, say: Callable[[str], None] | None
) -> tuple[Listener, ...]:
    """Words for a window or a pipe, the log for a service and for whoever has no words, JSON where asked for."""
    listeners: list[Listener] = []
    if say is not None or (config.panel.driver == "terminal" and wishes.json_events != "-"):
        listeners.append(Lines(out, say))
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
