"""A line -> what people and programs read of it; lines -> how many of each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from firmware.ledger.commissioning.body import Line, Outcome
from firmware.selftest.plan import Step

_STEP_WIDTH: Final = max(len(step) for step in Step)


def line_of(line: Line, remedy: str = "") -> str:
    """One line, and below it the remedy where there is one."""
    first = f"{line.outcome} {line.name:<{_STEP_WIDTH}}  {line.evidence}"
    return f"{first}\n{'':<{_STEP_WIDTH + 5}}  -> {remedy}" if remedy else first


def fields_of(line: Line, remedy: str = "") -> dict[str, Any]:
    """The same for a program (docs/cli.md)."""
    return {
        "name": line.name,
        "outcome": line.outcome,
        "why": line.why,
        "evidence": line.evidence,
        "remedy": remedy,
        "figures": dict(line.figures or {}),
    }


def tally_of(lines: Sequence[Line]) -> dict[str, int]:
    """The slots `passed`, `failed` and `skipped` of the words."""
    outcomes = {"passed": Outcome.PASS, "failed": Outcome.FAIL, "skipped": Outcome.SKIP}
    return {name: sum(line.outcome is outcome for line in lines) for name, outcome in outcomes.items()}
