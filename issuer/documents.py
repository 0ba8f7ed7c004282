"""What stands in a document: the friendly form, and the DOCUMENT map of the wire. Masked data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import KIND_OF_CODE, Field, Ways
from issuer.cose import Map, Value
from issuer.dates import day_number
from issuer.errors import bad_data

CODE_OF_KIND: Final = {kind: code for code, kind in KIND_OF_CODE.items()}

_VIN_LETTERS: Final = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECK_PLACE: Final = 8


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the office, as people name its parts. None leaves a field out."""

    kind: Kind
    ways: Ways
    status: tuple[int, int]  # list, index
    letters: str
    plate: str
    plate_class: str  # GA 24.7: "02" small car, "52" small new-energy car
    vin: str
    authority: int
    vehicle_type: str | None = None  # GA 24.4: "K33" saloon
    use: str | None = None  # GA 24.3: "A" private
    registered: date | None = None
    inspected_until: date | None = None
    name: str | None = None  # masked: 王*

    def to_map(self) -> Map:
        """The int-keyed map of the wire. Raises OfficeError for a document that no reader could accept."""
        if Ways.DOWNLOADED in self.ways and Ways.PRINTED in self.ways:
            raise bad_data("a static code says one way: downloaded or printed, not both")
        if not self.ways:
            raise bad_data("a document needs at least one way of being shown")
        if len(self.vin) != len(_VIN_WEIGHTS):
            raise bad_data(f"a VIN has 17 characters, got {len(self.vin)}")
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
}


def vin_with_check(body: str) -> str:
    """The VIN with its check character set (weights 8 7 6 5 4 3 2 10 0 9 8 7 6 5 4 3 2, modulo 11, 10 written X)."""
    total = sum(weight * (_VIN_LETTERS.index(letter) % 10) for weight, letter in zip(_VIN_WEIGHTS, body, strict=True))
    return body[:_VIN_CHECK_PLACE] + "0123456789X"[total % 11] + body[_VIN_CHECK_PLACE + 1 :]
