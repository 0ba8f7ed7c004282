"""A whole terminal on fakes for the self-test: an OLED on a fake bus, gpiozero's mock pins, a card before a camera, a person.

Time is played: what waits, waits in no time at all.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory
from luma.core.interface import serial

from firmware.config import Flag, load_config
from firmware.display.care import Care
from firmware.display.panel import PanelSpec
from firmware.display.panel_luma import LumaPanel
from firmware.display.panel_sink import PanelSink
from firmware.display.pins import make_factory
from firmware.display.wear import WearMap
from firmware.doctor.finding import Machine
from firmware.drawn_screen import DrawnScreen
from firmware.gate.barrier import Barrier, Gate, NoGate
from firmware.gate.limits import GateLimits
from firmware.gate.relay import GpioLoop, GpioRelay
from firmware.model import Key, KeyPress, Signal
from firmware.scanner.source import Frame, FrameSource
from firmware.selftest import run
from firmware.selftest.asking import Asked, Nobody
from firmware.selftest.eyes import Eyes
from firmware.selftest.plan import Step
from firmware.selftest.result import Result
from firmware.selftest.rig import Rig
from firmware.selftest.run import carry_out
from firmware.selftest.simulated import CardCamera, Hand
from firmware.selftest.words import Words
from issuer import cli as issuer_cli
from tests.display.fake_oled import FakeBus, FakeOled
from tests.doctor.conftest import Board

RELAY_PIN, LOOP_PIN = 26, 16
YES, NO = KeyPress(Key.NEXT), KeyPress(Key.MODE)
HOLD = KeyPress(Key.NEXT, long=True)
SETTINGS = {
    "panel.driver": "ssd1306",
    "pins.factory": "mock",
    "pins.key_next": "5",
    "pins.key_mode": "6",
    "pins.loop": str(LOOP_PIN),
    "gate.mode": "closed",
}


class PlayedPace:
    """A clock that jumps. Far from zero, as a host's is."""

    def __init__(self) -> None:
        self.time_s = 5000.0

    def now_s(self) -> float:
        return self.time_s

    def pause(self, seconds: float) -> None:
        self.time_s += max(seconds, 0.001)


class PlayedKeys:
    """The keys of a person who does what the screen asks, or what `answers` says instead, by a word of the question."""

    def __init__(self, answers: dict[str, Sequence[KeyPress]]) -> None:
        self._answers = answers
        self._waiting: list[KeyPress] = []
        self.asked: list[tuple[str, ...]] = []

    def see(self, lines: Sequence[str]) -> None:
        self.asked.append(tuple(lines))
        text = " ".join(lines)
        usual = [HOLD] if "HOLD" in text else [YES, NO] if "MODE once" in text else [YES]
        chosen = next((answer for word, answer in self._answers.items() if word in text), usual)
        self._waiting = list(chosen)

    def presses(self) -> list[KeyPress]:
        found, self._waiting = self._waiting, []
        return found

    def close(self) -> None:
        return


class Cues:
    def __init__(self) -> None:
        self.played: list[Signal] = []
        self.torches: list[bool] = []

    def play(self, signal: Signal) -> None:
        self.played.append(signal)

    def torch(self, on: bool) -> None:
        self.torches.append(on)

    def close(self) -> None:
        return


class Face(DrawnScreen):
    """The drawn screen; what it asks is seen by the person only once it is drawn."""

    def __init__(self, sink: PanelSink, see: Callable[[Sequence[str]], None]) -> None:
        super().__init__(sink, "en", Care(WearMap(), 255, time.monotonic))
        self._see = see

    def lines(self, lines: Sequence[str]) -> None:
        super().lines(lines)
        self._see(lines)


class Altered(FrameSource):
    """A camera whose frames something is done to."""

    def __init__(self, source: FrameSource, alter: Callable[[Frame], Frame | None]) -> None:
        self._source, self._alter = source, alter

    def read(self, timeout_s: float) -> Frame | None:
        frame = self._source.read(timeout_s)
        return None if frame is None else self._alter(frame)

    def close(self) -> None:
        self._source.close()


