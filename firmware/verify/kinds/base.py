"""What a kind of document is to this room: its fields, the days that end it, the table that explains its state letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from firmware.model import Kind, Reason, Word
from firmware.verify.document import Document, Fields
from firmware.verify.rules import Edition, State


class Deadline(NamedTuple):
    """A last good day of the document, and what it argues for once it has passed. `due_notice`: nearing it is worth a notice."""

    day: int | None
    reason: Reason = Reason.EXPIRED
    word: Word | None = None
    due_notice: bool = False


@dataclass(frozen=True, slots=True)
class KindRule:
    """One row of the table of kinds.

    `deadlines` are in order of weight: the first is the document's own end. `letters` picks the table of state letters out of
    the edition of the day. `copy_workdays`: a downloaded copy is good for so many working days (None: as long as its exp).
    """

    kind: Kind
    fields: Fields
    deadlines: Callable[[Document], tuple[Deadline, ...]]
    letters: Callable[[Edition], Mapping[str, State]]
    copy_workdays: int | None = None
