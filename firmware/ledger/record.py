"""One ledger record as 53 bytes, and back. The numbers below are the format and never change their meaning.

    version u8 | sequence u32 | utc milliseconds u64 | level u8 | word u8 | family and reason u8 | kind u8
    | credential 16 bytes | issuer key id 8 bytes | trust version u32 | rules version u32 | lane u8
    | elapsed microseconds u24                                                                       (big-endian)

The family is the upper three bits of its byte, the reason the lower five. The lane is the number that the ledger gave to its
name, 0 for none. Version 2 knows no lanes and has elapsed microseconds in all four bytes; version 1, which the first release
wrote, has also the family where the word is, and the reason alone after it. Both are still read. A field that does not
apply is all zero, or all ones for the two versions. The credential is a keyed digest, never the id.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from firmware.ledger.errors import LedgerDamagedError
from firmware.model import ClockLevel, Family, Kind, Reason, Word

VERSION: Final = 3
WITHOUT_LANES: Final = 2
FIRST_VERSION: Final = 1
REASON_BITS: Final = 5
LAYOUT: Final = struct.Struct(">BIQBBBB16s8sIII")
RECORD_BYTES: Final = LAYOUT.size
DIGEST_BYTES: Final = 16
KID_BYTES: Final = 8
NO_VERSION: Final = 0xFFFFFFFF
MAX_U32: Final = 0xFFFFFFFF
MAX_U24: Final = 0xFFFFFF
ELAPSED_BITS: Final = 24
MAX_LANE: Final = 255
NO_LANE: Final = 0
MAX_UTC_MS: Final = 253402300799_000  # 9999-12-31
NOTHING: Final = 0

LEVEL_CODES: Final = {ClockLevel.T0: 0, ClockLevel.T1: 1, ClockLevel.T2: 2, ClockLevel.T3: 3}
FAMILY_CODES: Final = {
    Family.GO: 1,
    Family.GO_NOTICE: 2,
    Family.RETRY: 3,
    Family.UNSURE: 4,
    Family.STOP: 5,
    Family.ALERT: 6,
    Family.SERVICE: 7,
}
REASON_CODES: Final = {
    Reason.VALID: 1,
    Reason.VALID_NOTICE: 2,
    Reason.EXPIRED: 3,
    Reason.NOT_YET_VALID: 4,
    Reason.CODE_STALE: 5,
    Reason.REVOKED: 6,
    Reason.SUSPENDED: 7,
    Reason.BAD_SIGNATURE: 8,
    Reason.STRIPPED: 9,
    Reason.UNKNOWN_ISSUER: 10,
    Reason.NOT_A_CREDENTIAL: 11,
    Reason.DATA_TOO_OLD: 12,
    Reason.CLOCK_NOT_TRUSTED: 13,
    Reason.WRONG_DOCUMENT: 14,
    Reason.DELEGATION_EXCEEDED: 15,
    Reason.REPLAYED: 16,
    Reason.UNREADABLE: 17,
    Reason.CANNOT_TELL: 18,
    Reason.OUT_OF_SERVICE: 19,
    Reason.WANTED: 20,
}
KIND_CODES: Final = {
    Kind.INSPECTION_MARK: 1,
    Kind.DRIVING_LICENCE: 2,
    Kind.VEHICLE_LICENCE: 3,
    Kind.DELEGATED_VEHICLE_LICENCE: 4,
    Kind.EVI_TAG: 5,
}
WORD_CODES: Final = {
    Word.CANCELLED: 1,
    Word.WITHDRAWN: 2,
    Word.RESCINDED: 3,
    Word.VOIDED: 4,
    Word.HELD: 5,
    Word.DETAINED: 6,
    Word.SEIZED: 7,
    Word.SEALED: 8,
    Word.POINTS_FULL: 9,
    Word.USE_STOPPED: 10,
    Word.NOT_REVIEWED: 11,
    Word.NOT_RENEWED: 12,
    Word.EXTENDED: 13,
    Word.SCRAP: 14,
    Word.SUSPENDED: 15,
    Word.OVERDUE: 16,
    Word.VIOLATION: 17,
    Word.ACCIDENT: 18,
    Word.LOCKED: 19,
    Word.CUSTOMS: 20,
    Word.TRANSFERRED_OUT: 21,
    Word.DUE_SOON: 22,
    Word.LIST_AGEING: 23,
    Word.MEDICAL_OVERDUE: 24,
    Word.CLASS_NOT_COVERED: 25,
    Word.PROBATION: 26,
    Word.INSURANCE_OVER: 27,
    Word.PLATE_ODD: 28,
    Word.VIN_ODD: 29,
    Word.DATES_ODD: 30,
    Word.CALENDAR_OLD: 31,
    Word.OTHER_CAR: 32,
    Word.NO_KEY: 33,
    Word.KEY_ENDED: 34,
    Word.KEY_NOT_FOR_KIND: 35,
    Word.KEY_NOT_FOR_REGION: 36,
    Word.FOREIGN_CODE: 37,
    Word.MALFORMED: 38,
    Word.LIST_OLD: 39,
    Word.LIST_MISSING: 40,
    Word.WAY_NOT_TAKEN: 41,
    Word.TOO_LONG: 42,
    Word.TOO_MANY: 43,
    Word.WRONG_PURPOSE: 44,
    Word.DELEGATION_ENDED: 45,
    Word.DELEGATION_OVER: 46,
    Word.TOO_BRIGHT: 47,
    Word.TOO_DARK: 48,
    Word.GLARE: 49,
    Word.TOO_NEAR: 50,
    Word.TOO_FAR: 51,
    Word.CUT_EDGE: 52,
    Word.BLURRED: 53,
    Word.MOVING: 54,
    Word.TILTED: 55,
    Word.READS_DIFFER: 56,
    Word.INTERNAL_ERROR: 57,
    Word.UNKNOWN_STATE: 58,
    Word.LOOK_UP_ONLINE: 59,
    Word.UNSUPPORTED: 60,
    Word.ISSUED_LATER: 61,
    Word.NO_RULES: 62,
    Word.CAR_MISMATCH: 63,
    Word.BAR_CODE_DIFFERS: 64,
    Word.NO_FRAMES: 65,
    Word.NO_TRUST: 66,
    Word.STARTING: 67,
    Word.PASSED_BEFORE: 68,
}

_E = TypeVar("_E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Record:
    """What one record says. `credential` is the keyed digest of a credential's id, None when there was none.

    `lane` is a number of the ledger's table of lanes, NO_LANE where none was told.
    """

    sequence: int
    utc_s: float
    level: ClockLevel
    family: Family
    reason: Reason
    kind: Kind | None
    credential: bytes | None
    kid: bytes | None
    trust_version: int | None
    rules_version: int | None
    elapsed_ms: float
    word: Word | None = None
    lane: int = NO_LANE


def encode(record: Record) -> bytes:
    """The record's 53 bytes. Times beyond the layout are cut to its ends; a digest or a lane outside it is a ValueError."""
    if record.credential is not None and len(record.credential) != DIGEST_BYTES:
        raise ValueError(f"a credential digest has {DIGEST_BYTES} bytes, not {len(record.credential)}")
    if record.kid is not None and len(record.kid) != KID_BYTES:
        raise ValueError(f"a key id has {KID_BYTES} bytes, not {len(record.kid)}")
    if not 0 <= record.lane <= MAX_LANE:
        raise ValueError(f"a lane has a number up to {MAX_LANE}, not {record.lane}")
    return LAYOUT.pack(
        VERSION,
        record.sequence,
        milliseconds(record.utc_s),
        LEVEL_CODES[record.level],
        WORD_CODES[record.word] if record.word else NOTHING,
        FAMILY_CODES[record.family] << REASON_BITS | REASON_CODES[record.reason],
        KIND_CODES[record.kind] if record.kind else NOTHING,
        record.credential or bytes(DIGEST_BYTES),
        record.kid or bytes(KID_BYTES),
        NO_VERSION if record.trust_version is None else _within(record.trust_version, NO_VERSION - 1),
        NO_VERSION if record.rules_version is None else _within(record.rules_version, NO_VERSION - 1),
        record.lane << ELAPSED_BITS | _within(record.elapsed_ms * 1000, MAX_U24),
    )


