"""What became of a document since it was issued: its place on the status list, and the state letters it carries.

The list gives the class, the letters the exact word. The worse of the two leads; where the list is worse, its own word is
shown; letters never soften the list. Data older than the post allows turns a yes into cannot-tell, and never a no into anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware.model import SEVERITY, Check, CheckName, Moment, Outcome, Profile, Reason, Word
from firmware.verify.document import Document
from firmware.verify.rules import State
from firmware.verify.sources import StatusEntries
from firmware.verify.trust import TrustView
from firmware.verify.wire import Status

_OUTCOME: Final[Mapping[Reason, Outcome]] = {
    Reason.VALID: Outcome.GOOD,
    Reason.VALID_NOTICE: Outcome.GOOD,
    Reason.CANNOT_TELL: Outcome.UNKNOWN,
    Reason.DATA_TOO_OLD: Outcome.UNKNOWN,
    Reason.CLOCK_NOT_TRUSTED: Outcome.UNKNOWN,
}
#: Worst first, within one family: what ends for good before what only pauses.
_ORDER: Final = (Reason.WANTED, Reason.REVOKED, Reason.SUSPENDED, Reason.EXPIRED)
#: The least weighs most.
_WEIGHT: Final = {
    reason: (SEVERITY.index(reason.family), _ORDER.index(reason) if reason in _ORDER else len(_ORDER))
    for reason in Reason
}


_LIST_STATES: Final[Mapping[int, State]] = {
    Status.VALID: State(Reason.VALID),
    Status.INVALID: State(Reason.REVOKED, Word.CANCELLED),
    Status.SUSPENDED: State(Reason.SUSPENDED, Word.SUSPENDED),
    Status.OVERDUE: State(Reason.SUSPENDED, Word.OVERDUE),
    Status.EXTENDED: State(Reason.SUSPENDED, Word.EXTENDED),
    Status.NOTICE: State(Reason.VALID_NOTICE, Word.VIOLATION),
    Status.LOOK_UP_ONLINE: State(Reason.CANNOT_TELL, Word.LOOK_UP_ONLINE),
}
_UNKNOWN_STATE: Final = State(Reason.CANNOT_TELL, Word.UNKNOWN_STATE)


@dataclass(frozen=True, slots=True)
class Finding:
    """The status check with what the screen needs beside it: how many more words, and all notices."""

    check: Check
    more: int = 0
    notices: tuple[Word, ...] = ()


_GOOD: Final = {name: Check(name, Outcome.GOOD) for name in CheckName}
_NOTHING_KNOWN: Final = Finding(_GOOD[CheckName.STATUS])


def find_status(
    document: Document, letters: Mapping[str, State], trust: TrustView, moment: Moment, profile: Profile
) -> Finding:
    """The state of `document` as this terminal can know it at `moment`."""
    status = trust.status_list(document.status_list, moment)
    states = [_letter_state(letters.get(letter), profile) for letter in document.letters]
    listed = state_of(status, document.status_index)
    if listed is not None:
        states.append(listed if listed.reason is not Reason.VALID_NOTICE else _notice(listed.word, profile))
    worst = min(states, key=_severity)
    if _OUTCOME.get(worst.reason, Outcome.BAD) is Outcome.BAD:
        return Finding(_check(_exact(worst, listed, states)), _more(worst, states))
    if worst.reason is Reason.CANNOT_TELL:
        return Finding(_check(worst), _more(worst, states))
    aged = check_age(CheckName.STATUS, status if listed is not None else None, trust, moment, profile)
    if aged.outcome is not Outcome.GOOD:
        return Finding(aged)
    if worst.reason is Reason.VALID and aged.word is None:
        return _NOTHING_KNOWN
    said = [*(state.word for state in states if state.reason is Reason.VALID_NOTICE), aged.word]
    notices = tuple(dict.fromkeys(word for word in said if word is not None))
    word = notices[0] if notices else None
    return Finding(Check(CheckName.STATUS, Outcome.GOOD, Reason.VALID_NOTICE, word), notices=notices)


def state_of(status: StatusEntries | None, index: int) -> State | None:
    """What a list says of one place; None when the list is missing or does not reach that far."""
    state = status.state(index) if status is not None else None
    return None if state is None else _LIST_STATES.get(state, _UNKNOWN_STATE)


def _letter_state(letter: State | None, profile: Profile) -> State:
    if letter is None:
        return _UNKNOWN_STATE
    if letter.reason is Reason.VALID_NOTICE:
        return _notice(letter.word, profile)
    if letter.reason is Reason.WANTED and not profile.wanted:
        return State(Reason.CANNOT_TELL, Word.LOOK_UP_ONLINE)
    return letter


def _notice(word: Word | None, profile: Profile) -> State:
    """A state that some posts only mention and others refuse (a sealed car may drive; it may not be sold)."""
    return State(Reason.SUSPENDED if word in profile.stop_words else Reason.VALID_NOTICE, word)


def _severity(state: State) -> tuple[int, int]:
    return _WEIGHT[state.reason]


def _exact(worst: State, listed: State | None, states: Iterable[State]) -> State:
    """The exact word: a letter that says as much as the list names it more closely than the list's class can."""
    if listed is None or worst is not listed:
        return worst
    same = (state for state in states if state.reason is worst.reason and state is not listed)
    return next(same, worst)


def _more(worst: State, states: Iterable[State]) -> int:
    """How many further words argue for the same reason (the list's own class is no further word)."""
    list_words = {state.word for state in _LIST_STATES.values()}
    words = {state.word for state in states if state.reason is worst.reason}
    return max(len(words - list_words) - 1, 0)


def check_age(
    name: CheckName, status: StatusEntries | None, trust: TrustView, moment: Moment, profile: Profile
) -> Check:
    """What the age of the data argues for: nothing, a notice, too old, or a clock that cannot say."""
    if status is None:
        return Check(name, Outcome.UNKNOWN, Reason.DATA_TOO_OLD, Word.LIST_MISSING)
    youngest, oldest = moment.lo_s - status.issued_s, moment.hi_s - status.issued_s
    if youngest > profile.status_unsure_s or moment.lo_s >= min(status.expires_s, trust.expires_s):
        return Check(name, Outcome.UNKNOWN, Reason.DATA_TOO_OLD, Word.LIST_OLD)
    if oldest > profile.status_unsure_s:
        return Check(name, Outcome.UNKNOWN, Reason.CLOCK_NOT_TRUSTED)
    if oldest > profile.status_warn_s:
        return Check(name, Outcome.GOOD, Reason.VALID_NOTICE, Word.LIST_AGEING)
    return _GOOD[name]


def _check(state: State) -> Check:
    return Check(CheckName.STATUS, _OUTCOME.get(state.reason, Outcome.BAD), state.reason, state.word)
