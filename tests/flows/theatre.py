"""A whole terminal for stories: the real loop, verifier, words, gate and ledger; only light, time and metal are played.

Time stands still until the story says `wait`, so that a minute costs nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from firmware.app import App
from firmware.attest.attestor import Attestor, NoReceipts
from firmware.attest.maker import ReceiptMaker
from firmware.display.care import Care
from firmware.display.panel import Panel
from firmware.display.panel_sink import PanelSink
from firmware.display.wear import WearMap
from firmware.drawn_screen import DrawnScreen
from firmware.gate.barrier import Barrier, Gate, NoGate
from firmware.gate.limits import GateLimits
from firmware.lanes.codes import LaneBoard
from firmware.ledger.device import open_device_key
from firmware.ledger.writer import LedgerWriter
from firmware.model import Alive, Idle, KeyPress, Light, Moment, Notice, ScannerEvent, Signal
from firmware.ports import Parts, Told
from firmware.profiles import load_profile
from firmware.remember import RememberingVerifier
from firmware.retro import Passes
from firmware.service import Notifier, Service
from firmware.state import Settings
from firmware.sync.store import load_trust
from firmware.verify.wire import Alg
from firmware.watch import TrustWatch
from tests.world import NOW, World

TURN_S = 0.25
STEP = Callable[[], list[ScannerEvent]]


@dataclass
class Time:
    """True time, and a monotonic clock that began at 1000 s."""

    utc_s: float = float(NOW)
    monotonic_s: float = 1000.0
    doubt_s: float = 0.5

    def pass_by(self, seconds: float) -> None:
        self.utc_s += seconds
        self.monotonic_s += seconds

    def moment(self) -> Moment:
        return Moment.exactly(self.utc_s, self.doubt_s)


@dataclass
class PlayedRelay:
    """A relay that is on until its pulse has run out in the story's time."""

    time: Time
    pulses: int = 0
    on_until_s: float = 0.0
    held: bool = False
    closed: bool = False

    def pulse(self, pulse_ms: int) -> None:
        self.pulses += 1
        self.on_until_s = self.time.monotonic_s + pulse_ms / 1000

    def hold(self) -> None:
        self.held = True

    def off(self) -> None:
        self.on_until_s, self.held = 0.0, False

    def close(self) -> None:
        self.off()
        self.closed = True

    @property
    def on(self) -> bool:
        return self.held or self.time.monotonic_s < self.on_until_s


@dataclass
class PlayedLoop:
    """The barrier's own input."""

    value: bool = False

    def active(self) -> bool:
        return self.value

    def close(self) -> None:
        return


