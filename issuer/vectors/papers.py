"""The good DOCUMENT maps of the pack, as they stand on the wire; days count from the day on which they are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import DelegationField, Field, KindCode
from issuer.cose import Map

STATUS_LIST: Final = 11
#: Places on the list: what is good, and for each four-bit state one place that has it.
GOOD_INDEX: Final = 5
GRANT_INDEX: Final = 7
STATE_INDEX: Final = 16
LIFTED_INDEX: Final = 40  # suspended on the older list, good on the newer one
REVOKED_SINCE_INDEX: Final = 41  # good on the older list, revoked on the newer one
LIST_SIZE: Final = 64
MISSING_LIST: Final = 99
BAR_CODE: Final = "1101234567890"

_LAST_DAY: Final = 200


def _car(code: KindCode, today: int) -> Map:
    return {
        Field.KIND: code,
        Field.STATUS: [STATUS_LIST, GOOD_INDEX],
        Field.LETTERS: "A",
        Field.PLATE: "京A12345",
        Field.PLATE_CLASS: "02",
        Field.VIN: "LSVAA4184E2101001",
        Field.INSPECTED_UNTIL: today + _LAST_DAY,
    }


def _licence(code: KindCode, today: int) -> Map:
    more: Map = {
        Field.VEHICLE_TYPE: "K33",
        Field.USE: "A",
        Field.REGISTERED: today - 1600,
        Field.NAME: "王*",
    }
    return _car(code, today) | more


def delegation(today: int) -> Map:
    return {
        DelegationField.GRANTEE: "李*",
        DelegationField.ID_TAIL: "0017",
        DelegationField.PURPOSES: ["驾驶"],
        DelegationField.FROM: today - 1,
        DelegationField.UNTIL: today + 2,
        DelegationField.STATUS: [STATUS_LIST, GRANT_INDEX],
        DelegationField.SLOT: 1,
    }


def _driving(today: int) -> Map:
    return {
        Field.KIND: KindCode.DRIVING_LICENCE,
        Field.STATUS: [STATUS_LIST, GOOD_INDEX],
        Field.LETTERS: "A",
        Field.NAME: "王*",
        Field.ID_TAIL: "123X",
        Field.VALID_UNTIL: today + 1500,
        Field.CLASSES: "C1",
        Field.FIRST_ISSUED: today - 2500,
        Field.BAR_CODE: BAR_CODE,
    }


_PAPERS: Final[dict[Kind, Callable[[int], Map]]] = {
    Kind.INSPECTION_MARK: lambda today: _car(KindCode.INSPECTION_MARK, today),
    Kind.DRIVING_LICENCE: _driving,
    Kind.VEHICLE_LICENCE: lambda today: _licence(KindCode.VEHICLE_LICENCE, today),
    Kind.DELEGATED_VEHICLE_LICENCE: lambda today: (
        _licence(KindCode.DELEGATED_VEHICLE_LICENCE, today) | {Field.DELEGATION: delegation(today)}
    ),
    Kind.EVI_TAG: lambda today: (
        _car(KindCode.EVI_TAG, today) | {Field.TAG_ID: b"\x00TAG0001", Field.INSURED_UNTIL: today + 100}
    ),
}


def paper(kind: Kind, today: int) -> Map:
    """The document of this kind, but for the ways of showing and the authority."""
    return _PAPERS[kind](today)
