"""The DOCUMENT map of a credential -> Document: every field of the profile, each with the one form it may have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from firmware.model import Kind, Way
from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError
from firmware.verify.wire import DelegationField, Field

#: Control, format and separator characters have no place in a field: they could reorder or hide text on a screen.
_FORBIDDEN: Final = frozenset(
    chr(code)
    for low, high in ((0, 0x1F), (0x7F, 0x9F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFFF9, 0xFFFB))
    for code in range(low, high + 1)
) | {"\u061c", "\ufeff", "\u00ad"}


@dataclass(frozen=True, slots=True)
class Delegation:
    """授权使用: whom the owner lets use the vehicle, for what, from which day to which, and its own place on a status list."""

    grantee: str
    id_tail: str
    purposes: tuple[str, ...]
    from_day: int
    until_day: int
    status_list: int
    status_index: int
    slot: int


class Document(NamedTuple):  # not a frozen dataclass, here and beside: made on every check, at a quarter of the cost
    """What the issuer says of one document. Days count from 1970-01-01 (Asia/Shanghai); None where the kind has no such field."""

    kind: Kind
    ways: frozenset[Way]
    status_list: int
    status_index: int
    authority: int
    letters: str
    plate: str | None = None
    plate_class: str | None = None
    vin: str | None = None
    vehicle_type: str | None = None
    use: str | None = None
    registered: int | None = None
    inspected_until: int | None = None
    name: str | None = None
    id_tail: str | None = None
    valid_until: int | None = None
    classes: str | None = None
    first_issued: int | None = None
    medical_until: int | None = None
    probation_until: int | None = None
    delegation: Delegation | None = None
    bar_code: str | None = None
    tag_id: bytes | None = None
    insured_until: int | None = None


def is_plain(text: str) -> bool:
    """Whether a text has no character that could reorder, hide or control what a screen shows."""
    return text.isalnum() or _FORBIDDEN.isdisjoint(text)  # nearly every field is letters and digits: decided at once


def _whole(low: int, high: int) -> Callable[[cbor.Value], int]:
    def read(value: cbor.Value) -> int:
        if type(value) is not int or not low <= value <= high:
            raise MalformedError("a number of the document is missing or out of range")
        return value

    return read


def _text(low: int, high: int) -> Callable[[cbor.Value], str]:
    def read(value: cbor.Value) -> str:
        if type(value) is not str or not low <= len(value) <= high:
            raise MalformedError("a text of the document is missing or has the wrong length")
        if not is_plain(value):
            raise MalformedError("a text of the document has a control or direction character")
        return value

    return read


_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_read_letters: Final = _text(1, 8)


def _letters(value: cbor.Value) -> str:
    text = _read_letters(value)
    if not _LETTERS.issuperset(text) or len(set(text)) != len(text):
        raise MalformedError("state letters that are no letters, or twice the same")
    return text


_CLASS: Final = re.compile("[A-P][1-6]?")


def _classes(value: cbor.Value) -> str:
    """Licence classes as they stand on the licence, one after another: A1D, C1E."""
    text = _text(1, 24)(value)
    names = _CLASS.findall(text)
    if "".join(names) != text or len(set(names)) != len(names):
        raise MalformedError("licence classes that are none, or twice the same")
    return text


def split_classes(classes: str) -> tuple[str, ...]:
    """The single classes of a licence: A1D gives A1 and D."""
    return tuple(_CLASS.findall(classes))


def _tag_id(value: cbor.Value) -> bytes:
    if type(value) is not bytes or len(value) != wire.TAG_ID_BYTES:
        raise MalformedError("a tag id of the wrong size")
    return value


_read_day: Final = _whole(0, wire.MAX_DAY)
_read_place: Final = _whole(0, wire.MAX_STATUS)


def _place(value: cbor.Value) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise MalformedError("the status place is not [list, index]")
    return _read_place(value[0]), _read_place(value[1])


_DELEGATION_LABELS: Final = frozenset(int(label) for label in DelegationField)


def _delegation(value: cbor.Value) -> Delegation:
    if not isinstance(value, dict) or value.keys() != _DELEGATION_LABELS:
        raise MalformedError("a delegation with other fields than the profile has")
    purposes = value[DelegationField.PURPOSES]
    if not isinstance(purposes, list) or not 0 < len(purposes) <= wire.MAX_PURPOSES:
        raise MalformedError("a delegation for no purpose, or for too many")
    status_list, status_index = _place(value[DelegationField.STATUS])
    delegation = Delegation(
        grantee=_text(1, 32)(value[DelegationField.GRANTEE]),
        id_tail=_text(1, 4)(value[DelegationField.ID_TAIL]),
        purposes=tuple(_text(1, 16)(purpose) for purpose in purposes),
        from_day=_read_day(value[DelegationField.FROM]),
        until_day=_read_day(value[DelegationField.UNTIL]),
        status_list=status_list,
        status_index=status_index,
        slot=_whole(1, 255)(value[DelegationField.SLOT]),
    )
    if delegation.until_day < delegation.from_day or len(set(delegation.purposes)) != len(delegation.purposes):
        raise MalformedError("a delegation that ends before it begins, or names a purpose twice")
    return delegation


#: Field -> (attribute of Document, reader). KIND, WAYS and STATUS are read by name.
_READERS: Final[Mapping[Field, tuple[str, Callable[[cbor.Value], object]]]] = MappingProxyType(
    {
        Field.LETTERS: ("letters", _letters),
        Field.PLATE: ("plate", _text(1, 16)),
        Field.PLATE_CLASS: ("plate_class", _text(1, 4)),
        Field.VIN: ("vin", _text(17, 17)),
        Field.VEHICLE_TYPE: ("vehicle_type", _text(1, 16)),
        Field.USE: ("use", _text(1, 16)),
        Field.REGISTERED: ("registered", _read_day),
        Field.INSPECTED_UNTIL: ("inspected_until", _read_day),
        Field.AUTHORITY: ("authority", _whole(0, 999999)),
        Field.NAME: ("name", _text(1, 32)),
        Field.ID_TAIL: ("id_tail", _text(1, 4)),
        Field.VALID_UNTIL: ("valid_until", _read_day),
        Field.CLASSES: ("classes", _classes),
        Field.FIRST_ISSUED: ("first_issued", _read_day),
        Field.MEDICAL_UNTIL: ("medical_until", _read_day),
        Field.PROBATION_UNTIL: ("probation_until", _read_day),
        Field.DELEGATION: ("delegation", _delegation),
        Field.BAR_CODE: ("bar_code", _text(4, 32)),
        Field.TAG_ID: ("tag_id", _tag_id),
        Field.INSURED_UNTIL: ("insured_until", _read_day),
    }
)
_COMMON: Final = frozenset({Field.KIND, Field.WAYS, Field.STATUS, Field.LETTERS, Field.AUTHORITY})


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields a kind must have at the least, and may have at the most."""

    least: frozenset[int]
    most: frozenset[int]

    @classmethod
    def of(cls, required: frozenset[Field], optional: frozenset[Field]) -> Fields:
        """Beyond the fields that every kind has."""
        least = frozenset(int(field) for field in _COMMON | required)
        return cls(least, least | {int(field) for field in optional})


