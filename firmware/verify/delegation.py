"""授权使用, an owner's leave to another person (row S8): for whom, for what, how long, and whether it still stands.

At most seven working days by the signed calendar; at most three people at once; cancellable at any time; a person may hold
several purposes. How many hold the vehicle, and whether the owner took it back, is known as of the status list's age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firmware.model import Check, CheckName, Moment, Outcome, Profile, Reason, Word
from firmware.verify.days import start_of
from firmware.verify.document import Delegation
from firmware.verify.status import check_age
from firmware.verify.trust import TrustView
from firmware.verify.window import spans_at_most
from firmware.verify.wire import Status

MAX_WORKDAYS: Final = 7
MAX_PEOPLE: Final = 3

_SKIPPED: Final = Check(CheckName.DELEGATION, Outcome.SKIPPED)
_STATES: Final[Mapping[int, Word]] = {Status.INVALID: Word.DELEGATION_ENDED, Status.LOCAL: Word.TOO_MANY}


@dataclass(frozen=True, slots=True)
class DelegationFinding:
    """The check, and what else is worth saying of it."""

    check: Check = _SKIPPED
    notices: tuple[Word, ...] = ()


_NOT_DELEGATED: Final = DelegationFinding()


def find_delegation(
    delegation: Delegation | None, trust: TrustView, moment: Moment, profile: Profile
) -> DelegationFinding:
    """What there is to say of the delegation; SKIPPED for a document that is not delegated. The first defect leads."""
    if delegation is None:
        return _NOT_DELEGATED
    calendar = trust.rules.calendar
    defect = _defect(delegation, trust, moment, profile)
    if defect is not None:
        return DelegationFinding(_exceeded(defect))
    if moment.hi_s < start_of(delegation.from_day):
        return DelegationFinding(Check(CheckName.DELEGATION, Outcome.BAD, Reason.NOT_YET_VALID))
    if moment.lo_s < start_of(delegation.from_day) or moment.hi_s >= start_of(delegation.until_day + 1):
        return DelegationFinding(Check(CheckName.DELEGATION, Outcome.UNKNOWN, Reason.CLOCK_NOT_TRUSTED))
    status = trust.status_list(delegation.status_list, moment)
    state = status.state(delegation.status_index) if status is not None else None
    aged = check_age(CheckName.DELEGATION, status if state is not None else None, trust, moment, profile)
    if aged.outcome is not Outcome.GOOD:
        return DelegationFinding(aged)
    if state != Status.VALID:
        return DelegationFinding(Check(CheckName.DELEGATION, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.UNKNOWN_STATE))
    if not calendar.knows(delegation.from_day, delegation.until_day):
        notice = Check(CheckName.DELEGATION, Outcome.GOOD, Reason.VALID_NOTICE, Word.CALENDAR_OLD)
        return DelegationFinding(notice, (Word.CALENDAR_OLD,))
    return DelegationFinding(Check(CheckName.DELEGATION, Outcome.GOOD))


def _defect(delegation: Delegation, trust: TrustView, moment: Moment, profile: Profile) -> Word | None:
    """The first thing that ends or exceeds the delegation for certain, whatever else is unknown."""
    status = trust.status_list(delegation.status_list, moment)
    state = status.state(delegation.status_index) if status is not None else None
    if state is not None and state in _STATES:
        return _STATES[state]
    if delegation.slot > MAX_PEOPLE:
        return Word.TOO_MANY
    if not spans_at_most(delegation.from_day, delegation.until_day, MAX_WORKDAYS, trust.rules.calendar):
        return Word.TOO_LONG
    if moment.lo_s >= start_of(delegation.until_day + 1):
        return Word.DELEGATION_OVER
    if profile.purposes and profile.purposes.isdisjoint(delegation.purposes):
        return Word.WRONG_PURPOSE
    return None


def _exceeded(word: Word) -> Check:
    return Check(CheckName.DELEGATION, Outcome.BAD, Reason.DELEGATION_EXCEEDED, word)
