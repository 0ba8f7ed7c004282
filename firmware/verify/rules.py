"""The rules of the day, as signed and dated data: state letters and notice periods. Law changes them; code does not.

Each letter of a licence or a vehicle stands for a class and, where the class needs it, an exact word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from firmware.model import Reason, Word
from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError

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
_WORDS: Final = frozenset(word.value for word in Word)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one state letter means: the reason that it argues for, and its exact word."""

    reason: Reason
    word: Word | None


@dataclass(frozen=True, slots=True)
class Rules:
    version: int
    issued_s: int
    from_day: int
    notice_days: int
    vehicle_letters: Mapping[str, Letter]
    licence_letters: Mapping[str, Letter]


def parse_rules(body: dict[int | str, cbor.Value], issued_s: int) -> Rules:
    """The rules in a RULES map. Raises MalformedError on any field, class or word that this firmware does not know."""
    if frozenset(body) != frozenset(int(label) for label in wire.RulesField):
        raise MalformedError("rules: other fields than the profile has")
    version, from_day = body[wire.RulesField.VERSION], body[wire.RulesField.FROM]
    notice_days = body[wire.RulesField.NOTICE_DAYS]
    if type(version) is not int or type(from_day) is not int or type(notice_days) is not int:
        raise MalformedError("rules: a number is missing")
    if not 0 <= notice_days <= _MAX_NOTICE_DAYS:
        raise MalformedError("rules: a notice period out of range")
    return Rules(
        version=version,
        issued_s=issued_s,
        from_day=from_day,
        notice_days=notice_days,
        vehicle_letters=_letters(body[wire.RulesField.VEHICLE_LETTERS]),
        licence_letters=_letters(body[wire.RulesField.LICENCE_LETTERS]),
    )


def _letters(value: cbor.Value) -> Mapping[str, Letter]:
    if not isinstance(value, dict):
        raise MalformedError("rules: the letters are no map")
    letters: dict[str, Letter] = {}
    for key, entry in value.items():
        if not isinstance(key, str) or len(key) != 1 or not isinstance(entry, list) or len(entry) != 2:
            raise MalformedError("rules: a letter is one character with a class and a word")
        class_, word = entry
        reason = LETTER_CLASSES.get(class_) if isinstance(class_, str) else None
        if reason is None or not isinstance(word, str) or (word and word not in _WORDS):
            raise MalformedError(f"rules: letter {key!r} has an unknown class or word")
        letters[key] = Letter(reason, Word(word) if word else None)
    return MappingProxyType(letters)
