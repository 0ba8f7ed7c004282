"""The rules as signed and dated data: state letters, notice and inspection periods, licence classes, the calendar of work.

Law changes them; code does not. A day is judged by the edition that was in force on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from firmware.model import Reason, Word
from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError
from firmware.verify.wire import EditionField, PeriodGroup, RulesField
from firmware.verify.workdays import Calendar, parse_calendar

#: The classes a letter may stand for, as written in the rules, and what each argues for.
LETTER_CLASSES: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "GO": Reason.VALID,
        "GO+": Reason.VALID_NOTICE,
        "STOP": Reason.SUSPENDED,
        "REVOKED": Reason.REVOKED,
        "EXPIRED": Reason.EXPIRED,
        "WANTED": Reason.WANTED,
        "UNSURE": Reason.CANNOT_TELL,
    }
)
_MAX_NOTICE_DAYS: Final = 366
_MAX_EDITIONS: Final = 64
_MAX_AGE_MONTHS: Final = 1200
_WORDS: Final = frozenset(word.value for word in Word)


@dataclass(frozen=True, slots=True)
class State:
    """What one state letter, or one state of the list, means: the reason that it argues for, and its exact word."""

    reason: Reason
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Vehicles of `group`, aged `from_months` to below `to_months`, are due every `interval_months`; `tested` or exempt."""

    group: PeriodGroup
    from_months: int
    to_months: int
    interval_months: int
    tested: bool


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules from `from_day` until the next edition."""

    from_day: int
    notice_days: int
    vehicle_letters: Mapping[str, State]
    licence_letters: Mapping[str, State]
    covers: Mapping[str, frozenset[str]]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    version: int
    issued_s: int
    editions: tuple[Edition, ...]
    calendar: Calendar

    def on(self, day: int) -> Edition | None:
        """The edition in force on `day`; None before the first."""
        return next((edition for edition in reversed(self.editions) if edition.from_day <= day), None)


def parse_rules(body: dict[int | str, cbor.Value], issued_s: int) -> Rules:
    """The rules in a RULES map. Raises MalformedError on any field, class or word that this firmware does not know."""
    if body.keys() != {int(label) for label in RulesField}:
        raise MalformedError("rules: other fields than the profile has")
    version, editions = body[RulesField.VERSION], body[RulesField.EDITIONS]
    if type(version) is not int or not isinstance(editions, list) or not 0 < len(editions) <= _MAX_EDITIONS:
        raise MalformedError("rules: no version, no edition, or too many")
    parsed = tuple(_edition(entry) for entry in editions)
    if any(later.from_day <= earlier.from_day for earlier, later in pairwise(parsed)):
        raise MalformedError("rules: editions out of order")
    return Rules(version, issued_s, parsed, parse_calendar(body[RulesField.CALENDAR]))


def _edition(entry: cbor.Value) -> Edition:
    if not isinstance(entry, dict) or entry.keys() != {int(label) for label in EditionField}:
        raise MalformedError("rules: an edition with other fields than the profile has")
    return Edition(
        from_day=_whole(entry[EditionField.FROM], wire.MAX_DAY),
        notice_days=_whole(entry[EditionField.NOTICE_DAYS], _MAX_NOTICE_DAYS),
        vehicle_letters=_letters(entry[EditionField.VEHICLE_LETTERS]),
        licence_letters=_letters(entry[EditionField.LICENCE_LETTERS]),
        covers=_covers(entry[EditionField.CLASSES]),
        periods=_periods(entry[EditionField.PERIODS]),
    )


def _whole(value: cbor.Value, high: int) -> int:
    if type(value) is not int or not 0 <= value <= high:
        raise MalformedError("rules: a number that is missing or out of range")
    return value


def _letters(value: cbor.Value) -> Mapping[str, State]:
    if not isinstance(value, dict):
        raise MalformedError("rules: the letters are no map")
    letters: dict[str, State] = {}
    for key, entry in value.items():
        if not isinstance(key, str) or len(key) != 1 or not isinstance(entry, list) or len(entry) != 2:
            raise MalformedError("rules: a letter is one character with a class and a word")
        class_, word = entry
        reason = LETTER_CLASSES.get(class_) if isinstance(class_, str) else None
        if reason is None or not isinstance(word, str) or (word and word not in _WORDS):
            raise MalformedError(f"rules: letter {key!r} has an unknown class or word")
        letters[key] = State(reason, Word(word) if word else None)
    return MappingProxyType(letters)


def _covers(value: cbor.Value) -> Mapping[str, frozenset[str]]:
    if not isinstance(value, dict):
        raise MalformedError("rules: the licence classes are no map")
    covers: dict[str, frozenset[str]] = {}
    for key, entry in value.items():
        if not isinstance(key, str) or not isinstance(entry, list):
            raise MalformedError("rules: a licence class is a text with a list")
        covered = [name for name in entry if isinstance(name, str)]
        if len(covered) != len(entry):
            raise MalformedError("rules: a licence class covers something that is no class")
        covers[key] = frozenset((key, *covered))
    return MappingProxyType(covers)


def _periods(value: cbor.Value) -> tuple[Period, ...]:
    if not isinstance(value, list):
        raise MalformedError("rules: the inspection periods are no list")
    periods = []
    for entry in value:
        if not isinstance(entry, list) or len(entry) != 5 or type(entry[4]) is not bool:
            raise MalformedError("rules: an inspection period has four numbers and a yes or no")
        group, *months = (_whole(number, _MAX_AGE_MONTHS) for number in entry[:4])
        if group not in {int(each) for each in PeriodGroup} or not months[0] < months[1] or not months[2]:
            raise MalformedError("rules: an inspection period of no group or no length")
        periods.append(Period(PeriodGroup(group), months[0], months[1], months[2], entry[4]))
    return tuple(periods)
