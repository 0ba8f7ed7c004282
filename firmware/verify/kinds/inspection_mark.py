"""检验标志电子凭证, the inspection mark: same force as the sticker, good to the end of its last day (rows S1 to S3)."""

from __future__ import annotations

from typing import Final

from firmware.model import Kind
from firmware.verify.document import Fields
from firmware.verify.kinds.base import Deadline, KindRule
from firmware.verify.wire import Field

INSPECTION_MARK: Final = KindRule(
    kind=Kind.INSPECTION_MARK,
    fields=Fields.of(
        required=frozenset({Field.PLATE, Field.PLATE_CLASS, Field.INSPECTED_UNTIL}),
        optional=frozenset({Field.VIN, Field.VEHICLE_TYPE, Field.USE, Field.REGISTERED, Field.TAG_ID}),
    ),
    deadlines=lambda document: (Deadline(document.inspected_until, due_notice=True),),
    letters=lambda edition: edition.vehicle_letters,
)
