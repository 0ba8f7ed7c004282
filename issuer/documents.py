"""What stands in a document: the friendly form, and the DOCUMENT map of the wire. Masked data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import KIND_OF_CODE, TAG_ID_BYTES, DelegationField, Field, Ways
from issuer.cose import Map, Value
from issuer.dates import day_number
from issuer.errors import bad_data

CODE_OF_KIND: Final = {kind: code for code, kind in KIND_OF_CODE.items()}

_VIN_LETTERS: Final = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECK_PLACE: Final = 8


@dataclass(frozen=True, slots=True)
class Delegation:
    """授权使用: whom the owner lets use the vehicle, and its own place on a status list."""

    grantee: str  # masked: 李*
    id_tail: str
    purposes: tuple[str, ...]
    from_day: date
    until_day: date  # the last good day
    status: tuple[int, int]
    slot: int = 1  # 1 to 3: which of the people who hold the vehicle at once

    def to_map(self) -> Map:
        return {
            DelegationField.GRANTEE: self.grantee,
            DelegationField.ID_TAIL: self.id_tail,
            DelegationField.PURPOSES: list(self.purposes),
            DelegationField.FROM: day_number(self.from_day),
            DelegationField.UNTIL: day_number(self.until_day),
            DelegationField.STATUS: list(self.status),
            DelegationField.SLOT: self.slot,
        }


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the office, as people name its parts. None leaves a field out; which ones a kind has is in docs/wire.md."""

    kind: Kind
    ways: Ways
    status: tuple[int, int]  # list, index
    letters: str
    authority: int
    plate: str | None = None
    plate_class: str | None = None  # GA 24.7: "02" small car, "52" small new-energy car
    vin: str | None = None
    vehicle_type: str | None = None  # GA 24.4: "K33" saloon
    use: str | None = None  # GA 24.3: "A" private
    registered: date | None = None
    inspected_until: date | None = None
    name: str | None = None  # masked: 王*
    id_tail: str | None = None
    valid_until: date | None = None  # a long-term licence has none
    classes: str | None = None
    first_issued: date | None = None
    medical_until: date | None = None
    probation_until: date | None = None
    delegation: Delegation | None = None
    bar_code: str | None = None  # drawn as Code 128 beside the QR code
    tag_id: bytes | None = None
    insured_until: date | None = None

    @property
    def last_day(self) -> date | None:
        """The last good day of what the document says; None for a long-term licence."""
        days = [self.inspected_until or self.valid_until, self.delegation.until_day if self.delegation else None]
        return min((day for day in days if day is not None), default=None)

    def to_map(self) -> Map:
        """The int-keyed map of the wire. Raises OfficeError for a document that no reader could accept."""
        if Ways.DOWNLOADED in self.ways and Ways.PRINTED in self.ways:
            raise bad_data("a static code says one way: downloaded or printed, not both")
        if not self.ways:
            raise bad_data("a document needs at least one way of being shown")
        if self.vin is not None and len(self.vin) != len(_VIN_WEIGHTS):
            raise bad_data(f"a VIN has 17 characters, got {len(self.vin)}")
        if self.tag_id is not None and len(self.tag_id) != TAG_ID_BYTES:
            raise bad_data(f"a tag id has {TAG_ID_BYTES} bytes, got {len(self.tag_id)}")
        values = {key: write(self) for key, write in _FIELDS.items()}
        return {key: value for key, value in values.items() if value is not None}


def _day(day: date | None) -> int | None:
    return None if day is None else day_number(day)


_FIELDS: Final[dict[Field, Callable[[Document], Value | None]]] = {
    Field.KIND: lambda d: CODE_OF_KIND[d.kind],
    Field.WAYS: lambda d: d.ways,
    Field.STATUS: lambda d: list(d.status),
    Field.LETTERS: lambda d: d.letters,
    Field.PLATE: lambda d: d.plate,
    Field.PLATE_CLASS: lambda d: d.plate_class,
    Field.VIN: lambda d: d.vin,
    Field.VEHICLE_TYPE: lambda d: d.vehicle_type,
    Field.USE: lambda d: d.use,
    Field.REGISTERED: lambda d: _day(d.registered),
    Field.INSPECTED_UNTIL: lambda d: _day(d.inspected_until),
    Field.AUTHORITY: lambda d: d.authority,
    Field.NAME: lambda d: d.name,
    Field.ID_TAIL: lambda d: d.id_tail,
    Field.VALID_UNTIL: lambda d: _day(d.valid_until),
    Field.CLASSES: lambda d: d.classes,
    Field.FIRST_ISSUED: lambda d: _day(d.first_issued),
    Field.MEDICAL_UNTIL: lambda d: _day(d.medical_until),
    Field.PROBATION_UNTIL: lambda d: _day(d.probation_until),
    Field.DELEGATION: lambda d: d.delegation.to_map() if d.delegation else None,
    Field.BAR_CODE: lambda d: d.bar_code,
    Field.TAG_ID: lambda d: d.tag_id,
    Field.INSURED_UNTIL: lambda d: _day(d.insured_until),
}


def vin_with_check(body: str) -> str:
    """The VIN with its check character set (weights 8 7 6 5 4 3 2 10 0 9 8 7 6 5 4 3 2, modulo 11, 10 written X)."""
    total = sum(weight * (_VIN_LETTERS.index(letter) % 10) for weight, letter in zip(_VIN_WEIGHTS, body, strict=True))
    return body[:_VIN_CHECK_PLACE] + "0123456789X"[total % 11] + body[_VIN_CHECK_PLACE + 1 :]