def decode(body: bytes) -> Record:
    """The record that these bytes say. Raises LedgerDamagedError when they are not one, to the last byte."""
    if len(body) != RECORD_BYTES:
        raise LedgerDamagedError(f"a record has {RECORD_BYTES} bytes, this one {len(body)}")
    version, sequence, utc_ms, level, word, said, kind, credential, kid, trust, rules, last = LAYOUT.unpack(body)
    if version == FIRST_VERSION:
        family, reason, word = word, said, NOTHING
    elif version in (WITHOUT_LANES, VERSION):
        family, reason = said >> REASON_BITS, said & (1 << REASON_BITS) - 1
    else:
        raise LedgerDamagedError(f"record version {VERSION} expected, {version} found")
    lane, elapsed_us = (last >> ELAPSED_BITS, last & MAX_U24) if version == VERSION else (NO_LANE, last)
    return Record(
        sequence=sequence,
        utc_s=utc_ms / 1000,
        level=_named(LEVEL_CODES, level),
        family=_named(FAMILY_CODES, family),
        reason=_named(REASON_CODES, reason),
        kind=None if kind == NOTHING else _named(KIND_CODES, kind),
        credential=None if credential == bytes(DIGEST_BYTES) else credential,
        kid=None if kid == bytes(KID_BYTES) else kid,
        trust_version=None if trust == NO_VERSION else trust,
        rules_version=None if rules == NO_VERSION else rules,
        elapsed_ms=elapsed_us / 1000,
        word=None if word == NOTHING else _named(WORD_CODES, word),
        lane=lane,
    )


def milliseconds(utc_s: float) -> int:
    """An instant as the records keep it; before 1970 is 0."""
    return _within(utc_s * 1000, MAX_UTC_MS)


def _within(value: float, highest: int) -> int:
    return round(min(max(value, 0), highest))


def _named(codes: Mapping[_E, int], code: int) -> _E:
    for name, known in codes.items():
        if known == code:
            return name
    raise LedgerDamagedError(f"code {code} has no meaning in {next(iter(codes)).__class__.__name__}")
