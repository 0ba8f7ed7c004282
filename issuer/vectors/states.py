"""Cases about the state of a document: its letters, its place on the status list, and the age of that list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.wire import Field, Status
from issuer.vectors.case import ALL, CARS, DRIVING, MARK, TAG, Case, spread
from issuer.vectors.changes import field
from issuer.vectors.papers import LIST_SIZE, MISSING_LIST, STATE_INDEX, STATUS_LIST
from issuer.vectors.times import NOW_S
from issuer.vectors.workshop import Change

_R, _W = Reason, Word
Answer = tuple[Reason, Word | None]
#: When the list was made, before NOW.
LIST_AGE_S: Final = 60
_HOUR_S: Final = 3600

_ONLINE: Final[Answer] = (_R.CANNOT_TELL, _W.LOOK_UP_ONLINE)
_UNKNOWN: Final[Answer] = (_R.CANNOT_TELL, _W.UNKNOWN_STATE)

#: Four-bit state -> what it argues for.
_STATES: Final[Mapping[int, tuple[str, Answer]]] = {
    Status.INVALID: ("invalid", (_R.REVOKED, _W.CANCELLED)),
    Status.SUSPENDED: ("suspended", (_R.SUSPENDED, _W.SUSPENDED)),
    Status.LOCAL: ("local", _UNKNOWN),
    Status.OVERDUE: ("overdue", (_R.SUSPENDED, _W.OVERDUE)),
    Status.EXTENDED: ("extended", (_R.SUSPENDED, _W.EXTENDED)),
    Status.NOTICE: ("notice", (_R.VALID_NOTICE, _W.VIOLATION)),
    Status.LOOK_UP_ONLINE: ("look-up-online", _ONLINE),
    4: ("unassigned", _UNKNOWN),
}
#: State letters -> what the police are told (verdicts.md, scheme.md).
_VEHICLE: Final[Mapping[str, Answer]] = {
    "A": (_R.VALID, None),
    "B": (_R.CANNOT_TELL, _W.TRANSFERRED_OUT),
    "C": (_R.WANTED, None),
    "D": (_R.SUSPENDED, _W.USE_STOPPED),
    "E": (_R.REVOKED, _W.CANCELLED),
    "F": _UNKNOWN,
    "G": (_R.VALID_NOTICE, _W.VIOLATION),
    "H": (_R.VALID_NOTICE, _W.CUSTOMS),
    "I": (_R.VALID_NOTICE, _W.ACCIDENT),
    "J": (_R.WANTED, None),
    "K": (_R.VALID_NOTICE, _W.SEALED),
    "L": (_R.SUSPENDED, _W.DETAINED),
    "M": (_R.SUSPENDED, _W.SCRAP),
    "N": (_R.WANTED, None),
    "O": (_R.VALID_NOTICE, _W.LOCKED),
    "P": (_R.REVOKED, _W.VOIDED),
    "Q": (_R.EXPIRED, None),
    "Z": _UNKNOWN,
    "AG": (_R.VALID_NOTICE, _W.VIOLATION),
    "GI": (_R.VALID_NOTICE, _W.VIOLATION),
    "GL": (_R.SUSPENDED, _W.DETAINED),
    "LE": (_R.REVOKED, _W.CANCELLED),
    "QL": (_R.SUSPENDED, _W.DETAINED),
    "BG": (_R.CANNOT_TELL, _W.TRANSFERRED_OUT),
    "EC": (_R.WANTED, None),
    "GZ": _UNKNOWN,
}
_LICENCE: Final[Mapping[str, Answer]] = {
    "A": (_R.VALID, None),
    "B": (_R.SUSPENDED, _W.POINTS_FULL),
    "C": (_R.CANNOT_TELL, _W.TRANSFERRED_OUT),
    "D": (_R.SUSPENDED, _W.HELD),
    "E": (_R.REVOKED, _W.RESCINDED),
    "F": (_R.REVOKED, _W.WITHDRAWN),
    "G": (_R.REVOKED, _W.CANCELLED),
    "H": (_R.VALID_NOTICE, _W.VIOLATION),
    "I": (_R.VALID_NOTICE, _W.ACCIDENT),
    "J": (_R.SUSPENDED, _W.USE_STOPPED),
    "K": (_R.SUSPENDED, _W.SEIZED),
    "L": (_R.CANNOT_TELL, _W.LOCKED),
    "M": (_R.SUSPENDED, _W.NOT_RENEWED),
    "N": (_R.SUSPENDED, _W.EXTENDED),
    "P": (_R.SUSPENDED, _W.EXTENDED),
    "R": (_R.REVOKED, _W.CANCELLED),
    "S": (_R.SUSPENDED, _W.NOT_REVIEWED),
    "T": (_R.SUSPENDED, _W.EXTENDED),
    "U": (_R.SUSPENDED, _W.DETAINED),
    "Q": _UNKNOWN,
    "BDJ": (_R.SUSPENDED, _W.POINTS_FULL),
    "HI": (_R.VALID_NOTICE, _W.VIOLATION),
    "HB": (_R.SUSPENDED, _W.POINTS_FULL),
    "BF": (_R.REVOKED, _W.WITHDRAWN),
    "LH": (_R.CANNOT_TELL, _W.LOCKED),
}
#: Not every kind needs every letter: the other kinds of cars show one of each class.
_ONE_OF_EACH: Final = ("B", "E", "G", "J", "L", "Q", "Z", "GL")


def on_list(index: int) -> Change:
    return field(Field.STATUS, [STATUS_LIST, index])


def _letters(letters: str, answer: Answer, kinds: frozenset[Kind], profile: str = "police") -> Case:
    name = f"letters-{letters}" + ("" if profile == "police" else f"-{profile}")
    return Case(
        name,
        f"State letters {letters}, at the post {profile!r}",
        *answer,
        (field(Field.LETTERS, letters),),
        kinds=kinds,
        profile=profile,
    )


_BY_LIST: Final = tuple(
    Case(f"status-{label}", f"State {state} on the list", *answer, (on_list(STATE_INDEX + state),))
    for state, (label, answer) in _STATES.items()
)
_BY_LETTERS: Final = (
    *(_letters(letters, answer, MARK) for letters, answer in _VEHICLE.items()),
    *(_letters(letters, _VEHICLE[letters], CARS - MARK) for letters in _ONE_OF_EACH),
    *(_letters(letters, answer, DRIVING) for letters, answer in _LICENCE.items()),
    _letters("C", _ONLINE, MARK, "gate"),
    _letters("N", _ONLINE, MARK, "insurer"),
    _letters("K", (_R.SUSPENDED, _W.SEALED), CARS - TAG, "dealer"),
    _letters("H", (_R.SUSPENDED, _W.CUSTOMS), MARK, "dealer"),
    _letters("O", (_R.SUSPENDED, _W.LOCKED), MARK, "dealer"),
    _letters("G", (_R.VALID_NOTICE, _W.VIOLATION), MARK, "dealer"),
)


def _both(name: str, title: str, state: Status, letters: str, answer: Answer, kinds: frozenset[Kind] = MARK) -> Case:
    return Case(name, title, *answer, (on_list(STATE_INDEX + state), field(Field.LETTERS, letters)), kinds=kinds)


_TOGETHER: Final = (
    _both(
        "list-names-the-class-letter-the-word",
        "Invalid on the list; P is the exact word",
        Status.INVALID,
        "P",
        (_R.REVOKED, _W.VOIDED),
    ),
    _both(
        "list-names-the-class-letter-the-word",
        "Suspended on the list; D is the exact word",
        Status.SUSPENDED,
        "D",
        (_R.SUSPENDED, _W.HELD),
        DRIVING,
    ),
    _both(
        "list-worse-than-letters",
        "Invalid on the list, G as the letter",
        Status.INVALID,
        "G",
        (_R.REVOKED, _W.CANCELLED),
    ),
    _both(
        "list-worse-than-letters",
        "Invalid on the list, D as the letter",
        Status.INVALID,
        "D",
        (_R.REVOKED, _W.CANCELLED),
        DRIVING,
    ),
    _both(
        "letters-worse-than-list",
        "A notice on the list, E as the letter",
        Status.NOTICE,
        "E",
        (_R.REVOKED, _W.CANCELLED),
    ),
    _both(
        "letters-worse-than-list",
        "A notice on the list, U as the letter",
        Status.NOTICE,
        "U",
        (_R.SUSPENDED, _W.DETAINED),
        DRIVING,
    ),
    _both(
        "letter-never-softens-the-list",
        "Suspended on the list, A as the letter",
        Status.SUSPENDED,
        "A",
        (_R.SUSPENDED, _W.SUSPENDED),
        ALL,
    ),
    _both(
        "online-look-up-and-a-stop",
        "Look up online on the list, L as the letter: the stop leads",
        Status.LOOK_UP_ONLINE,
        "L",
        (_R.SUSPENDED, _W.DETAINED),
    ),
)


def _aged(name: str, title: str, age_s: int, answer: Answer, index: int | None = None) -> Case:
    changes = () if index is None else (on_list(index),)
    return Case(name, title, *answer, changes, at_s=NOW_S - LIST_AGE_S + age_s)


_AGES: Final = (
    _aged("list-24-hours-old", "A list of 24 hours", 24 * _HOUR_S, (_R.VALID, None)),
    _aged(
        "list-over-24-hours-old", "A list of 24 hours and a second", 24 * _HOUR_S + 1, (_R.VALID_NOTICE, _W.LIST_AGEING)
    ),
    _aged("list-48-hours-old", "A list of 48 hours", 48 * _HOUR_S, (_R.VALID_NOTICE, _W.LIST_AGEING)),
    _aged(
        "list-over-48-hours-old", "A list of 48 hours and a second", 48 * _HOUR_S + 1, (_R.DATA_TOO_OLD, _W.LIST_OLD)
    ),
    _aged(
        "stop-from-an-old-list",
        "Revoked, says a list of a week: a stop stays a stop",
        7 * 24 * _HOUR_S,
        (_R.REVOKED, _W.CANCELLED),
        STATE_INDEX + Status.INVALID,
    ),
    _aged(
        "notice-from-an-old-list",
        "A notice, says a list of a week",
        7 * 24 * _HOUR_S,
        (_R.DATA_TOO_OLD, _W.LIST_OLD),
        STATE_INDEX + Status.NOTICE,
    ),
    Case(
        "list-missing",
        "On a list that the reader does not have",
        _R.DATA_TOO_OLD,
        _W.LIST_MISSING,
        (field(Field.STATUS, [MISSING_LIST, 5]),),
    ),
    Case(
        "index-past-the-end",
        "The first index after the end of the list",
        _R.DATA_TOO_OLD,
        _W.LIST_MISSING,
        (on_list(LIST_SIZE),),
    ),
    Case("last-index-of-the-list", "The last index of the list", _R.VALID, changes=(on_list(LIST_SIZE - 1),)),
    Case(
        "stop-letter-without-a-list",
        "A stop by its letter, on a list that is missing",
        _R.SUSPENDED,
        _W.DETAINED,
        (field(Field.STATUS, [MISSING_LIST, 5]), field(Field.LETTERS, "L")),
        kinds=CARS,
    ),
    replace(
        _aged(
            "list-age-in-doubt",
            "47 hours and 50 minutes old, by a clock sure to a quarter of an hour",
            47 * _HOUR_S + 3000,
            (_R.CLOCK_NOT_TRUSTED, None),
        ),
        doubt_s=900,
        kinds=MARK | TAG,
    ),
)
CASES: Final = spread(
    (*_BY_LIST, *_BY_LETTERS, *_TOGETHER, *_AGES),
    " ".join(case.name for case in _BY_LIST)
    + " letter-never-softens-the-list list-over-24-hours-old list-over-48-hours-old stop-from-an-old-list list-missing",
)
