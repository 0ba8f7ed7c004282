"""电子驾驶证, the driving licence: classes, probation, validity and medical dates; a bar code beside its QR code (row S6)."""

from __future__ import annotations

from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.document import Document, Fields
from firmware.verify.kinds.base import Deadline, KindRule
from firmware.verify.wire import Field


def _deadlines(document: Document) -> tuple[Deadline, ...]:
    """A long-term licence has no valid_until; a medical examination is due only for some classes and ages."""
    return (
        Deadline(document.valid_until, due_notice=True),
        Deadline(document.medical_until, Reason.SUSPENDED, Word.MEDICAL_OVERDUE, due_notice=True),
    )


DRIVING_LICENCE: Final = KindRule(
    kind=Kind.DRIVING_LICENCE,
    fields=Fields.of(
        required=frozenset({Field.CLASSES, Field.NAME, Field.ID_TAIL, Field.FIRST_ISSUED}),
        optional=frozenset({Field.VALID_UNTIL, Field.MEDICAL_UNTIL, Field.PROBATION_UNTIL, Field.BAR_CODE}),
    ),
    deadlines=_deadlines,
    letters=lambda edition: edition.licence_letters,
)
