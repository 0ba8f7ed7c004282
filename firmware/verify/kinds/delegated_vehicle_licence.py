"""授权行驶证, a vehicle licence that its owner lets another person show (row S8); `delegation.py` has the rules."""

from __future__ import annotations

from typing import Final

from firmware.model import Kind
from firmware.verify.document import Fields
from firmware.verify.kinds.base import Deadline, KindRule
from firmware.verify.kinds.vehicle_licence import COPY_WORKDAYS, OPTIONAL, REQUIRED
from firmware.verify.wire import Field

DELEGATED_VEHICLE_LICENCE: Final = KindRule(
    kind=Kind.DELEGATED_VEHICLE_LICENCE,
    fields=Fields.of(required=REQUIRED | {Field.DELEGATION}, optional=OPTIONAL),
    deadlines=lambda document: (Deadline(document.inspected_until, due_notice=True),),
    letters=lambda edition: edition.vehicle_letters,
    copy_workdays=COPY_WORKDAYS,
)
