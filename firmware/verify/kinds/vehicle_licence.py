"""电子行驶证, the vehicle licence: its code lives 60 s and is then refreshed in the app (row S7).

A downloaded copy serves at most seven working days, at posts that take one at all.
"""

from __future__ import annotations

from typing import Final

from firmware.model import Kind
from firmware.verify.document import Fields
from firmware.verify.kinds.base import Deadline, KindRule
from firmware.verify.wire import Field

REQUIRED: Final = frozenset(
    {Field.PLATE, Field.PLATE_CLASS, Field.VIN, Field.VEHICLE_TYPE, Field.USE, Field.INSPECTED_UNTIL}
)
OPTIONAL: Final = frozenset({Field.REGISTERED, Field.NAME, Field.ID_TAIL, Field.TAG_ID})
COPY_WORKDAYS: Final = 7

VEHICLE_LICENCE: Final = KindRule(
    kind=Kind.VEHICLE_LICENCE,
    fields=Fields.of(required=REQUIRED, optional=OPTIONAL),
    deadlines=lambda document: (Deadline(document.inspected_until, due_notice=True),),
    letters=lambda edition: edition.vehicle_letters,
    copy_workdays=COPY_WORKDAYS,
)