@dataclass
class Terminal:
    """All fakes of one terminal. Change one before `rig`, and one line must tell."""

    machine: Machine
    pace: PlayedPace = field(default_factory=PlayedPace)
    bus: FakeBus = field(default_factory=lambda: FakeBus(FakeOled()))
    cues: Cues = field(default_factory=Cues)
    hand: Hand = field(default_factory=Hand)
    answers: dict[str, Sequence[KeyPress]] = field(default_factory=dict)
    alter: Callable[[Frame], Frame | None] = lambda frame: frame
    fps: float = 15.0
    opener: Callable[[], FrameSource] | None = None
    attended: bool = True
    baseline: dict[str, int] = field(default_factory=dict)
    loop_follows: bool = True
    started_before_s: float = 60.0
    hand_moves: bool = True
    keys: PlayedKeys = field(init=False)
    factory: MockFactory = field(init=False)
    closers: list[Callable[[], None]] = field(default_factory=list)

    def rig(self) -> Rig:
        self.keys = PlayedKeys(self.answers)
        factory = make_factory("mock")
        assert isinstance(factory, MockFactory)
        self.factory = factory
        sink = PanelSink(LumaPanel(PanelSpec(driver="ssd1306"), lambda: serial.i2c(bus=self.bus, address=0x3C)))
        face = Face(sink, self.keys.see)
        camera = CardCamera(self.hand, self.pace, self.fps)
        eyes = Eyes(self.opener or (lambda: Altered(camera, self.alter)), 15.0, self.pace)
        self.closers += [eyes.close, face.close]
        began_s = self.pace.now_s() - self.started_before_s
        return Rig(
            machine=self.machine,
            words=Words("en"),
            person=Asked([self.keys], lambda lines, hold: face.lines(lines), self.pace) if self.attended else Nobody(),
            pace=self.pace,
            face=face,
            settled=sink.settle,
            faults=lambda: sink.health.faults,
            cues=self.cues,
            keys=self.keys,
            gate=self._gate(began_s),
            eyes=eyes,
            drawn=False,
            began_s=began_s,
            baseline=self.baseline,
        )

    def _gate(self, began_s: float) -> Gate:
        if self.machine.config.gate.mode == "off":
            return NoGate()
        loop_fitted = self.machine.config.pins.loop is not None
        loop = GpioLoop(LOOP_PIN, self.factory) if loop_fitted else None

        def moved(on: bool) -> None:
            if on and self.loop_follows and loop_fitted:
                self.factory.pin(LOOP_PIN).drive_low()

        relay = GpioRelay(RELAY_PIN, self.factory, report=moved)
        limits = GateLimits(pulse_ms=50, settle_s=self.machine.config.gate.settle_s)
        gate = Barrier(relay, limits, began_s, loop)
        self.closers.append(gate.close)
        return gate

    def run(self) -> dict[Step, Result]:
        rig = self.rig()

        def begins(step: Step, left_s: float) -> None:
            assert left_s >= 0
            if self.hand_moves:
                self.hand.follow(step)

        return {Step(result.line.name): result for result in carry_out(rig, begins)}

    def close(self) -> None:
        for close in self.closers:
            close()
        if hasattr(self, "factory"):
            self.factory.close()

    @property
    def pulses(self) -> int:
        """How often the relay's line went high."""
        return sum(bool(state.state) for state in self.factory.pin(RELAY_PIN).states)


Make = Callable[..., Terminal]


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trust folder of a demo made at the time of `Board`."""
    folder = tmp_path_factory.mktemp("demo") / "world"
    words = ["demo", str(folder), "--state", str(tmp_path_factory.mktemp("office")), "--at", "2027-01-15T08:00:00Z"]
    assert issuer_cli.main(words) == 0
    return folder / "trust"


@pytest.fixture
def terminal(tmp_path: Path, trust: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """terminal(settings={"gate.mode": "off"}, host=..., attended=False): everything else is well."""
    monkeypatch.setattr(run, "_PATIENCE_S", 60.0)  # a busy machine is not a disk that hangs
    made: list[Terminal] = []

    def make(settings: dict[str, str] | None = None, **parts: Any) -> Terminal:
        own = {
            "ledger.folder": str(tmp_path / "ledger"),
            "clock.floor": str(tmp_path / "floor"),
            "clock.requests": str(tmp_path / "requests"),
            "trust.folder": str(trust),
            **SETTINGS,
            **(settings or {}),
        }
        (tmp_path / "ledger").mkdir(exist_ok=True)
        flags = [Flag(key, word, f"--set {key}={word}") for key, word in own.items()]
        loaded = load_config(etc=Path("/nonexistent"), flags=flags)
        names = {one.name for one in dataclasses.fields(Machine)}
        machine = Machine(loaded, environ={}, **{"host": Board(), **{k: v for k, v in parts.items() if k in names}})
        made.append(Terminal(machine, **{k: v for k, v in parts.items() if k not in names}))
        return made[-1]

    yield make
    for one in made:
        one.close()
