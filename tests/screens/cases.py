"""The verdicts whose screens are kept as golden pictures: every reason, every exact word, and the longest facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from firmware.model import Ages, Facts, Kind, Profile, Reason, Verdict, Way, Word

POST = Profile(
    "police",
    ((Kind.INSPECTION_MARK, (Way.LIVE, Way.PRINTED)), (Kind.DRIVING_LICENCE, (Way.LIVE,))),
    Kind.INSPECTION_MARK,
)
GATE = replace(POST, name="gate", kiosk=True, plate_tail_only=True)

MARK = Facts(kind=Kind.INSPECTION_MARK, way=Way.LIVE, plate="京A12345", ends=date(2027, 6, 20), days=200)
LICENCE = Facts(kind=Kind.DRIVING_LICENCE, way=Way.LIVE, classes="C1", name="王*", id_tail="1234")
LENT = Facts(
    kind=Kind.DELEGATED_VEHICLE_LICENCE,
    way=Way.LIVE,
    plate="沪AD12345",
    purpose="自驾",
    grantee="李*",
    delegated_until=date(2026, 6, 20),
)
HOUR_S = 3600.0


def _of(reason: Reason, facts: Facts = MARK, ages: Ages = Ages(), **changed: object) -> Verdict:  # noqa: B008
    return Verdict(reason.family, reason, facts=replace(facts, **changed), ages=ages)  # type: ignore[arg-type]


#: One verdict a reason: the example of the reason in docs/field-guide.md.
BY_REASON: dict[Reason, Verdict] = {
    Reason.VALID: _of(Reason.VALID),
    Reason.VALID_NOTICE: _of(Reason.VALID_NOTICE, plate="京AD12345", word=Word.DUE_SOON, days=12),
    Reason.EXPIRED: _of(Reason.EXPIRED, ends=date(2026, 6, 20), days=43),
    Reason.NOT_YET_VALID: _of(Reason.NOT_YET_VALID, begins=date(2026, 12, 1), days=10),
    Reason.CODE_STALE: _of(Reason.CODE_STALE, ages=Ages(code_s=95)),
    Reason.REVOKED: _of(Reason.REVOKED, LICENCE, word=Word.CANCELLED),
    Reason.SUSPENDED: _of(Reason.SUSPENDED, LICENCE, word=Word.HELD),
    Reason.BAD_SIGNATURE: _of(Reason.BAD_SIGNATURE, Facts()),
    Reason.STRIPPED: _of(Reason.STRIPPED),
    Reason.UNKNOWN_ISSUER: _of(Reason.UNKNOWN_ISSUER, Facts(), word=Word.NO_KEY),
    Reason.NOT_A_CREDENTIAL: _of(Reason.NOT_A_CREDENTIAL, Facts(), word=Word.FOREIGN_CODE),
    Reason.DATA_TOO_OLD: _of(Reason.DATA_TOO_OLD, ages=Ages(status_s=52 * HOUR_S), word=Word.LIST_OLD),
    Reason.CLOCK_NOT_TRUSTED: _of(Reason.CLOCK_NOT_TRUSTED),
    Reason.WRONG_DOCUMENT: _of(Reason.WRONG_DOCUMENT, LICENCE),
    Reason.DELEGATION_EXCEEDED: _of(Reason.DELEGATION_EXCEEDED, LENT, word=Word.TOO_LONG),
    Reason.REPLAYED: _of(Reason.REPLAYED, used_s=12.0, used_lane="2"),
    Reason.UNREADABLE: _of(Reason.UNREADABLE, Facts(), word=Word.TOO_BRIGHT),
    Reason.CANNOT_TELL: _of(Reason.CANNOT_TELL, Facts(), word=Word.INTERNAL_ERROR, error="E41"),
    Reason.OUT_OF_SERVICE: _of(Reason.OUT_OF_SERVICE, Facts(), word=Word.NO_FRAMES, error="E21"),
    Reason.WANTED: _of(Reason.WANTED),
}

#: Every exact word that a reason may lead with.
WORDS_OF: dict[Reason, tuple[Word, ...]] = {
    Reason.VALID_NOTICE: (
        Word.DUE_SOON, Word.LIST_AGEING, Word.VIOLATION, Word.ACCIDENT, Word.LOCKED, Word.CUSTOMS, Word.TRANSFERRED_OUT,
        Word.EXTENDED, Word.NOT_RENEWED, Word.NOT_REVIEWED, Word.OVERDUE, Word.PROBATION, Word.PLATE_ODD, Word.DATES_ODD,
        Word.CALENDAR_OLD, Word.OTHER_CAR, Word.PASSED_BEFORE,
    ),
    Reason.EXPIRED: (Word.OVERDUE, Word.INSURANCE_OVER),
    Reason.REVOKED: (Word.CANCELLED, Word.WITHDRAWN, Word.RESCINDED, Word.VOIDED, Word.SCRAP),
    Reason.SUSPENDED: (
        Word.HELD, Word.DETAINED, Word.SEIZED, Word.SEALED, Word.POINTS_FULL, Word.USE_STOPPED, Word.NOT_REVIEWED,
        Word.NOT_RENEWED, Word.EXTENDED, Word.SCRAP, Word.SUSPENDED, Word.OVERDUE, Word.VIOLATION, Word.ACCIDENT, Word.LOCKED,
        Word.CUSTOMS, Word.TRANSFERRED_OUT, Word.MEDICAL_OVERDUE, Word.CLASS_NOT_COVERED, Word.PROBATION,
        Word.PASSED_BEFORE,
    ),
    Reason.UNKNOWN_ISSUER: (Word.NO_KEY, Word.KEY_ENDED, Word.KEY_NOT_FOR_KIND, Word.KEY_NOT_FOR_REGION),
    Reason.NOT_A_CREDENTIAL: (Word.FOREIGN_CODE, Word.MALFORMED),
    Reason.DATA_TOO_OLD: (Word.LIST_OLD, Word.LIST_MISSING),
    Reason.DELEGATION_EXCEEDED: (Word.TOO_LONG, Word.TOO_MANY, Word.WRONG_PURPOSE, Word.DELEGATION_ENDED, Word.DELEGATION_OVER),
    Reason.UNREADABLE: (
        Word.TOO_BRIGHT, Word.TOO_DARK, Word.GLARE, Word.TOO_NEAR, Word.TOO_FAR, Word.CUT_EDGE, Word.BLURRED, Word.MOVING,
        Word.TILTED, Word.READS_DIFFER,
    ),
    Reason.CANNOT_TELL: (Word.INTERNAL_ERROR, Word.UNKNOWN_STATE, Word.LOOK_UP_ONLINE, Word.UNSUPPORTED, Word.ISSUED_LATER,
        Word.NO_RULES, Word.CAR_MISMATCH, Word.BAR_CODE_DIFFERS),
    Reason.OUT_OF_SERVICE: (Word.NO_FRAMES, Word.NO_TRUST, Word.STARTING),
}  # fmt: skip

#: Other documents and edges that deserve a picture.
OTHERS: dict[str, tuple[Verdict, Profile]] = {
    "VALID.licence": (_of(Reason.VALID, LICENCE), POST),
    "VALID.lent": (_of(Reason.VALID, LENT), POST),
    "VALID.lent-gate": (_of(Reason.VALID, LENT), GATE),
    "VALID.gate": (_of(Reason.VALID), GATE),
    "VALID.demo": (_of(Reason.VALID, demo=True), POST),
    "VALID.rare": (_of(Reason.VALID, LICENCE, name="䶮*"), POST),
    "VALID.asked": (_of(Reason.VALID, asked=date(2026, 6, 11)), POST),
    "VALID.asked.demo": (_of(Reason.VALID, asked=date(2026, 6, 11), demo=True), POST),
    "EXPIRED.asked": (_of(Reason.EXPIRED, ends=date(2026, 5, 1), days=41, asked=date(2026, 6, 11)), POST),
    "EXPIRED.demo": (_of(Reason.EXPIRED, ends=date(2026, 6, 20), days=43, demo=True), POST),
    "EXPIRED.longest": (_of(Reason.EXPIRED, ends=date(1992, 6, 20), days=12345), POST),
    "EXPIRED.gate": (_of(Reason.EXPIRED, ends=date(2026, 6, 20), days=43), GATE),
    "SUSPENDED.vehicle": (_of(Reason.SUSPENDED, word=Word.USE_STOPPED, more=2), POST),
    "CODE_STALE.fast-phone": (_of(Reason.CODE_STALE, ages=Ages(code_s=-40)), POST),
    "WRONG_DOCUMENT.way": (_of(Reason.WRONG_DOCUMENT, LICENCE, way=Way.PRINTED, word=Word.WAY_NOT_TAKEN), POST),
    "VALID_NOTICE.longest": (_of(Reason.VALID_NOTICE, plate="粤Z1234567890港", word=Word.VIOLATION, more=3), POST),
}


def all_cases() -> dict[str, tuple[Verdict, Profile]]:
    """Name of the picture (without language) -> what it shows."""
    named = {reason.value: (verdict, POST) for reason, verdict in BY_REASON.items()}
    for reason, words in WORDS_OF.items():
        for word in words:
            verdict = BY_REASON[reason]
            named[f"{reason.value}.{word.value}"] = (replace(verdict, facts=replace(verdict.facts, word=word)), POST)
    return named | OTHERS
