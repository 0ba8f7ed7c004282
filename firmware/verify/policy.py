"""Checks + profile -> family and leading reason. The worst family wins; within it, the first check in the fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from firmware.model import SEVERITY, Check, CheckName, Outcome, Profile, Reason, Way, Word
from firmware.verify.document import Document

_RANK: Final = {family: rank for rank, family in enumerate(SEVERITY)}
_ORDER: Final = {name: place for place, name in enumerate(CheckName)}


def check_policy(document: Document, way: Way, profile: Profile) -> Check:
    """Whether this post takes this document, shown in this way."""
    ways = profile.ways_for(document.kind)
    if not ways:
        return Check(CheckName.POLICY, Outcome.BAD, Reason.WRONG_DOCUMENT)
    if way not in ways:
        return Check(CheckName.POLICY, Outcome.BAD, Reason.WRONG_DOCUMENT, Word.WAY_NOT_TAKEN)
    return Check(CheckName.POLICY, Outcome.GOOD)


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Every check of the list, in the fixed order; those that were not made are SKIPPED."""
    made = {check.name: check for check in checks}
    return tuple(made.get(name) or Check(name, Outcome.SKIPPED) for name in CheckName)


def leading(checks: Iterable[Check]) -> Check:
    """The check whose reason leads. With nothing against it the leader argues for VALID.

    A check that is bad or unknown without a reason would be a mistake of ours: it leads to CANNOT_TELL, never to GO.
    """
    worst = Check(CheckName.DECODE, Outcome.GOOD, Reason.VALID)
    for check in sorted(checks, key=lambda check: _ORDER[check.name]):
        reason = check.reason
        if reason is None:
            if check.outcome in (Outcome.GOOD, Outcome.SKIPPED):
                continue
            check = Check(check.name, check.outcome, Reason.CANNOT_TELL, Word.INTERNAL_ERROR)
            reason = Reason.CANNOT_TELL
        assert worst.reason is not None
        if _RANK[reason.family] < _RANK[worst.reason.family]:
            worst = check
    return worst
