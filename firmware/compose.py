"""Config -> adapters -> App. The one place where every room is known; nothing is chosen silently, nothing falls back."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

from firmware import __version__
from firmware.app import App
from firmware.clock import FloorFile, LinuxHost, SystemClock
from firmware.commissioning.desk import Desk
from firmware.config import Config, ConfigError, anchors_folder, receipts_folder, require_environment
from firmware.display.wear_file import WearKeeper
from firmware.fittings import Fittings, open_fittings, wear_path
from firmware.lanes.codes import LaneBoard
from firmware.ledger.device import credential_file
from firmware.ledger.note import NoteError, NoteKey
from firmware.ledger.store import floor_in
from firmware.ledger.writer import LedgerWriter
from firmware.listeners import Journal, JsonLines, Lines
from firmware.model import Profile
from firmware.ports import Listener, Parts
from firmware.profiles import load_profile
from firmware.receipt_fitting import read_photo_key, receipt_desk, require_receipts_allowed
from firmware.refusal import UnavailableError
from firmware.remember import RememberingVerifier
from firmware.retro import Passes
from firmware.scanner.source import SourceError, SourceKind, SourceSpec, parse_source
from firmware.scanner.supervisor import Scanner
from firmware.service import Service
from firmware.state import Settings
from firmware.sync.disk import REAL_DISK, make_folders
from firmware.sync.store import FellBackError, load_trust, read_anchors
from firmware.sync.urgent import UrgentFolder
from firmware.time_sources.fitting import terminal_sources
from firmware.time_sources.poller import REPORT_NAME, TimePoller
from firmware.time_sources.witness import witness_for
from firmware.verify.trust import Anchor, TrustView
from firmware.verify.urgent import heed
from firmware.vitals.commissioned import read_commissioned
from firmware.vitals.report import CountedEyes, Reporter, board_health
from firmware.vitals.tally import Health, Tally
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
    require_receipts_allowed(config, profile)
    photo_key = read_photo_key(config)
    spec = camera_spec(config)
    trust, clock = _trust_and_clock(config)
    events = None if wishes.json_events in (None, "-") else _events_file(wishes.json_events)
    caption = f"{config.terminal.profile} · {config.terminal.environment} · {spec}"
    fittings = open_fittings(config, out, caption, started_s)
    poller = TimePoller(
        clock,
        terminal_sources(config, lambda: trust.view.keys if trust.view else {}),
        Path(config.clock.requests) / REPORT_NAME,
    )
    recorder = ledger_writer(config, os.environ)
    scanner = Scanner(spec, deadline_s=config.scanner.deadline_s, photo_key=photo_key)
    receipts = receipt_desk(config, os.environ, scanner if photo_key is not None else None)
    settings = Settings(
        profile=profile,
        language=config.terminal.language,
        hold_s=config.verdict.hold_s,
        give_up_s=config.scanner.give_up_s,
        finite=spec.kind in FINITE and not spec.loop,
        once=wishes.once,
        run_s=wishes.seconds,
        linger_s=config.verdict.hold_s if fittings.say else 0.0,
        dim_s=config.panel.dim_s,
        sleep_s=config.panel.sleep_s,
        name=config.terminal.id,
        lane=config.terminal.lane,
        version=__version__,
        receipts=config.receipts.made,
    )
    tally = Tally()
    reporter, desk = _reporter(config, tally, recorder, fittings), _desk(config, profile, scanner)
    keeper = WearKeeper(wear_path(config), fittings.care.settled)

    def ending() -> None:
        poller.close()
        keeper.close()

    parts = Parts(
        eyes=CountedEyes(scanner, tally),
        clock=clock,
        trust=trust,
        verify=RememberingVerifier(config.terminal.lane, _board(config), witness_for(clock)),
        screen=fittings.screen,
        cues=fittings.cues,
        keys=fittings.keys,
        gate=fittings.gate,
        recorder=recorder,
        receipts=receipts,
        service=Service.from_environment(os.environ),
        listeners=(*_listeners(config, wishes, out, events, fittings.say), *reporter, *desk),
        lookers=(*(one.turn for one in reporter), *(one.turn for one in desk), lambda state, now_s: keeper.turn(now_s)),
        banner=desk[0].banner if desk else lambda now_s: None,
        passes=Passes(),
        at_end=ending,
        dead_worker=lambda: next(
            (
                name
                for name, alive in (
                    ("ledger", recorder.alive),
                    ("receipts", receipts.alive),
                    ("panel", fittings.screen_alive()),
                    ("time", poller.alive),
                )
                if not alive
            ),
            "",
        ),
    )
    poller.start()
    return App(parts, settings, stop)


def ledger_writer(config: Config, environ: Mapping[str, str]) -> LedgerWriter:
    """The ledger's thread, with the device key that systemd hands in where it does, and a collector where one is named.

    Raises ConfigError for a collector's key that is none.
    """
    ledger = config.ledger
    exchange = None
    if ledger.collector is not None:
        from firmware.ledger.outbox import Exchange  # here: it loads zstandard

        try:
            exchange = Exchange(Path(ledger.outbox), Path(ledger.inbox), NoteKey.parse(ledger.collector))
        except NoteError as error:
            raise ConfigError(
                f"ledger.collector: {error}", "copy the line that `yanma-issuer collect` prints"
            ) from error
    return LedgerWriter.in_folder(
        Path(ledger.folder),
        ledger.retention_days,
        credential=credential_file(environ),
        exchange=exchange,
        lane=config.terminal.lane,
    )


def camera_spec(config: Config) -> SourceSpec:
    """The configured camera, or what stands in for it. Raises ConfigError and UnavailableError, with the next step."""
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
    clock = SystemClock(
        LinuxHost(),
        FloorFile(Path(config.clock.floor)),
        trust_system=config.trusts_system_clock,
        heard_alone=config.believes_heard_alone,
    )
    clock.raise_floor(floor_in(Path(config.ledger.folder)))
    folder, urgent = Path(config.trust.folder), Path(config.urgent.folder)

    anchors, environment = anchors_folder(config), config.terminal.environment
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="trust")

    def heeding(view: TrustView) -> TrustView:
        return _heeding(view, read_anchors(anchors, environment), urgent)

    def load(version_floor: int) -> TrustView:
        try:
            return heeding(load_trust(folder, anchors, environment, version_floor=version_floor))
        except FellBackError as error:
            raise FellBackError(error.what, heeding(error.view)) from error

    def took(view: TrustView) -> None:
        clock.raise_floor(view.newest_issued_s)
        thread.submit(_keep_floor, clock, Path(config.clock.floor))

    return TrustWatch(folder, load, took=took, submit=thread.submit, urgent=urgent), clock


def _heeding(view: TrustView, own: tuple[Anchor, ...], urgent: Path) -> TrustView:
    """The view with what is urgent in force."""
    view, refused = heed(view, own, UrgentFolder(urgent).read())
    for why in refused:
        _log.warning("urgent item not taken: %s", why)
    return view


def _keep_floor(clock: SystemClock, path: Path) -> None:
    """Syncing a file may take long while a sync writes: not a thing for the loop."""
    try:
        make_folders(path.parent, REAL_DISK)
        clock.save_floor()
    except OSError as error:  # the ledger keeps the floor too
        _log.warning("clock floor not kept: %s", error)


def _board(config: Config) -> LaneBoard | None:
    """Where the lanes of this device tell each other of live codes; None when there is one lane."""
    folder = config.terminal.lanes
    return None if folder is None else LaneBoard(Path(folder), config.terminal.lane)


def _reporter(config: Config, tally: Tally, recorder: LedgerWriter, fittings: Fittings) -> tuple[Reporter, ...]:
    """Who writes the status; nobody where there is no folder for it."""
    folder = config.status.folder or os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if not folder:
        return ()

    # Read once: no self-test of this lane beside a terminal that runs.
    commissioned = read_commissioned(Path(config.ledger.folder), os.environ, config.terminal.lane)

    def health() -> Health:
        counts, (celsius, undervoltage) = recorder.counts(), board_health()
        wear = fittings.care.settled().summary()
        faults = fittings.screen_faults()
        return Health(faults, counts.dropped, counts.errors, celsius, undervoltage, wear, commissioned)

    return (Reporter(Path(folder), tally, health),)


def _desk(config: Config, profile: Profile, scanner: Scanner) -> tuple[Desk, ...]:
    """Who opens commissioning; nobody unless the page is switched on. A discreet post never shows its camera."""
    if not config.page.enabled:
        return ()
    try:
        desk = Desk(
            Path(config.page.folder),
            scanner,
            preview_allowed=not profile.discreet,
            language=config.terminal.language,
            receipts=receipts_folder(config) if config.receipts.made else None,
        )
    except OSError as error:
        raise UnavailableError(
            f"page.folder: {config.page.folder}: {error.strerror}", "make install makes it; or set page.enabled = false"
        ) from error
    return (desk,)


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
