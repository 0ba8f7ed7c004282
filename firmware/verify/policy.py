"""Checks + profile -> family and leading reason. The worst family wins; within it, the first check in the fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from firmware.model import SEVERITY, Check, CheckName, Family, Outcome, Profile, Reason, Way, Word
from firmware.verify.document import Document, split_classes
from firmware.verify.rules import Edition

_RANK: Final = {family: rank for rank, family in enumerate(SEVERITY)}
_RANK_OF_REASON: Final = {reason: _RANK[reason.family] for reason in Reason}
_HARMLESS: Final = (Outcome.GOOD, Outcome.SKIPPED)
_SKIPPED: Final = {name: Check(name, Outcome.SKIPPED) for name in CheckName}
_TAKEN: Final = Check(CheckName.POLICY, Outcome.GOOD)
_VALID: Final = Check(CheckName.DECODE, Outcome.GOOD, Reason.VALID)


def check_policy(document: Document, way: Way, profile: Profile, edition: Edition, today: int) -> Check:
    """Whether this post takes this document, shown in this way, from a driver of this class."""
    ways = profile.ways_for(document.kind)
    if not ways:
        return Check(CheckName.POLICY, Outcome.BAD, Reason.WRONG_DOCUMENT)
    if way not in ways:
        return Check(CheckName.POLICY, Outcome.BAD, Reason.WRONG_DOCUMENT, Word.WAY_NOT_TAKEN)
    if document.classes is not None:
        return _check_driver(document.classes, document.probation_until, profile, edition, today)
    return _TAKEN


def _check_driver(classes: str, probation_until: int | None, profile: Profile, edition: Edition, today: int) -> Check:
    known = [edition.covers.get(name) for name in split_classes(classes)]
    wanted = profile.required_class
    if wanted is not None and not any(covered is not None and wanted in covered for covered in known):
        if None in known:
            return Check(CheckName.POLICY, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.UNKNOWN_STATE)
        return Check(CheckName.POLICY, Outcome.BAD, Reason.SUSPENDED, Word.CLASS_NOT_COVERED)
    if probation_until is not None and today <= probation_until:
        if Word.PROBATION in profile.stop_words:
            return Check(CheckName.POLICY, Outcome.BAD, Reason.SUSPENDED, Word.PROBATION)
        return Check(CheckName.POLICY, Outcome.GOOD, Reason.VALID_NOTICE, Word.PROBATION)
    return _TAKEN


def worse(check: Check, other: Check | None) -> Check:
    """The one of two answers to one question that weighs more; the first where they weigh the same."""
    if other is None or other.reason is None:
        return check
    if check.reason is None:
        return other
    return other if _RANK_OF_REASON[other.reason] < _RANK_OF_REASON[check.reason] else check


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Every check of the list, in the fixed order; those that were not made are SKIPPED."""
    made = dict(_SKIPPED)
    for check in checks:
        made[check.name] = check
    return tuple(made.values())


def leading(checks: Iterable[Check]) -> Check:
    """The check whose reason leads, out of checks in the fixed order. With nothing against it the leader argues for VALID.

    A check that is bad or unknown without a reason would be a mistake of ours: it leads to CANNOT_TELL, never to GO.
    """
    worst, worst_rank = _VALID, _RANK[Family.GO]
    for check in checks:
        if check.reason is None:
            if check.outcome in _HARMLESS:
                continue
            check = Check(check.name, check.outcome, Reason.CANNOT_TELL, Word.INTERNAL_ERROR)
        rank = _RANK_OF_REASON[check.reason or Reason.CANNOT_TELL]
        if rank < worst_rank:
            worst, worst_rank = check, rank
    return worst
