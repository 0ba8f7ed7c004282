"""Cases about the days of a document, its downloaded copies, and the post that it is shown at."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.wire import Claim, Field
from issuer.dates import DAY_S
from issuer.office import Form
from issuer.vectors.case import CARS, COPIES, DRIVING, LENT, LICENCE, MARK, TAG, Case, spread
from issuer.vectors.changes import claim_at, field, field_day, no_field, signed_by
from issuer.vectors.papers import LIFTED_INDEX, REVOKED_SINCE_INDEX, STATUS_LIST
from issuer.vectors.times import BEFORE_RULES_S, DAY_END_S, NOW_S, THEN_S

_VALID, _NOTICE = Reason.VALID, Reason.VALID_NOTICE
_EXPIRED, _WRONG = Reason.EXPIRED, Reason.WRONG_DOCUMENT
_SOON: Final = Word.DUE_SOON
#: The field whose day ends a document.
_ENDS: Final = dict.fromkeys(CARS, Field.INSPECTED_UNTIL) | {Kind.DRIVING_LICENCE: Field.VALID_UNTIL}
_STATIC: Final = MARK | TAG


def _ending(
    name: str, title: str, days: int, reason: Reason, word: Word | None = None, at_s: int = NOW_S
) -> tuple[Case, ...]:
    """The same case of every kind, each by the field that ends it."""
    return tuple(
        Case(name, title, reason, word, (field_day(key, days),), kinds=frozenset({kind}), at_s=at_s)
        for kind, key in _ENDS.items()
    )


_ENDINGS: Final = (
    *_ending("expired-by-one-second", "The first second after its last day", -1, _EXPIRED, at_s=DAY_END_S),
    *_ending("in-its-last-second", "The last second of its last day in Shanghai", 0, _NOTICE, _SOON, DAY_END_S - 1),
    *_ending("expired-by-43-days", "43 days after its last day", -43, _EXPIRED),
    *_ending("due-in-90-days", "90 days left: the notice begins", 90, _NOTICE, _SOON),
    *_ending("due-in-91-days", "91 days left", 91, _VALID),
    *(
        Case(
            "notice-days-of-the-post",
            "11 days left at a post that gives notice at 10",
            _VALID,
            changes=(field_day(key, 11),),
            kinds=frozenset({kind}),
            profile="notice-at-10-days",
        )
        for kind, key in _ENDS.items()
    ),
)
_BEGINNINGS: Final = (
    Case(
        "begins-in-2-seconds",
        "nbf 2 s ahead: any honest clock may be off by that",
        _VALID,
        changes=(claim_at(Claim.NBF, 2),),
    ),
    Case("begins-in-3-seconds", "nbf 3 s ahead", Reason.NOT_YET_VALID, changes=(claim_at(Claim.NBF, 3),)),
    Case("begins-tomorrow", "nbf a day ahead", Reason.NOT_YET_VALID, changes=(claim_at(Claim.NBF, DAY_S),)),
    Case(
        "dates-by-a-floor-only",
        "Expired, by a clock that knows only that it is not earlier",
        _EXPIRED,
        changes=(field_day(Field.INSPECTED_UNTIL, -1),),
        kinds=CARS,
        doubt_s=None,
    ),
    Case(
        "in-date-by-a-floor-only",
        "In date as far as anybody knows",
        Reason.CLOCK_NOT_TRUSTED,
        doubt_s=None,
        kinds=_STATIC,
    ),
    Case(
        "midnight-in-doubt",
        "The last second of its last day, by a clock sure to 2 s",
        Reason.CLOCK_NOT_TRUSTED,
        changes=(field_day(Field.INSPECTED_UNTIL, 0),),
        kinds=_STATIC,
        at_s=DAY_END_S - 1,
        doubt_s=2,
    ),
)
_AS_OF: Final = (
    Case(
        "issued-after-the-day",
        "Asked about a day 40 days ago; it was issued 30 days ago",
        Reason.CANNOT_TELL,
        Word.ISSUED_LATER,
        (claim_at(Claim.IAT, 10 * DAY_S),),
        kinds=_STATIC,
        at_s=THEN_S,
        trust="trust-history",
    ),
    Case(
        "as-of-a-day-in-the-past",
        "Asked about the day of an accident 40 days ago",
        _VALID,
        kinds=_STATIC,
        at_s=THEN_S,
        trust="trust-history",
    ),
    Case(
        "suspended-then-lifted-since",
        "Suspended on that day, good again today: that day counts",
        Reason.SUSPENDED,
        Word.SUSPENDED,
        (field(Field.STATUS, [STATUS_LIST, LIFTED_INDEX]),),
        kinds=_STATIC,
        at_s=THEN_S,
        trust="trust-history",
    ),
    Case(
        "lifted-by-today",
        "Suspended 40 days ago, good today",
        _VALID,
        changes=(field(Field.STATUS, [STATUS_LIST, LIFTED_INDEX]),),
        kinds=_STATIC,
        trust="trust-history",
    ),
    Case(
        "good-then-revoked-since",
        "Good on that day, revoked since: that day counts",
        _VALID,
        changes=(field(Field.STATUS, [STATUS_LIST, REVOKED_SINCE_INDEX]),),
        kinds=_STATIC,
        at_s=THEN_S,
        trust="trust-history",
    ),
    Case(
        "revoked-by-today",
        "Good 40 days ago, revoked today",
        Reason.REVOKED,
        Word.CANCELLED,
        (field(Field.STATUS, [STATUS_LIST, REVOKED_SINCE_INDEX]),),
        kinds=_STATIC,
        trust="trust-history",
    ),
    Case(
        "before-the-first-rules",
        "Asked about the day before the first edition of the rules",
        Reason.CANNOT_TELL,
        Word.NO_RULES,
        (signed_by("archive"),),
        kinds=_STATIC,
        at_s=BEFORE_RULES_S,
    ),
)
_COPIES: Final = (
    Case("copy-in-its-last-second", "exp in a second", _VALID, changes=(claim_at(Claim.EXP, 1),), kinds=_STATIC),
    Case(
        "copy-ended",
        "exp in this second: a fresh copy is asked for",
        Reason.CODE_STALE,
        changes=(claim_at(Claim.EXP, 0),),
        kinds=_STATIC,
    ),
    Case(
        "copy-made-today",
        "Downloaded an hour ago",
        _VALID,
        changes=(claim_at(Claim.IAT, -3600),),
        kinds=COPIES,
        form=Form.DOWNLOADED,
        profile="insurer",
    ),
    Case(
        "copy-in-its-seventh-working-day",
        "Downloaded on Thursday of the week before: seven working days",
        _VALID,
        changes=(claim_at(Claim.IAT, -8 * DAY_S),),
        kinds=COPIES,
        form=Form.DOWNLOADED,
        profile="insurer",
    ),
    Case(
        "copy-over-7-workdays",
        "Downloaded on Wednesday of the week before: eight working days",
        Reason.CODE_STALE,
        changes=(claim_at(Claim.IAT, -9 * DAY_S),),
        kinds=COPIES,
        form=Form.DOWNLOADED,
        profile="insurer",
    ),
    Case(
        "printed-at-a-post-that-takes-it",
        "A printed vehicle licence at a post that takes one",
        _VALID,
        kinds=LICENCE,
        form=Form.PRINTED,
        profile="every-way",
    ),
)
_POSTS: Final = (
    Case(
        "downloaded-where-live-is-asked",
        "A downloaded copy at a post that takes it live only",
        _WRONG,
        Word.WAY_NOT_TAKEN,
        kinds=LICENCE | DRIVING | LENT,
        form=Form.DOWNLOADED,
    ),
    Case(
        "not-asked-for-here",
        "A document that this post does not take at all",
        _WRONG,
        profile="gate",
        kinds=DRIVING | TAG,
    ),
    Case("downloaded", "Downloaded beforehand", _VALID, kinds=_STATIC, form=Form.DOWNLOADED),
    Case("printed", "Printed on paper", _VALID, kinds=_STATIC, form=Form.PRINTED),
    Case(
        "plate-of-no-known-form",
        "A plate of no known form: a notice, never a refusal",
        _NOTICE,
        Word.PLATE_ODD,
        (field(Field.PLATE, "京A1234"),),
        kinds=CARS,
    ),
    Case(
        "plate-small-new-energy",
        "A small new-energy plate",
        _VALID,
        changes=(field(Field.PLATE, "京AD12345"),),
        kinds=CARS,
    ),
    Case(
        "plate-large-new-energy",
        "A large new-energy plate",
        _VALID,
        changes=(field(Field.PLATE, "京A12345D"),),
        kinds=CARS,
    ),
    Case("plate-of-a-consulate", "A consulate's plate", _VALID, changes=(field(Field.PLATE, "沪A0023领"),), kinds=CARS),
    Case(
        "plate-of-hong-kong",
        "A plate for cars from Hong Kong",
        _VALID,
        changes=(field(Field.PLATE, "粤Z1234港"),),
        kinds=CARS,
    ),
    Case(
        "vin-check-digit-odd",
        "A VIN without the check digit, as European makers write it: said in the facts alone",
        _VALID,
        changes=(field(Field.VIN, "LSVAA4180E2101001"),),
        kinds=CARS,
    ),
    Case(
        "dates-contradict",
        "Inspected until a day before its registration",
        _NOTICE,
        Word.DATES_ODD,
        (field_day(Field.REGISTERED, 300),),
        kinds=CARS,
    ),
    Case(
        "dates-contradict",
        "Valid until a day before its first issue",
        _NOTICE,
        Word.DATES_ODD,
        (field_day(Field.FIRST_ISSUED, 1600),),
        kinds=DRIVING,
    ),
)
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


_CASES: Final = (*_ENDINGS, *_BEGINNINGS, *_AS_OF, *_COPIES, *_POSTS, *_of(DRIVING, _DRIVERS), *_of(TAG, _TAGS))
CASES: Final = spread(_CASES, "begins-in-3-seconds dates-by-a-floor-only plate-of-no-known-form dates-contradict")
