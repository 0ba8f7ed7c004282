"""What a step gives: its line of the record, and for the person what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.ledger.commissioning.body import Figures, Line, Outcome, Why
from firmware.selftest.plan import Step


@dataclass(frozen=True, slots=True)
class Result:
    """`remedy` is empty when there is nothing to do."""

    line: Line
    remedy: str = ""


def passed(step: Step, evidence: str, figures: Figures | None = None) -> Result:
    return Result(Line(step, Outcome.PASS, evidence, figures=figures))


def failed(step: Step, evidence: str, remedy: str, figures: Figures | None = None) -> Result:
    return Result(Line(step, Outcome.FAIL, evidence, figures=figures), remedy)


def not_fitted(step: Step, evidence: str) -> Result:
    return Result(Line(step, Outcome.SKIP, evidence, Why.NOT_FITTED))


def not_confirmed(step: Step, evidence: str, figures: Figures | None = None) -> Result:
    return Result(Line(step, Outcome.SKIP, evidence, Why.NOT_CONFIRMED, figures))
