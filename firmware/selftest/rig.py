"""What the steps may touch, handed in whole: real parts for the command, fakes for the tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from firmware.config import Config
from firmware.doctor.finding import Machine
from firmware.gate.barrier import Gate
from firmware.ledger.commissioning.body import Figures
from firmware.model import Focus
from firmware.ports import Cues, Keys
from firmware.selftest.asking import Person
from firmware.selftest.eyes import Eyes
from firmware.selftest.pace import Pace
from firmware.selftest.words import Words

if TYPE_CHECKING:
    from PIL import Image


class Face(Protocol):
    """The screen as the self-test uses it."""

    def picture(self, image: Image.Image) -> None: ...

    def focus(self, focus: Focus) -> None: ...

    def lines(self, lines: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Rig:
    """`settled` waits so many seconds and says whether the screen took its last picture; `faults` counts those it did not.

    `drawn`: screen, lamps and sounds are drawn in a window. `began_s` is when the gate's settle time began.
    """

    machine: Machine
    words: Words
    person: Person
    pace: Pace
    face: Face
    settled: Callable[[float], bool]
    faults: Callable[[], int]
    cues: Cues
    keys: Keys
    gate: Gate
    eyes: Eyes
    drawn: bool
    began_s: float
    credential: Path | None = None
    baseline: Figures = field(default_factory=dict)  # of the last record; empty before the first

    @property
    def config(self) -> Config:
        return self.machine.config

    def left_s(self, until_s: float) -> float:
        return max(0.0, until_s - self.pace.now_s())

    def fitted(self, pin: int | None) -> bool:
        """Whether a part on this pin can be perceived: driven, or drawn in a window."""
        return pin is not None and (self.drawn or self.config.pins.factory != "none")