class PlayedPanel(Panel):
    """A display that can be broken."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    def _show(self, image: Image.Image) -> None:
        if self.broken:
            raise OSError("no answer from 0x3c")


class WatchedScreen(DrawnScreen):
    """Draws for real, and remembers the words."""

    words = ""
    light = Light.FULL

    def show(self, notice: Notice) -> None:
        super().show(notice)
        self.words = f"{notice.headline} {notice.detail} {notice.footer}"

    def idle(self, idle: Idle) -> None:
        super().idle(idle)
        self.words = f"idle {idle.time} {idle.verdicts_today}" + (f" late {idle.late}" if idle.late else "")

    def starting(self) -> None:
        super().starting()
        self.words = "starting"

    def lines(self, lines: Sequence[str]) -> None:
        super().lines(lines)
        self.words = " ".join(lines)

    def lighten(self, light: Light) -> None:
        super().lighten(light)
        self.light = light


@dataclass
class HeardCues:
    signal: Signal = field(default_factory=Signal)
    torch_on: bool = False

    def play(self, signal: Signal) -> None:
        self.signal = signal

    def torch(self, on: bool) -> None:
        self.torch_on = on

    def close(self) -> None:
        self.signal = Signal()


@dataclass
class PlayedKeys:
    """Keys that the story presses."""

    waiting: list[KeyPress] = field(default_factory=list)

    def presses(self) -> list[KeyPress]:
        found, self.waiting = self.waiting, []
        return found

    def close(self) -> None:
        return


@dataclass
class Ear:
    """Hears what the terminal tells, until the story asks."""

    verdicts: list[Told] = field(default_factory=list)
    gate: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)

    def verdict(self, told: Told) -> None:
        self.verdicts.append(told)

    def event(self, name: str, fields: Any) -> None:
        if name.startswith("gate-"):
            self.gate.append(name.removeprefix("gate-"))
        elif name == "receipt":
            self.receipts.append(fields["code"])

    def close(self) -> None:
        return


class StoryEyes:
    """A scanner that sees what the next line of the story shows; with none left, the terminal is asked to stop."""

    def __init__(self, lines: Iterator[STEP], stop: threading.Event) -> None:
        self._lines = lines
        self._stop = stop

    def start(self) -> None:
        return

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        line = next(self._lines, None)
        if line is None:
            self._stop.set()
            return []
        return line()

    def close(self) -> None:
        return


class Theatre:
    """The terminal of one story and the world around it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = Time()
        self.world = World()
        self.profile = load_profile("police")
        self.language = "zh"
        self.frames = True
        self.panel = PlayedPanel()
        self.relay = PlayedRelay(self.time)
        self.loop: PlayedLoop | None = None
        self.has_gate = False
        self.has_receipts = False
        self.ear = Ear()
        self.cues = HeardCues()
        self.keys = PlayedKeys()
        self.screen = WatchedScreen(
            PanelSink(self.panel), self.language, Care(WearMap(), 255, lambda: self.time.monotonic_s)
        )
        self.app: App | None = None
        self.watch: TrustWatch | None = None
        self._places: dict[str, int] = {}

    def place_of(self, plate: str) -> int:
        """The plate's index on the status list."""
        return self._places.setdefault(plate, 5 + len(self._places))

    def publish(self) -> None:
        """The sync brings trust data with a list made now."""
        self.world.status_issued = int(self.time.utc_s)
        write_trust(self.world, self.folder / "trust")

    def spoil_list(self) -> None:
        """One byte of the list on the card is not what was signed."""
        path = self.folder / "trust" / "status" / "11.cwt"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(bytes(data))

    def alive(self) -> list[ScannerEvent]:
        return [Alive(1, self.time.monotonic_s)] if self.frames else []

    def play(self, lines: Iterator[STEP]) -> None:
        """Run the terminal through the story."""
        if not (self.folder / "trust").exists():
            self.publish()
        trust = self.folder / "trust"
        stop = threading.Event()
        self.watch = TrustWatch(trust, lambda floor: load_trust(trust, trust / "anchors", "demo", version_floor=floor))
        parts = Parts(
            eyes=StoryEyes(lines, stop),
            clock=self.time,
            trust=self.watch,
            verify=RememberingVerifier("1", self.board()),
            passes=Passes(lambda: self.time.monotonic_s),
            screen=self.screen,
            cues=self.cues,
            keys=self.keys,
            gate=self._gate(),
            recorder=LedgerWriter.in_folder(self.folder / "ledger", 30),
            service=Service(Notifier(None), None),
            receipts=self._receipts(),
            listeners=(self.ear,),
            monotonic_s=lambda: self.time.monotonic_s,
        )
        settings = Settings(self.profile, self.language, dim_s=30.0, sleep_s=300.0, name="post-7", lane="1")
        self.app = App(parts, replace(settings, receipts=self.has_receipts), stop)
        self.app.run()

    def board(self, lane: str = "1") -> LaneBoard:
        """What a lane tells the other lanes of this device."""
        return LaneBoard(self.folder / "lanes", lane, lambda: self.time.monotonic_s)

    def _receipts(self) -> Attestor | NoReceipts:
        ledger = self.folder / "ledger"
        if not self.has_receipts:
            return NoReceipts()
        return Attestor(ReceiptMaker(ledger / "receipts", lambda: open_device_key(ledger), min_free_bytes=0))

    def _gate(self) -> Gate:
        if not self.has_gate:
            return NoGate()
        return Barrier(self.relay, replace(GateLimits(), pulse_ms=500), self.time.monotonic_s, self.loop)


def write_trust(world: World, trust: Path) -> None:
    """The trust folder of this world, with its anchors, as it lies on a card."""
    (trust / "status").mkdir(parents=True, exist_ok=True)
    (trust / "anchors").mkdir(exist_ok=True)
    anchor = world.anchor
    (trust / "anchors" / "root.toml").write_text(
        f'environment = "{world.environment}"\nname = "root"\nalg = "{Alg(anchor.alg).name}"\n'
        f'kid = "{anchor.kid.hex()}"\npublic = "{anchor.public.hex()}"\nuses = ["trust", "rules"]\n',
        encoding="utf-8",
    )
    (trust / "trust.cwt").write_bytes(world.trust_cwt())
    (trust / "rules.cwt").write_bytes(world.rules_cwt())
    (trust / "status" / "11.cwt").write_bytes(world.status_cwt())
