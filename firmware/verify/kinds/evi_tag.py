"""汽车电子标识, the EVI tag: one car, one tag; its code gives the inspection mark and the compulsory insurance (row S9)."""

from __future__ import annotations

from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.document import Fields
from firmware.verify.kinds.base import Deadline, KindRule
from firmware.verify.wire import Field

EVI_TAG: Final = KindRule(
    kind=Kind.EVI_TAG,
    fields=Fields.of(
        required=frozenset({Field.TAG_ID, Field.PLATE, Field.PLATE_CLASS, Field.INSPECTED_UNTIL, Field.INSURED_UNTIL}),
        optional=frozenset({Field.VIN, Field.VEHICLE_TYPE, Field.USE, Field.REGISTERED}),
    ),
    deadlines=lambda document: (
        Deadline(document.inspected_until, due_notice=True),
        Deadline(document.insured_until, Reason.EXPIRED, Word.INSURANCE_OVER),
    ),
    letters=lambda edition: edition.vehicle_letters,
)
