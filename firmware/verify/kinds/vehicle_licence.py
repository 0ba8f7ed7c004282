"""电子行驶证, the vehicle licence: its code lives 60 s and is then refreshed in the app (row S7)."""

from __future__ import annotations

from typing import Final

from firmware.model import Kind
from firmware.verify.document import Fields
from firmware.verify.kinds.base import KindRule
from firmware.verify.wire import Field

VEHICLE_LICENCE: Final = KindRule(
    kind=Kind.VEHICLE_LICENCE,
    fields=Fields.of(
        required=frozenset(
            {Field.PLATE, Field.PLATE_CLASS, Field.VIN, Field.VEHICLE_TYPE, Field.USE, Field.INSPECTED_UNTIL}
        ),
        optional=frozenset({Field.REGISTERED, Field.NAME, Field.ID_TAIL}),
    ),
    last_good_day=lambda document: document.inspected_until,
    letters=lambda rules: rules.vehicle_letters,
)
