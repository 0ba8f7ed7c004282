"""One row of the pack: what is wrong with a code, when and where it is judged, and what a reader must answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from firmware.model import Kind, Reason, Word
from firmware.verify.wire import Alg
from issuer.office import Form
from issuer.vectors.times import NOW_S
from issuer.vectors.workshop import NONE, USUAL_FORM, Change, Draft, Spoilers, cose_of, draft_of

ALL: Final = frozenset(Kind)
MARK: Final = frozenset({Kind.INSPECTION_MARK})
DRIVING: Final = frozenset({Kind.DRIVING_LICENCE})
LICENCE: Final = frozenset({Kind.VEHICLE_LICENCE})
LENT: Final = frozenset({Kind.DELEGATED_VEHICLE_LICENCE})
TAG: Final = frozenset({Kind.EVI_TAG})
CARS: Final = ALL - DRIVING
COPIES: Final = LICENCE | LENT

MAIN: Final = "trust"


@dataclass(frozen=True, slots=True)
class Case:
    """The defect's name, a sentence, the answer, and how the code comes to be.

    `doubt_s` is half the width of the interval in which true time lies; None: the clock knows only that it is not earlier.
    `beside` is the bar code that was in view, "" for the document's own.
    """

    name: str
    title: str
    reason: Reason
    word: Word | None = None
    changes: tuple[Change, ...] = ()
    spoil: Spoilers = NONE
    kinds: frozenset[Kind] = ALL
    form: Form | None = None
    alg: Alg = Alg.ES256
    at_s: int = NOW_S
    doubt_s: int | None = 0
    profile: str = "police"
    trust: str = MAIN
    beside: str = ""

    def draft(self, kind: Kind) -> Draft:
        draft = draft_of(kind, self.form or USUAL_FORM[kind], self.at_s, self.alg)
        for change in self.changes:
            draft = change(draft)
        return draft

    def cose(self, kind: Kind) -> bytes:
        return cose_of(self.draft(kind), self.spoil)


def spread(cases: tuple[Case, ...], everywhere: str) -> tuple[Case, ...]:
    """Of the cases that any kind can have, those named in `everywhere` for every kind, the others for two.

    A mark stands for what is shown in one level, a vehicle licence for what is shown in two: the bytes around the document
    are read by the same rules whatever the kind.
    """
    named = frozenset(everywhere.split())
    unknown = named - {case.name for case in cases}
    assert not unknown, f"no such cases: {unknown}"
    shared = ALL, CARS
    return tuple(
        replace(case, kinds=MARK | LICENCE) if case.kinds in shared and case.name not in named else case
        for case in cases
    )
