"""The facts of the wire profile (docs/wire.md): numbers and limits, no behaviour. Shared with the issuer.

Sources: RFC 9052 (COSE), RFC 8392 (CWT), RFC 9285 (base45), IANA COSE and CWT registries, Token Status List (CWT form).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

from firmware.model import Kind

PREFIX: Final = b"JZ1:"

# Limits, checked before anything is allocated or looped over.
MAX_TEXT_BYTES: Final = 1540
MAX_COSE_BYTES: Final = 1024
MAX_CBOR_DEPTH: Final = 6
MAX_CBOR_ITEMS: Final = 128
SIGNATURE_BYTES: Final = 64
KID_BYTES: Final = 8
CTI_BYTES: Final = 8
NONCE_BYTES: Final = 8
TAG_ID_BYTES: Final = 8
MAX_PURPOSES: Final = 4
MAX_STATUS: Final = (1 << 40) - 1
#: 9999-12-31: a later instant is not a date but an attack on arithmetic.
MAX_NUMERIC_DATE: Final = 253402300799
MAX_DAY: Final = 2932896

COSE_SIGN1_TAG: Final = 18
TAGGED_SIGN1: Final = 0xD2  # the one byte that tag 18 is


class Header(IntEnum):
    """COSE header labels that this profile knows."""

    ALG = 1
    KID = 4
    TYPE = 16  # RFC 9596; trust and status data only


class Alg(IntEnum):
    """COSE algorithm numbers. Fully specified ones are what the issuer writes; the older ones are read too."""

    ES256_OLD = -7
    ES256 = -9
    EDDSA = -8
    ED25519 = -19
    ES384_OLD = -35
    ES384 = -51
    ML_DSA_44 = -48
    SM2_SM3 = -65537  # private use: SM2 with SM3 (GB/T 32918.2), distinguishing id 1234567812345678


class Claim(IntEnum):
    """CWT claims (RFC 8392) and ours from the private range."""

    ISS = 1
    SUB = 2
    EXP = 4
    NBF = 5
    IAT = 6
    CTI = 7
    CNF = 8
    NONCE = 10
    TTL = 65534  # Token Status List
    STATUS_LIST = 65533
    DOCUMENT = -70001
    INNER = -70002
    TRUST = -70003
    RULES = -70004
    TIME = -70005
    REGISTER = -70006
    URGENT = -70010


CNF_COSE_KEY: Final = 1  # RFC 8747


class Field(IntEnum):
    """Keys of the DOCUMENT map. Days count from 1970-01-01 in Asia/Shanghai."""

    KIND = 1
    WAYS = 2
    STATUS = 3  # [list, index]
    LETTERS = 4
    PLATE = 5
    PLATE_CLASS = 6
    VIN = 7
    VEHICLE_TYPE = 8
    USE = 9
    REGISTERED = 10
    INSPECTED_UNTIL = 11
    AUTHORITY = 12  # six-digit administrative division (GB/T 2260) of the issuing authority
    NAME = 13  # masked
    ID_TAIL = 14
    VALID_UNTIL = 15
    CLASSES = 16
    FIRST_ISSUED = 17
    MEDICAL_UNTIL = 18
    PROBATION_UNTIL = 19
    DELEGATION = 20
    BAR_CODE = 21  # what the Code 128 beside the QR code says
    TAG_ID = 30
    INSURED_UNTIL = 31


class DelegationField(IntEnum):
    """Keys of the DELEGATION map (row S8 of the scheme)."""

    GRANTEE = 1  # masked name
    ID_TAIL = 2
    PURPOSES = 3
    FROM = 4  # first and last day
    UNTIL = 5
    STATUS = 6  # [list, index] of the delegation itself; the document's own place is the vehicle's
    SLOT = 7  # 1, 2, 3: which of the people who hold the vehicle at once


class KindCode(IntEnum):
    INSPECTION_MARK = 1
    DRIVING_LICENCE = 2
    VEHICLE_LICENCE = 3
    DELEGATED_VEHICLE_LICENCE = 4
    EVI_TAG = 5


KIND_OF_CODE: Final = {
    KindCode.INSPECTION_MARK: Kind.INSPECTION_MARK,
    KindCode.DRIVING_LICENCE: Kind.DRIVING_LICENCE,
    KindCode.VEHICLE_LICENCE: Kind.VEHICLE_LICENCE,
    KindCode.DELEGATED_VEHICLE_LICENCE: Kind.DELEGATED_VEHICLE_LICENCE,
    KindCode.EVI_TAG: Kind.EVI_TAG,
}


class Ways(IntFlag):
    """Ways of showing that the issuer allows. DOWNLOADED and PRINTED exclude each other: one static code says one way."""

    LIVE = 1
    DOWNLOADED = 2
    PRINTED = 4


#: A live code lives this long after its iat (row S7 of the scheme).
LIVE_S: Final = 60

STATUS_LIST_TYPE: Final = "application/statuslist+cwt"
TRUST_TYPE: Final = "application/yanma-trust+cwt"
RULES_TYPE: Final = "application/yanma-rules+cwt"
TIME_TYPE: Final = "application/yanma-time+cwt"
#: The question that a time reply answers, chosen by the terminal.
TIME_NONCE_BYTES: Final = 16
REGISTER_TYPE: Final = "application/yanma-register+cwt"
URGENT_TYPE: Final = "application/yanma-urgent+cwt"
STATUS_BITS: Final = 4


class Status(IntEnum):
    """Four-bit states of the status list."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    LOCAL = 3
    OVERDUE = 0x0C
    EXTENDED = 0x0D
    NOTICE = 0x0E
    LOOK_UP_ONLINE = 0x0F