def kind_of(body: Mapping[int | str, cbor.Value]) -> Kind | None:
    """The kind that the map names, None when this firmware knows no such kind. Raises MalformedError when it names none."""
    code = body.get(_KIND_FIELD)
    if type(code) is not int:
        raise MalformedError("a document that names no kind")
    return _KINDS.get(code)


_KINDS: Final[Mapping[int, Kind]] = MappingProxyType({int(code): kind for code, kind in wire.KIND_OF_CODE.items()})
_READ_BY_KEY: Final[dict[int | str, tuple[str, Callable[[cbor.Value], object]]]] = {
    int(field): reader for field, reader in _READERS.items()
}
_STATUS, _WAYS_FIELD, _KIND_FIELD = int(Field.STATUS), int(Field.WAYS), int(Field.KIND)


def parse_document(body: Mapping[int | str, cbor.Value], kind: Kind, fields: Fields) -> Document:
    """The document in a DOCUMENT map of `kind`, with exactly the fields that the kind has. Raises MalformedError."""
    if not fields.least <= body.keys() <= fields.most:
        raise MalformedError("the document lacks a field of its kind, or has one too many")
    status_list, status_index = _place(body[_STATUS])
    values = {}
    for key, value in body.items():
        if reader := _READ_BY_KEY.get(key):
            name, read = reader
            values[name] = read(value)
    return Document(
        kind=kind,
        ways=_ways(body[_WAYS_FIELD]),
        status_list=status_list,
        status_index=status_index,
        **values,  # type: ignore[arg-type]  # the table above ties each attribute to its reader
    )


_WAYS: Final[Mapping[int, frozenset[Way]]] = MappingProxyType(
    {
        wire.Ways.LIVE: frozenset({Way.LIVE}),
        wire.Ways.DOWNLOADED: frozenset({Way.DOWNLOADED}),
        wire.Ways.PRINTED: frozenset({Way.PRINTED}),
        wire.Ways.LIVE | wire.Ways.DOWNLOADED: frozenset({Way.LIVE, Way.DOWNLOADED}),
        wire.Ways.LIVE | wire.Ways.PRINTED: frozenset({Way.LIVE, Way.PRINTED}),
    }
)


def _ways(value: cbor.Value) -> frozenset[Way]:
    ways = _WAYS.get(value) if type(value) is int else None
    if ways is None:
        raise MalformedError("ways of showing that exclude each other, or none")
    return ways
