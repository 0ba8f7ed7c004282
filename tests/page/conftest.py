"""A terminal's side of the page: the real desk, turned by a thread, a camera that shows a code, a status file."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from firmware.commissioning.desk import ASKED, Desk
from firmware.commissioning.session import Session
from firmware.events import TrustLoaded
from firmware.model import Alive, ClockLevel, Moment
from firmware.page.serve import LOOPBACK, Listener
from firmware.page.site import make_site
from firmware.page.terminal_line import TerminalLine
from firmware.profiles import load_profile
from firmware.scanner.codes import Gray
from firmware.scanner.preview import preview_of
from firmware.scanner.preview_line import Preview
from firmware.state import Settings, State
from firmware.vitals.report import Reporter
from firmware.vitals.tally import Health, Tally
from tests.ledger.receipts.common import fill
from tests.test_machine import REVOKED, VALID
from tests.vitals.test_vitals import told

CODE = "12345678"


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def printed() -> Gray:
    cells = np.random.default_rng(7).integers(0, 2, (29, 29), dtype=np.uint8) * 200 + 25
    picture = np.full((720, 1280), 130, np.uint8)
    picture[70:650, 350:930] = cv2.resize(cells, (580, 580), interpolation=cv2.INTER_NEAREST)
    return picture


class Camera:
    def __init__(self) -> None:
        self.blur = 0.0
        self._ready: Preview | None = None

    def ask_preview(self) -> None:
        picture = printed()
        self._ready = preview_of(cv2.GaussianBlur(picture, (0, 0), self.blur) if self.blur else picture)

    def preview(self) -> Preview | None:
        ready, self._ready = self._ready, None
        return ready


@dataclass
class PlayedTerminal:
    """What the loop does for the page, ten times a second."""

    folder: Path
    preview_allowed: bool = True
    camera: Camera = field(default_factory=Camera)

    def __post_init__(self) -> None:
        self.state = State(
            Settings(load_profile("gate"), name="gate-east", lane="1", version="0.1.0"),
            Moment.exactly(time.time(), 2.0, ClockLevel.T2),
            100.0,
            started_s=0.0,
            newest_frame_s=100.0,
            trust=TrustLoaded(42, time.time() - 7000, demo=True),
        )
        fill(self.receipts, 1)
        self.tally = Tally()
        for verdict in (VALID, REVOKED, VALID):
            self.tally.verdict(told(verdict, self.state.moment))
        self.tally.scanned([Alive(90, 100.0, (("decode", 4.0),))])
        self.desk = Desk(
            self.folder,
            self.camera,
            preview_allowed=self.preview_allowed,
            language="zh",
            receipts=self.receipts,
            session=Session(make_code=lambda: CODE, make_token=lambda: "token"),
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self._thread.start()

    @property
    def receipts(self) -> Path:
        return self.folder / "receipts"

    @property
    def status(self) -> Path:
        return self.folder / "status.json"

    def write_status(self, **changes: Any) -> None:
        Reporter(self.folder, self.tally, Health).turn(self.state, 100.2)
        if changes:
            self.status.write_text(json.dumps(json.loads(self.status.read_text()) | changes))

    def open(self) -> None:
        self.desk.event(ASKED, {})
        while TerminalLine(self.folder / "page.sock").opening().open is not True:
            time.sleep(0.01)

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self.desk.close()

    def _turn(self) -> None:
        while not self._ended.wait(0.01):
            self.desk.turn(self.state, time.monotonic())


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[PlayedTerminal]:
    terminal = PlayedTerminal(tmp_path)
    terminal.write_status()
    yield terminal
    terminal.close()


@pytest.fixture
def port(terminal: PlayedTerminal) -> Iterator[int]:
    """The page, served for this terminal on loopback."""
    port = free_port()
    app = make_site(terminal.status, TerminalLine(terminal.folder / "page.sock"), port)
    listener = Listener(app, LOOPBACK, port)
    yield port
    listener.close()
