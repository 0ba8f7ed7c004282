"""`yanma verify FILE...`: the verdict on each picture, PDF or text, offline, now or at any other time."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from firmware.commands import inputs
from firmware.commands.moments import parse_at, spoken
from firmware.commands.options import add_config_options, load
from firmware.commands.output import hint, say, say_json
from firmware.commands.trusting import open_clock, open_trust
from firmware.model import Family, Moment, Profile, Verdict
from firmware.profiles import load_profile
from firmware.refusal import ExitCode, Refusal

if TYPE_CHECKING:
    from firmware.commands.judging import Judge

_PASSES: Final = frozenset({Family.GO, Family.GO_NOTICE})

EPILOG: Final = """\
FILE is a picture (PNG, JPEG, WebP, TIFF, BMP, GIF), a PDF, a .txt file or `-` with
one payload a line, or a folder of those. Each file gives one line, a text one
line for each payload. When a picture holds several codes, credentials
lead before other codes, and the worst of them before the better.

examples:
  yanma verify --trust demo/trust demo/*.png
  yanma verify --explain --lang en mark.png
  yanma verify --at 2026-06-11T14:30 --profile insurer --json scans/ > out.jsonl
  printf '%s' "$PAYLOAD" | yanma verify -

exit codes: 0 all are GO or GO+, 1 at least one is not, 65 a file is no picture,
66 a file cannot be opened, 69 no trust data, 78 wrong configuration"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer. `line` is the payload's line in a text."""

    file: str
    verdict: Verdict
    codes: int
    line: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="picture, PDF, .txt, folder, or - for standard input")
    parser.add_argument("--at", metavar="TIME", help="judge as of this time (ISO 8601; without a zone: China's)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--explain", action="store_true", help="print every check, in order")
    add_config_options(parser, "--profile", "--trust", "--lang", "--environment")
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    profile = load_profile(config.terminal.profile)
    at, assumed = parse_at(args.at) if args.at is not None else (None, None)
    trust = open_trust(config)
    if assumed is not None:
        hint(assumed)
    if at is None:
        clock = open_clock(config)
        clock.raise_floor(trust.newest_issued_s)
        at = clock.moment()
    from firmware.commands.judging import Judge

    printer = _Printer(config.terminal.language, at, profile, as_json=args.json, explain=args.explain)
    judge = Judge(trust, at, profile)
    code = int(ExitCode.OK)
    for name in inputs.expand(args.files):
        try:
            for row in rows_of(name, judge):
                printer.row(row)
                if row.verdict.family not in _PASSES:
                    code = max(code, ExitCode.NOT_ALL)
        except Refusal as refusal:
            printer.refusal(name, refusal)
            code = max(code, refusal.exit_code)
    return code


def rows_of(name: str, judge: Judge) -> Iterator[Row]:
    """The lines of one file. Raises NoInputError or BadDataError before the first of them."""
    if inputs.is_text(name):
        for line in inputs.read_lines(name):
            yield Row(name, judge.payload(line.payload), 1, line.number)
    else:
        yield _picture_row(name, judge)


def _picture_row(name: str, judge: Judge) -> Row:
    from firmware.commands.judging import cause_in, leading, unreadable
    from firmware.scanner.codes import CODE_128
    from firmware.scanner.decoders import read_codes
    from firmware.scanner.planes import gray_of, read_picture_codes

    judged: list[tuple[bytes, Verdict]] = []
    pages = inputs.read_pages(name)
    for _, picture in pages:
        gray, codes = read_picture_codes(picture)
        bars = read_codes(gray, effort="first", formats=(CODE_128,)) if codes else []
        beside = tuple(bar.payload for bar in bars)
        judged += [(code.payload, judge.code(gray, code, beside)) for code in codes]
    verdict = leading(judged) if judged else unreadable(cause_in(gray_of(picture) for _, picture in pages))
    return Row(name, verdict, len(judged))


class _Printer:
    """Rows as lines for people or as JSON."""

    def __init__(self, language: str, at: Moment, profile: Profile, *, as_json: bool, explain: bool) -> None:
        self._language = language
        self._at = spoken(at)
        self._profile = profile
        self._as_json = as_json
        self._explain = explain

    def row(self, row: Row) -> None:
        if self._as_json:
            say_json(as_fields(row) | {"at": self._at, "profile": self._profile.name})
            return
        place = row.file if row.line is None else f"{row.file}:{row.line}"
        say(f"{place}: {row.verdict.family} {row.verdict.reason} {self._words(row.verdict)}")
        if self._explain:
            for check in row.verdict.checks:
                why = " ".join(str(part) for part in (check.reason, check.word and f"({check.word})") if part)
                say(f"  {check.name:<12}{check.outcome:<9}{why}".rstrip())

    def _words(self, verdict: Verdict) -> str:
        from firmware.display.text import sentence

        return sentence(verdict, self._language, self._profile)

    def refusal(self, name: str, refusal: Refusal) -> None:
        if self._as_json:
            empty: dict[str, Any] = {"family": None, "reason": None, "checks": [], "facts": {}, "codes": 0}
            why = {"error": refusal.what, "next_step": refusal.next_step}
            say_json({"file": name} | empty | why | {"at": self._at, "profile": self._profile.name})
        hint(f"yanma: {refusal.what}\n  next step: {refusal.next_step}")


def as_fields(row: Row) -> dict[str, Any]:
    """The row as JSON: no null among the facts and ages, dates as ISO 8601."""
    verdict = row.verdict
    found: dict[str, Any] = {
        "file": row.file,
        "family": verdict.family,
        "reason": verdict.reason,
        "checks": [
            {"name": check.name, "outcome": check.outcome, "reason": check.reason, "word": check.word}
            for check in verdict.checks
        ],
        "facts": _known(verdict.facts),
        "ages": _known(verdict.ages),
        "decoder": verdict.decoder,
        "codes": row.codes,
        "trust_version": verdict.trust_version,
        "rules_version": verdict.rules_version,
    }
    return found if row.line is None else found | {"line": row.line}


def _known(facts: Any) -> dict[str, Any]:
    values = {item.name: getattr(facts, item.name) for item in fields(facts)}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value
