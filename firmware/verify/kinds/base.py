"""What a kind of document is to this room: its fields, which day ends it, which table explains its state letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.model import Kind
from firmware.verify.document import Document, Fields
from firmware.verify.rules import Letter, Rules


@dataclass(frozen=True, slots=True)
class KindRule:
    """One row of the table of kinds.

    `last_good_day` gives the day with which the document itself ends (None: it has no such day, only the code ends);
    `letters` picks the table of state letters out of the rules of the day.
    """

    kind: Kind
    fields: Fields
    last_good_day: Callable[[Document], int | None]
    letters: Callable[[Rules], Mapping[str, Letter]]
