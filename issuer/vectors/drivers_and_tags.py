"""Cases about what only a driving licence or an EVI tag has: classes, probation, medical dates, a bar code, insurance."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.wire import Field
from issuer.vectors.case import DRIVING, TAG, Case
from issuer.vectors.changes import field, field_day, no_field
from issuer.vectors.times import DAY_END_S

_VALID, _NOTICE = Reason.VALID, Reason.VALID_NOTICE
_EXPIRED: Final = Reason.EXPIRED
_SOON: Final = Word.DUE_SOON

_DRIVERS: Final = (
    Case("for-life", "A long-term licence: no last day", _VALID, changes=(no_field(Field.VALID_UNTIL),)),
    Case(
        "medical-overdue",
        "The medical examination was due yesterday",
        Reason.SUSPENDED,
        Word.MEDICAL_OVERDUE,
        (field_day(Field.MEDICAL_UNTIL, -1),),
    ),
    Case(
        "medical-in-its-last-second",
        "The last second of the day of the medical examination",
        _NOTICE,
        _SOON,
        (field_day(Field.MEDICAL_UNTIL, 0),),
        at_s=DAY_END_S - 1,
    ),
    Case(
        "medical-far-away", "A medical examination in 300 days", _VALID, changes=(field_day(Field.MEDICAL_UNTIL, 300),)
    ),
    Case("probation", "On probation", _NOTICE, Word.PROBATION, (field_day(Field.PROBATION_UNTIL, 100),)),
    Case(
        "probation-in-its-last-second",
        "The last second of the probation",
        _NOTICE,
        Word.PROBATION,
        (field_day(Field.PROBATION_UNTIL, 0),),
        at_s=DAY_END_S - 1,
    ),
    Case("probation-over", "The probation ended yesterday", _VALID, changes=(field_day(Field.PROBATION_UNTIL, -1),)),
    Case(
        "probation-refused",
        "On probation at a post that lends to no novice",
        Reason.SUSPENDED,
        Word.PROBATION,
        (field_day(Field.PROBATION_UNTIL, 100),),
        profile="no-probation",
    ),
    Case("class-is-the-one-asked-for", "C1 where C1 is asked for", _VALID, profile="needs-C1"),
    Case("class-covers-the-one-asked-for", "C1 where C2 is asked for", _VALID, profile="needs-C2"),
    Case(
        "class-among-several",
        "A1D where C1 is asked for",
        _VALID,
        changes=(field(Field.CLASSES, "A1D"),),
        profile="needs-C1",
    ),
    Case("class-not-covered", "C1 where C6 is asked for", Reason.SUSPENDED, Word.CLASS_NOT_COVERED, profile="needs-C6"),
    Case(
        "class-of-motorcycles",
        "D where C1 is asked for",
        Reason.SUSPENDED,
        Word.CLASS_NOT_COVERED,
        (field(Field.CLASSES, "DE"),),
        profile="needs-C1",
    ),
    Case(
        "class-unknown",
        "A class that no rule names, where C1 is asked for",
        Reason.CANNOT_TELL,
        Word.UNKNOWN_STATE,
        (field(Field.CLASSES, "H"),),
        profile="needs-C1",
    ),
    Case(
        "class-unknown-beside-one-that-covers",
        "HC1 where C1 is asked for",
        _VALID,
        changes=(field(Field.CLASSES, "HC1"),),
        profile="needs-C1",
    ),
    Case(
        "bar-code-differs",
        "Another bar code beside it",
        Reason.CANNOT_TELL,
        Word.BAR_CODE_DIFFERS,
        beside="1101234567891",
    ),
    Case("no-bar-code", "A licence that names no bar code", _VALID, changes=(no_field(Field.BAR_CODE),)),
)
_TAGS: Final = (
    Case(
        "insurance-over-by-one-second",
        "The first second after the last insured day",
        _EXPIRED,
        Word.INSURANCE_OVER,
        (field_day(Field.INSURED_UNTIL, -1),),
        at_s=DAY_END_S,
    ),
    Case(
        "insured-in-the-last-second",
        "The last second of the last insured day",
        _VALID,
        changes=(field_day(Field.INSURED_UNTIL, 0),),
        at_s=DAY_END_S - 1,
    ),
    Case(
        "insurance-over",
        "Compulsory insurance over for five days",
        _EXPIRED,
        Word.INSURANCE_OVER,
        (field_day(Field.INSURED_UNTIL, -5),),
    ),
    Case(
        "inspection-and-insurance-over",
        "Both over: the inspection leads",
        _EXPIRED,
        None,
        (field_day(Field.INSPECTED_UNTIL, -5), field_day(Field.INSURED_UNTIL, -5)),
    ),
)


def _of(kinds: frozenset[Kind], cases: tuple[Case, ...]) -> tuple[Case, ...]:
    return tuple(replace(case, kinds=kinds) for case in cases)


CASES: Final = (*_of(DRIVING, _DRIVERS), *_of(TAG, _TAGS))
