"""Configuration -> the rig of a self-test on this machine's own parts, for this process alone."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.compose import camera_spec
from firmware.display.keyboard import Keyboard
from firmware.doctor.finding import Machine
from firmware.doctor.timing import terminal_report
from firmware.fittings import open_fittings
from firmware.ledger.commissioning.body import Figures
from firmware.ledger.commissioning.folder import BusyError, add, folder_of, held, last
from firmware.ledger.device import SEALED_FILE, credential_file, open_device_key, own_public
from firmware.ledger.errors import LedgerDamagedError
from firmware.ports import Keys, NoKeys
from firmware.refusal import DiskError, UnavailableError
from firmware.scanner.source import FrameSource, open_source
from firmware.selftest.asking import ANSWERS, Asked, Nobody, Person
from firmware.selftest.eyes import Eyes
from firmware.selftest.keep import said_of
from firmware.selftest.pace import Pace, RealPace
from firmware.selftest.plan import Step
from firmware.selftest.result import Result
from firmware.selftest.rig import Rig
from firmware.selftest.simulated import FRAMES_PER_S, CardCamera, Hand
from firmware.selftest.words import Words

_STOP: Final = "sudo systemctl stop yanma-terminal; afterwards start it again"
_WITH_KEY: Final = (
    "hand it in: sudo systemd-run --pty -p LoadCredentialEncrypted=yanma-device-key ... (docs/install.md)"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How this self-test is made. `drawn`: a window may be drawn in where the panel is one."""

    simulate: bool = False
    unattended: bool = False
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Bench:
    """The opened rig. `follow` hears of each step, so that a simulated hand can do what it asks; `say` writes in the window."""

    rig: Rig
    follow: Callable[[Step], None]
    say: Callable[[str], None] | None

    def keep(self, results: Sequence[Result], folder: Path) -> int:
        """Sign and keep the record; gives its number. Raises DiskError."""
        rig = self.rig
        try:
            key = open_device_key(Path(rig.config.ledger.folder), rig.credential)
            moment = rig.machine.clock().moment()
            said = said_of(results, rig.machine.loaded, moment, key, attended=rig.person.there)
            return add(folder, said, key).number
        except (OSError, LedgerDamagedError) as error:
            raise DiskError(
                f"the commissioning record cannot be kept in {folder}: {error}",
                "mend what the line storage says, then run the self-test again",
            ) from error


@contextmanager
def alone(machine: Machine, folder: Path, sealed: Path = SEALED_FILE) -> Iterator[None]:
    """The devices, and the records' folder, for this process. Raises UnavailableError or DiskError with the next step.

    A device whose key is sealed and was not handed in is refused: a second key, made here, would be a second device.
    """
    if terminal_report(machine) is not None:
        raise UnavailableError("the terminal is running, and the self-test needs its devices", _STOP)
    if sealed.is_file() and credential_file(machine.environ) is None:
        raise UnavailableError("the device's key is sealed, and was not handed in", _WITH_KEY)
    try:
        with held(folder):
            yield
    except BusyError as error:
        raise UnavailableError(str(error), "wait for it, or end it with Ctrl-C where it runs") from error
    except PermissionError as error:
        raise DiskError(f"{folder} cannot be written: {error.strerror}", "set ledger.folder to one of yours") from error


@contextmanager
def opened(
    machine: Machine,
    words: Words,
    wishes: Wishes,
    question: Callable[[str], None],
    started_s: float,
) -> Iterator[Bench]:
    """Screen, cues, keys, gate and camera as configured, all off; closed again at the end, whatever happens.

    `question` hears what is asked, for a keyboard. Raises ConfigError and UnavailableError, with the next step.
    """
    config, pace = machine.config, RealPace()
    hand = Hand() if wishes.simulate else None
    opener, fps = _camera(machine, hand, pace)
    out = sys.stdout if wishes.drawn else io.StringIO()
    with ExitStack() as undo:
        fittings = open_fittings(config, out, "yanma selftest", started_s, ANSWERS, words("keys-hint"))
        for part in (fittings.gate, fittings.keys, fittings.cues, fittings.screen):
            undo.callback(part.close)
        answering = _answering(fittings.keys, undo)

        def put(lines: Sequence[str], hold: bool) -> None:
            fittings.screen.lines(lines)
            keys = words("keys-hold" if hold else "keys-press")
            question(words("question", question=" ".join(lines[:-1]), keys=keys))

        person: Person = Nobody() if wishes.unattended else Asked(answering, put, pace)
        if person.there and not answering:
            raise UnavailableError(
                "nobody could answer: no keys are fitted, and this is no terminal with a keyboard",
                "run it in a terminal, or with --unattended",
            )
        eyes = Eyes(opener, fps, pace)
        undo.callback(eyes.close)
        rig = Rig(
            machine=machine,
            words=words,
            person=person,
            pace=pace,
            face=fittings.screen,
            settled=fittings.screen_settled,
            faults=fittings.screen_faults,
            cues=fittings.cues,
            keys=fittings.keys,
            gate=fittings.gate,
            eyes=eyes,
            drawn=fittings.say is not None,
            began_s=started_s,
            credential=credential_file(machine.environ),
            baseline=_baseline(machine),
        )
        yield Bench(rig, hand.follow if hand else _unheard, fittings.say)


def _baseline(machine: Machine) -> Figures:
    """The figures of the last record; none where there is no record that holds."""
    ledger = Path(machine.config.ledger.folder)
    try:
        record = last(folder_of(ledger), own_public(ledger, machine.environ), machine.config.terminal.lane)
    except (OSError, LedgerDamagedError):
        return {}
    return {} if record is None else record.baseline


def _camera(machine: Machine, hand: Hand | None, pace: Pace) -> tuple[Callable[[], FrameSource], float]:
    """What opens the camera, and the frames a second that it should give."""
    if hand is not None:
        return (lambda: CardCamera(hand, pace)), FRAMES_PER_S
    spec = camera_spec(machine.config)
    return (lambda: open_source(spec)), spec.fps


def _answering(fitted: Keys, undo: ExitStack) -> list[Keys]:
    """All that a person can answer with: the terminal's keys, and this keyboard."""
    answering = [] if isinstance(fitted, NoKeys) else [fitted]
    if sys.stdin.isatty() and not isinstance(fitted, Keyboard):
        keyboard = Keyboard(sys.stdin.fileno(), ANSWERS)
        undo.callback(keyboard.close)
        answering.append(keyboard)
    return answering


def _unheard(step: Step) -> None:
    """A real hand hears the person it belongs to."""
