"""What the loop asks of the rooms around it: small ports, handed in whole. `compose` fits them, tests play them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from firmware.attest.attestor import NoReceipts, Receipts
from firmware.clock import Clock
from firmware.events import Banner
from firmware.gate.barrier import Gate
from firmware.ledger.writer import Recorder
from firmware.model import Idle, KeyPress, Light, Moment, Notice, Profile, Scan, ScannerEvent, Signal, Verdict
from firmware.retro import Passes
from firmware.service import Service
from firmware.state import State
from firmware.verify.trust import TrustView
from firmware.watch import TrustWatch


class Eyes(Protocol):
    """The scanner, as the loop sees it."""

    def start(self) -> None: ...

    def events(self, timeout_s: float) -> list[ScannerEvent]: ...

    def close(self) -> None: ...


class Screen(Protocol):
    """Shows what it is given, some time soon; never blocks and never raises for a broken panel."""

    def show(self, notice: Notice) -> None: ...

    def idle(self, idle: Idle) -> None: ...

    def starting(self) -> None: ...

    def lines(self, lines: Sequence[str]) -> None: ...

    def stopping(self) -> None: ...

    def lighten(self, light: Light) -> None: ...

    def brighten(self, step: int) -> None: ...

    def refresh(self) -> None: ...

    def close(self) -> None: ...


class Keys(Protocol):
    """The keys that a person presses. Never blocks and never raises for a broken switch."""

    def presses(self) -> list[KeyPress]: ...

    def close(self) -> None: ...


class NoKeys:
    """No keys fitted."""

    def presses(self) -> list[KeyPress]:
        return []

    def close(self) -> None:
        """Nothing to let go."""


class Cues(Protocol):
    """Lamp, sound and vibration. A new signal cuts the one before."""

    def play(self, signal: Signal) -> None: ...

    def torch(self, on: bool) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict as those who listen hear it. The notice may name a plate: it is for the screen and a person's eyes."""

    verdict: Verdict
    notice: Notice
    moment: Moment
    elapsed_ms: float


class Listener(Protocol):
    """Hears what happened, after the cues were given."""

    def verdict(self, told: Told) -> None: ...

    def event(self, name: str, fields: Mapping[str, str | int | float | bool | None]) -> None: ...

    def close(self) -> None: ...


class Verify(Protocol):
    """The verifier. `asked`, where it is given, is the moment that the document shall answer for."""

    def __call__(
        self, scan: Scan, trust: TrustView, moment: Moment, profile: Profile, asked: Moment | None = None, /
    ) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the loop drives, handed in by `compose`; the loop closes it."""

    eyes: Eyes
    clock: Clock
    trust: TrustWatch
    verify: Verify
    screen: Screen
    cues: Cues
    gate: Gate
    recorder: Recorder
    service: Service
    keys: Keys = field(default_factory=NoKeys)
    listeners: tuple[Listener, ...] = ()
    receipts: Receipts = field(default_factory=NoReceipts)
    monotonic_s: Callable[[], float] = time.monotonic
    passes: Passes | None = None  # None: no pass is looked up again
    lookers: tuple[Callable[[State, float], None], ...] = ()  # asked once a turn: who tells others how the terminal is
    #: What is to stand instead of the idle screen, when that changes.
    banner: Callable[[float], Banner | None] = lambda now_s: None
    at_end: Callable[[], None] = lambda: None  # what else ends with the loop
    dead_worker: Callable[[], str] = lambda: ""  # the name of a thread that ended and should not have
