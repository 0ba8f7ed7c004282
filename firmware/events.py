"""What goes into the state machine and what comes out of it: frozen events and effects, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TypeAlias

from firmware.model import Idle, KeyPress, Light, Moment, Notice, Scan, ScannerEvent, Signal, Verdict, Word
from firmware.refusal import ExitCode


class Fault(Enum):
    """Why the terminal is out of service, worst first, each with its word and its number for the field guide."""

    NO_TRUST = (Word.NO_TRUST, "E31")
    NO_FRAMES = (Word.NO_FRAMES, "E21")
    STARTING = (Word.STARTING, "E01")

    @property
    def word(self) -> Word:
        return self.value[0]

    @property
    def number(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Tick:
    """The loop turned."""

    moment: Moment
    now_s: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a scan that the machine asked for."""

    scan: Scan
    verdict: Verdict
    moment: Moment
    now_s: float


@dataclass(frozen=True, slots=True)
class TrustLoaded:
    """A checked bundle is in use. `status_utc_s` is when its oldest status list was issued.

    `instead_of` says why it is not the one in force, where that one is damaged.
    """

    version: int
    status_utc_s: float | None
    demo: bool
    instead_of: TrustRefused | None = None


@dataclass(frozen=True, slots=True)
class TrustRefused:
    """The bundle in the folder cannot be believed. One that is in use stays in use."""

    what: str
    next_step: str


@dataclass(frozen=True, slots=True)
class LateFound:
    """Newer lists refuse passes of the last day. Times and posts only: nobody's plate is known any more."""

    count: int
    newest_utc_s: float
    oldest_utc_s: float


@dataclass(frozen=True, slots=True)
class StopAsked:
    """SIGTERM, SIGINT, or the end of the time given."""


@dataclass(frozen=True, slots=True)
class Banner:
    """Lines that stand instead of the idle screen from now on; none: the idle screen again."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptMade:
    """The receipt of this very verdict is on the disk, under this code."""

    verdict: Verdict
    code: str


Event: TypeAlias = (
    ScannerEvent | Tick | Judged | TrustLoaded | TrustRefused | LateFound | KeyPress | Banner | ReceiptMade | StopAsked
)


@dataclass(frozen=True, slots=True)
class Judge:
    """Verify this scan now and come back with Judged; `asked` is the day it shall answer for, None for today."""

    scan: Scan
    asked: date | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    """Let the gate decide on this verdict. Always the first effect of a verdict."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class GateService:
    """Tell the gate whether the terminal is in service."""

    in_service: bool


@dataclass(frozen=True, slots=True)
class Play:
    signal: Signal


@dataclass(frozen=True, slots=True)
class Show:
    notice: Notice


@dataclass(frozen=True, slots=True)
class ShowIdle:
    idle: Idle


@dataclass(frozen=True, slots=True)
class ShowStarting:
    """The screen from power-on until the first frame."""


@dataclass(frozen=True, slots=True)
class ShowStopping:
    """The last screen before the terminal goes dark."""


@dataclass(frozen=True, slots=True)
class ShowLines:
    """A page of small text that a person asked for."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lighten:
    """Give this much light from now on. DARK also blanks the picture, which is drawn again when there is light."""

    light: Light


@dataclass(frozen=True, slots=True)
class Brighten:
    """How bright the screen is when it is lit: a step of display.brightness."""

    step: int


@dataclass(frozen=True, slots=True)
class SwitchTorch:
    """The lamp that lights what is shown to the camera."""

    on: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Keep the verdict and tell those who listen. `since_s` is when the light came in: latency counts from there."""

    verdict: Verdict
    notice: Notice
    moment: Moment
    since_s: float


@dataclass(frozen=True, slots=True)
class MakeReceipt:
    """Have the receipt of this verdict made, some time soon; ReceiptMade tells of it, or nothing does."""

    verdict: Verdict
    payload: bytes
    moment: Moment


@dataclass(frozen=True, slots=True)
class KeepFloor:
    """Keep the instant that is certainly past."""

    floor_s: float


@dataclass(frozen=True, slots=True)
class Tell:
    """A change that is not a verdict, for the log and for those who listen. Never a person's data."""

    name: str
    fields: tuple[tuple[str, str | int | float | bool | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """End the loop with this code."""

    code: ExitCode


Effect: TypeAlias = (
    Judge
    | Decide
    | GateService
    | Play
    | Show
    | ShowIdle
    | ShowStarting
    | ShowStopping
    | ShowLines
    | Lighten
    | Brighten
    | SwitchTorch
    | Record
    | MakeReceipt
    | KeepFloor
    | Tell
    | Finish
)
