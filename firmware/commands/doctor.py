"""`yanma doctor`: one line a check, with what was found and what to do about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from firmware.commands.options import NAMED, add_config_options, load
from firmware.commands.output import hint, say, say_json
from firmware.doctor.finding import Finding, Machine, State, fail
from firmware.refusal import ConfigError, ExitCode

#: The worst state decides: 0 all is well, 1 a warning, 2 a failure.
_EXIT: Final = {State.SKIP: 0, State.OK: 0, State.WARN: 1, State.FAIL: 2}

EPILOG: Final = """\
states: ok, warn (works, but will trouble you), fail (does not work), skip (not fitted)

examples:
  yanma doctor                     this machine, as it is configured
  yanma doctor --json              one JSON object a line, for a program
  yanma doctor --bundle report.zip what to attach to a report
  yanma doctor --source 0 --panel ssd1306 --pins lgpio

exit codes: 0 all is well, 1 at least one warning, 2 at least one failure"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--bundle", type=Path, metavar="FILE.zip", help="write findings, settings and versions there too"
    )
    add_config_options(parser, *NAMED)
    parser.epilog = EPILOG


def main(args: argparse.Namespace) -> int:
    try:
        machine = Machine(load(args))
    except ConfigError as error:
        _tell("config", fail(error.what, error.next_step), as_json=args.json)
        return _EXIT[State.FAIL]
    from firmware.doctor import examine

    code = int(ExitCode.OK)
    findings = []
    for name, finding in examine(machine):
        _tell(name, finding, as_json=args.json)
        findings.append((name, finding))
        code = max(code, _EXIT[finding.state])
    if args.bundle is not None:
        from firmware.doctor.bundle import write_bundle

        write_bundle(args.bundle, machine, findings)
        hint(f"{args.bundle}: findings, settings and versions; nothing about people, no keys, no records")
    return code


def _tell(name: str, finding: Finding, *, as_json: bool) -> None:
    if as_json:
        say_json({"check": name, "state": finding.state, "evidence": finding.evidence, "remedy": finding.remedy})
        return
    say(f"{finding.state:<5} {name:<14} {finding.evidence}")
    if finding.remedy:
        say(f"{'':<5} {'':<14} -> {finding.remedy}")