class RegisterField(IntEnum):
    """Keys of the REGISTER map: which register is in force, and what leads to it; signed by a key with the use "status"."""

    SERIAL = 1  # grows with every publication
    CONTENT = 2  # SHA-256 of the register in its one form (docs/status.md)
    SIZE = 3  # bytes of that form
    SNAPSHOT = 4  # [SHA-256, bytes] of the parcel that holds all of it
    DELTAS = (
        5  # [from serial, to serial, SHA-256, bytes of the parcel, bytes unpacked, CONTENT that results], ascending
    )


SHA256_BYTES: Final = 32
MAX_DELTAS: Final = 512


class CoseKeyLabel(IntEnum):
    KTY = 1
    CRV = -1
    X = -2
    Y = -3  # a bool: the sign bit (RFC 9053, 7.1.1); one form only


class Kty(IntEnum):
    OKP = 1
    EC2 = 2


class Crv(IntEnum):
    P256 = 1
    ED25519 = 6
    SM2 = -65537


class TrustField(IntEnum):
    """Keys of the TRUST map: the list of issuer keys, signed by an anchor."""

    VERSION = 1
    ENVIRONMENT = 2
    KEYS = 3


class KeyField(IntEnum):
    """Keys of one key record inside the trust list. Our record binds algorithm, kinds, regions and dates; never the message."""

    KID = 1
    ALG = 2
    PUBLIC = 3  # ES256, SM2: uncompressed point, 65 bytes; Ed25519: 32 bytes; ES384: 97; ML-DSA-44: 1312
    USES = 4  # text: a Kind's value, "status", "rules" or "time"
    REGIONS = 5  # digit prefixes of the issuing authority; "" = everywhere
    SIGNS_FROM = 6  # an iat before or after these is not this key's
    SIGNS_UNTIL = 7
    TRUSTED_UNTIL = 8  # after this instant nothing it signed is believed
    NAME_ZH = 9
    NAME_EN = 10


USE_STATUS: Final = "status"
USE_RULES: Final = "rules"
USE_TIME: Final = "time"


class RulesField(IntEnum):
    """Keys of the RULES map: dated data that law may change, signed like the trust list."""

    VERSION = 1
    EDITIONS = 2  # ascending by their first day
    CALENDAR = 3  # year -> [days off among Mondays to Fridays, working days among Saturdays and Sundays]


class EditionField(IntEnum):
    """Keys of one edition: the rules from one day until the next edition begins."""

    FROM = 1
    NOTICE_DAYS = 2  # an inspection due within these days is a notice
    VEHICLE_LETTERS = 3  # letter -> [class, word]
    LICENCE_LETTERS = 4
    CLASSES = 5  # licence class -> classes that it covers beside itself
    PERIODS = 6  # inspection periods: [group, from age in months, to age in months, interval in months, tested]


class PeriodGroup(IntEnum):
    """Groups of vehicles with inspection periods of their own."""

    SMALL_PRIVATE = 1  # small and mini passenger cars, not for hire, at most 9 seats
    OTHER = 2


class UrgentField(IntEnum):
    """Keys of the URGENT map: one thing that cannot wait for the next list."""

    ACTION = 1
    PLACE = 2  # [list, index], for a state
    STATE = 3
    KID = 4  # for a key


class UrgentAction(IntEnum):
    """What an urgent item asks for."""

    STATE = 1  # this place has this state from now on; signed by a key with the use "status"
    WITHDRAW_KEY = 2  # nothing that this key signed is believed from now on; signed by an anchor with the use "trust"
