"""`yanma selftest`: the commissioning self-test. Looks at every part with a person before it, and keeps a signed record."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.commands.options import NAMED, add_config_options, load
from firmware.commands.output import hint, say, say_json
from firmware.refusal import ExitCode, NoInputError

if TYPE_CHECKING:
    from firmware.config import Config, Loaded
    from firmware.ledger.commissioning.body import Line
    from firmware.selftest.plan import Step
    from firmware.selftest.result import Result
    from firmware.selftest.words import Words

EPILOG: Final = """\
At most 90 seconds. What no machine can see, you confirm: NEXT (y on a keyboard) says
yes, MODE (n) says no. The barrier moves once, and only after you hold NEXT (a capital
Y) to say that nobody is under it. The terminal must not be running:

  sudo systemctl stop yanma-terminal
  sudo -u yanma-terminal env -C /tmp /opt/yanma/.venv/bin/yanma selftest

Print the test card at 100 % first; you hold it near (15 cm), then far (30 cm).

examples:
  yanma selftest --card card.pdf      write the test card (.pdf or .png)
  yanma selftest                      the whole test, with you before it
  yanma selftest --simulate           a rehearsal on a laptop: no record is kept
  yanma selftest --unattended --json  what no person is needed for
  yanma selftest --show               the last record, and whether its signature holds

exit codes: 0 all PASS (or the last record all PASS), parts that are not fitted
skipped; 1 a FAIL, or a line that nobody confirmed; 65 the last record does not hold;
66 there is none; 69 the terminal is running, or a part cannot be opened;
74 the record cannot be written; 78 wrong configuration; 130 interrupted, no record"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="print the last record and whether its signature holds")
    what.add_argument("--card", type=Path, metavar="FILE", help="write the test card to FILE (.pdf or .png) and end")
    what.add_argument("--simulate", action="store_true", help="a simulated camera holds the card; no record is kept")
    parser.add_argument(
        "--unattended", action="store_true", help="nobody is there: lines that need a person are SKIP, the relay rests"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_config_options(parser, *NAMED)
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    started_s = time.monotonic()
    if args.card is not None:
        return _write_card(args.card)
    loaded = load(args)
    from firmware.selftest.words import Words

    words = Words(loaded.config.terminal.language)
    return _show(loaded.config, words, as_json=args.json) if args.show else _test(args, loaded, words, started_s)


def _write_card(path: Path) -> int:
    from firmware.selftest.card_sheet import card_pdf, card_png

    makers = {".pdf": card_pdf, ".png": card_png}
    if path.suffix.lower() not in makers:
        raise NoInputError(f"{path}: a test card is a .pdf or a .png", "name it card.pdf")
    path.write_bytes(makers[path.suffix.lower()]())
    hint(f"{path}: print it at 100 %; the ruler on it must be 100 mm long")
    return ExitCode.OK


def _test(args: argparse.Namespace, loaded: Loaded, words: Words, started_s: float) -> int:
    from firmware.commands.owning import require_owner
    from firmware.doctor.finding import Machine
    from firmware.ledger.commissioning.folder import folder_of
    from firmware.selftest.opening import Wishes, alone, opened
    from firmware.selftest.report import tally_of
    from firmware.selftest.run import carry_out

    machine, ledger = Machine(loaded), Path(loaded.config.ledger.folder)
    folder = folder_of(ledger)
    require_owner(ledger, "sudo -u {owner} env -C /tmp /opt/yanma/.venv/bin/yanma selftest")
    told = _Told(words, as_json=args.json)
    wishes = Wishes(simulate=args.simulate, unattended=args.unattended, drawn=not args.json)
    with _leaving_in_order(), alone(machine, folder), opened(machine, words, wishes, told.question, started_s) as bench:
        told.window = bench.say
        told.head(loaded.config)

        def begins(step: Step, left_s: float) -> None:
            bench.follow(step)
            told.begins(step, left_s)

        results = []
        for result in carry_out(bench.rig, begins):
            results.append(result)
            told.result(result)
        lines = [result.line for result in results]
        good, tally = all(line.good for line in lines), tally_of(lines)
        bench.rig.face.lines(
            words.lines("lines-screen", **tally, verdict=words("verdict-good" if good else "verdict-bad"))
        )
        number = None if args.simulate else bench.keep(results, folder)
    told.end()
    hint(words("done", **tally, seconds=round(time.monotonic() - started_s)))
    hint(words("not-kept") if number is None else words("kept", number=number, path=folder))
    return ExitCode.OK if good else ExitCode.NOT_ALL


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: relay off, lamps dark, no record."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Told:
    """What is said while the test runs: in the window where one is drawn, and then once more below it at the end."""

    def __init__(self, words: Words, *, as_json: bool) -> None:
        self.window: Callable[[str], None] | None = None
        self._words = words
        self._as_json = as_json
        self._kept: list[str] = []

    def head(self, config: Config) -> None:
        from firmware.selftest.plan import LIMIT_S

        self._remark(self._words("head", terminal=config.terminal.id, seconds=f"{LIMIT_S:g}"))

    def begins(self, step: Step, left_s: float) -> None:
        if self.window is None:
            self._remark(self._words("step", left=round(left_s), step=step))

    def question(self, text: str) -> None:
        self._remark(text)

    def result(self, result: Result) -> None:
        from firmware.selftest.report import fields_of, line_of

        if self._as_json:
            say_json(fields_of(result.line, result.remedy))
            return
        line = line_of(result.line, result.remedy)
        if self.window is None:
            say(line)
            return
        self._kept.append(line)
        for part in line.splitlines():
            self.window(part)

    def end(self) -> None:
        """The window is gone: what stood in it, to be read and copied."""
        for line in self._kept:
            say(line)

    def _remark(self, text: str) -> None:
        (self.window or hint)(text)


def _show(config: Config, words: Words, *, as_json: bool) -> int:
    """The last record, its signature, and whether those before it belong to it."""
    from firmware.attest.times import spoken_time
    from firmware.commands.ledgers import own_key, told
    from firmware.ledger.commissioning.folder import folder_of, last, verify_row
    from firmware.ledger.errors import LedgerDamagedError
    from firmware.selftest.report import fields_of, line_of

    ledger = Path(config.ledger.folder)
    folder = folder_of(ledger)
    with told():
        try:
            key = own_key(ledger).note_key
        except FileNotFoundError:
            key = None
        record = last(folder, key, config.terminal.lane)
    if record is None:
        raise NoInputError(f"there is no commissioning record in {folder}", "run yanma selftest before the terminal")
    try:
        row = words("row", count=len(verify_row(folder, key)))
    except LedgerDamagedError as error:
        row = words("row-broken", why=error)
    lines: tuple[Line, ...] = record.lines
    code = ExitCode.OK if all(line.good for line in lines) else ExitCode.NOT_ALL
    if as_json:
        say_json({**record.body, "signature": "good", "lines": [fields_of(line) for line in lines]})
        return code
    device, terminal, made = record.body["device"], record.body["terminal"], record.made_s
    when = words("unknown-time") if made is None else spoken_time(made)
    clock = record.body["made"]["clock"]
    say(
        words(
            "shown", number=record.number, made=when, clock=clock, terminal=terminal["id"], firmware=device["firmware"]
        )
    )
    for line in lines:
        say(line_of(line))
    if not record.body["attended"]:
        say(words("unattended"))
    say(words("signature-good", signer=device["key"]))
    say(row)
    return code
