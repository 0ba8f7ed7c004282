"""`yanma verify FILE...`: the verdict on each picture, PDF or text, offline, now or at any other time."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
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
    from firmware.commands.receipting import Batch
    from firmware.scanner.codes import Picture

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
  yanma verify --at "2026-06-11 14:30" --profile insurer --receipt receipts/ scans/*.pdf

exit codes: 0 all are GO or GO+, 1 at least one is not, 65 a file is no picture,
66 a file cannot be opened, 69 no trust data, 78 wrong configuration

--receipt writes for each picture or PDF page a signed receipt (.json) and a page to read (.pdf), numbered in a row;
`yanma ledger verify DIR` checks them. A file in which nothing can be read gives a line, and no receipt."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer. `line` is the payload's line in a text, `payload` the leading code of a picture."""

    file: str
    verdict: Verdict
    codes: int
    line: int | None = None
    payload: bytes | None = None
    page: int | None = None  # from 1, where each page of a PDF is judged by itself


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="picture, PDF, .txt, folder, or - for standard input")
    parser.add_argument("--at", metavar="TIME", help="judge as of this time (ISO 8601; without a zone: China's)")
    parser.add_argument(
        "--receipt", type=Path, metavar="DIR", help="also write a signed receipt for each picture or PDF"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--explain", action="store_true", help="print every check, in order")
    add_config_options(parser, "--profile", "--trust", "--ledger", "--lang", "--environment")
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
    names = list(inputs.expand(args.files))
    if args.receipt is None:
        return _judge_all(names, judge, printer, None)
    if texts := [name for name in names if inputs.is_text(name)]:
        raise BadTextError(f"{texts[0]}: receipts are made of pictures and PDFs", "leave the texts out, or --receipt")
    from firmware.commands.receipting import receipts_in

    with receipts_in(args.receipt, config, trust, at, profile) as batch:
        code = _judge_all(names, judge, printer, batch)
        hint(batch.summary())
    return code


class BadTextError(Refusal):
    """A receipt was asked for something that is no picture."""

    exit_code = ExitCode.USAGE


def _judge_all(names: list[str], judge: Judge, printer: _Printer, batch: Batch | None) -> int:
    """Every file gets its line, whatever became of the others; the largest exit code wins."""
    code = int(ExitCode.OK)
    for number, name in enumerate(names, 1):
        try:
            for row in rows_of(name, judge, by_page=batch is not None):
                printer.row(row, batch.add(row.file, row.page, row.payload, row.verdict) if batch else None)
                if row.verdict.family not in _PASSES:
                    code = max(code, ExitCode.NOT_ALL)
        except Refusal as refusal:
            printer.refusal(name, refusal)
            code = max(code, refusal.exit_code)
            if batch:
                batch.lose()
        if batch and len(names) > 1:
            batch.progress(number, len(names))
    return code


def rows_of(name: str, judge: Judge, *, by_page: bool = False) -> Iterator[Row]:
    """The lines of one file, or of each of its pages. Raises NoInputError or BadDataError before the first of them."""
    if inputs.is_text(name):
        for line in inputs.read_lines(name):
            yield Row(name, judge.payload(line.payload), 1, line.number)
        return
    pages = inputs.read_pages(name)
    if not by_page or len(pages) == 1:
        yield _picture_row(name, pages, judge)
        return
    for number, page in enumerate(pages, 1):
        yield replace(_picture_row(name, [page], judge), page=number)


def _picture_row(name: str, pages: list[tuple[str, Picture]], judge: Judge) -> Row:
    from firmware.commands.judging import cause_in, leading, unreadable
    from firmware.scanner.codes import CODE_128
    from firmware.scanner.decoders import read_codes
    from firmware.scanner.planes import gray_of, read_picture_codes

    judged: list[tuple[bytes, Verdict]] = []
    for _, picture in pages:
        gray, codes = read_picture_codes(picture)
        bars = read_codes(gray, effort="first", formats=(CODE_128,)) if codes else []
        beside = tuple(bar.payload for bar in bars)
        judged += [(code.payload, judge.code(gray, code, beside)) for code in codes]
    if judged:
        payload, verdict = leading(judged)
        return Row(name, verdict, len(judged), payload=payload)
    return Row(name, unreadable(cause_in(gray_of(picture) for _, picture in pages)), 0)


class _Printer:
    """Rows as lines for people or as JSON."""

    def __init__(self, language: str, at: Moment, profile: Profile, *, as_json: bool, explain: bool) -> None:
        self._language = language
        self._at = spoken(at)
        self._profile = profile
        self._as_json = as_json
        self._explain = explain

    def row(self, row: Row, receipt: str | None) -> None:
        if self._as_json:
            more = {"receipt": receipt} if receipt else {}
            say_json(as_fields(row) | {"at": self._at, "profile": self._profile.name} | more)
            return
        inside = f":{row.line}" if row.line else f"#{row.page}" if row.page else ""
        place = f"{row.file}{inside}"
        code = f" [{receipt}]" if receipt else ""
        say(f"{place}: {row.verdict.family} {row.verdict.reason} {self._words(row.verdict)}{code}")
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
    inside = {"line": row.line, "page": row.page}
    return found | {name: number for name, number in inside.items() if number is not None}


def _known(facts: Any) -> dict[str, Any]:
    values = {item.name: getattr(facts, item.name) for item in fields(facts)}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value
