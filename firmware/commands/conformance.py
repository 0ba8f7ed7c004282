"""`yanma conformance FILE|DIR...`: published vectors, and our own pack, against the parsers and algorithms of this build."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.commands.output import hint, say, say_json
from firmware.refusal import ExitCode, Refusal

if TYPE_CHECKING:
    from firmware.conformance.vector import Answer, Vector

EPILOG: Final = """\
FILE is a JSON object {"suite": ..., "vectors": [...]}; a folder stands for its pack.json,
or else for all *.json in it. A vector is "not supported" where this product does not
judge it: an algorithm it does not have, or CBOR that its strict profile excludes.

examples:
  yanma conformance vectors/
  yanma conformance --list vectors/cose_sign1.json     and why the others are not supported
  yanma conformance --json pack/ | python -m json.tool --json-lines

exit codes: 0 all that is supported agrees, 1 at least one disagrees, 65 not a vector
file, 66 a file cannot be opened"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="vector file, or a folder of those")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, one line a suite")
    parser.add_argument("--list", action="store_true", help="say why vectors are not supported, and which")
    parser.epilog = EPILOG


@dataclass(slots=True)
class Tally:
    """What came of one suite. `disagreed` and `unsupported`: id and why, in the order of the file."""

    agreed: int = 0
    disagreed: list[tuple[str, str]] = field(default_factory=list)
    unsupported: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, answer: Answer) -> None:
        from firmware.conformance.vector import State

        if answer.state is State.AGREED:
            self.agreed += 1
        elif answer.state is State.DISAGREED:
            self.disagreed.append((name, answer.why))
        else:
            self.unsupported.append((name, answer.why))


def main(args: argparse.Namespace) -> int:
    from firmware.conformance import files

    code = int(ExitCode.OK)
    vectors: list[Vector] = []
    for path in files.expand(args.files):
        try:
            vectors += files.read_vectors(path)
        except Refusal as refusal:
            hint(f"yanma: {refusal.what}\n  next step: {refusal.next_step}")
            code = max(code, refusal.exit_code)
    tallies = _run(files.lend_keys(vectors))
    if any(tally.disagreed for tally in tallies.values()):
        code = max(code, ExitCode.NOT_ALL)
    if args.json:
        for suite, tally in tallies.items():
            say_json(_fields(suite, tally, listed=args.list))
    elif tallies:
        _say(tallies, listed=args.list)
    return code


def _run(vectors: Iterable[Vector]) -> dict[str, Tally]:
    from firmware.conformance.table import answer

    tallies: dict[str, Tally] = {}
    for vector in vectors:
        tallies.setdefault(vector.suite, Tally()).add(vector.id, answer(vector))
    return tallies


def _fields(suite: str, tally: Tally, *, listed: bool) -> dict[str, object]:
    fields: dict[str, object] = {
        "suite": suite,
        "agreed": tally.agreed,
        "disagreed": [name for name, _ in tally.disagreed],
        "unsupported": len(tally.unsupported),
    }
    if listed:
        fields["why"] = dict((*tally.disagreed, *tally.unsupported))
    return fields


def _say(tallies: dict[str, Tally], *, listed: bool) -> None:
    wide = max(len("suite"), len("total"), *(len(suite) for suite in tallies))
    say(f"{'suite':<{wide}}  agreed  disagreed  not supported")
    for suite, tally in tallies.items():
        _say_row(suite, wide, tally.agreed, len(tally.disagreed), len(tally.unsupported))
        for name, why in tally.disagreed:
            say(f"  disagreed: {name}: {why}")
        if listed:
            _say_unsupported(tally.unsupported)
    total = tallies.values()
    _say_row(
        "total",
        wide,
        sum(tally.agreed for tally in total),
        sum(len(tally.disagreed) for tally in total),
        sum(len(tally.unsupported) for tally in total),
    )


def _say_row(suite: str, wide: int, agreed: int, disagreed: int, unsupported: int) -> None:
    say(f"{suite:<{wide}}  {agreed:>6}  {disagreed:>9}  {unsupported:>13}")


def _say_unsupported(unsupported: Iterable[tuple[str, str]]) -> None:
    rows = list(unsupported)
    for why, count in Counter(why for _, why in rows).most_common():
        say(f"  not supported, {count}: {why}")
        for name in (name for name, reason in rows if reason == why):
            say(f"    {name}")
