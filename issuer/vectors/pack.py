"""All files of the pack, as bytes: vectors, trust folders, pictures and a README."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.model import Kind
from issuer import qr
from issuer.cose import text_of
from issuer.dates import iso_utc
from issuer.errors import cannot_create
from issuer.files import make_folder, write_atomically
from issuer.vectors import claims, days, envelopes, layers, lendings, signings, states
from issuer.vectors.case import Case
from issuer.vectors.papers import BAR_CODE
from issuer.vectors.png import png
from issuer.vectors.profiles import PROFILES
from issuer.vectors.trust_data import trust_files
from issuer.vectors.workshop import cose_of

SUITE: Final = "yanma"
INDEX: Final = "pack.json"
_PICTURES: Final = "pictures"
_MODULE_DOTS: Final = 3
_BAR_DOTS: Final = 2
#: One mask for all: the pack does not depend on how a library weighs them.
_MASK: Final = 3
_CASES: Final[tuple[Case, ...]] = (
    *signings.CASES,
    *envelopes.CASES,
    *claims.CASES,
    *layers.CASES,
    *days.CASES,
    *states.CASES,
    *lendings.CASES,
)
_NOTE: Final = (
    "Codes of the profile in docs/wire.md, one a vector, each wrong in the one way that its id names. How to judge them is "
    "in docs/conformance-pack.md. The keys are public knowledge: never trust them with anything else."
)


@dataclass(frozen=True, slots=True)
class Vector:
    """One case of one kind, made."""

    kind: Kind
    case: Case
    cose: bytes
    text: bytes

    @property
    def id(self) -> str:
        return f"{self.kind.value}/{self.case.name}"

    @property
    def picture(self) -> str:
        return f"{_PICTURES}/{self.kind.value}.{self.case.name}.png"

    @property
    def beside(self) -> str | None:
        """The bar code that is drawn below the code."""
        return (self.case.beside or BAR_CODE) if self.kind is Kind.DRIVING_LICENCE else None

    def row(self) -> dict[str, Any]:
        case = self.case
        return {
            "suite": SUITE,
            "id": self.id,
            "kind": self.kind.value,
            "defect": case.name,
            "title": case.title,
            "input_text": self.text.decode("ascii"),
            "input_hex": self.cose.hex() if self.text == text_of(self.cose) else None,
            "picture": self.picture,
            "beside": [self.beside] if self.beside else [],
            "time": iso_utc(case.at_s),
            "doubt_s": case.doubt_s,
            "profile": case.profile,
            "trust": case.trust,
            "expected": {
                "family": case.reason.family.value,
                "reason": case.reason.value,
                "word": case.word.value if case.word else None,
            },
        }

    def drawn(self) -> bytes:
        cells = qr.rows(qr.any_code(self.text, _MASK))
        if self.beside:
            return png(qr.with_bars(cells, self.beside, module_cells=_MODULE_DOTS, bar_cells=_BAR_DOTS))
        wide = ([cell for cell in row for _ in range(_MODULE_DOTS)] for row in cells)
        return png([row for row in wide for _ in range(_MODULE_DOTS)])


def vectors() -> Iterator[Vector]:
    """Every vector, kind by kind."""
    for kind in Kind:
        for case in _CASES:
            if kind in case.kinds:
                cose = cose_of(case.draft(kind), case.spoil)
                yield Vector(kind, case, cose, case.spoil.text(text_of(cose)))


def files(made: list[Vector]) -> Iterator[tuple[str, bytes]]:
    """Path below the pack, and content; the same bytes on every machine."""
    index = {
        "suite": SUITE,
        "source": "yanma-issuer vectors",
        "note": _NOTE,
        "count": len(made),
        "profiles": PROFILES,
        "vectors": [vector.row() for vector in made],
    }
    yield INDEX, (json.dumps(index, ensure_ascii=False, indent=1) + "\n").encode()
    yield "README.md", _readme(made).encode()
    yield from trust_files()
    for vector in made:
        yield vector.picture, vector.drawn()


def write_pack(folder: Path) -> Mapping[Kind, int]:
    """Write or renew the pack; gives the number of vectors of each kind. Raises OfficeError.

    A folder that holds anything but a pack is left alone.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / INDEX).is_file() or not any(folder.iterdir()))):
        raise cannot_create(f"{folder} holds something else than a pack: choose another folder")
    made = list(vectors())
    for path, data in files(made):
        make_folder((folder / path).parent)
        write_atomically(folder / path, data, durable=False)
    return counts(made)


def counts(made: list[Vector]) -> Mapping[Kind, int]:
    return {kind: sum(vector.kind is kind for vector in made) for kind in Kind}


def _readme(made: list[Vector]) -> str:
    rows = "".join(f"| {kind.value} | {count} |\n" for kind, count in counts(made).items())
    return (
        "# The conformance pack\n\n"
        f"{len(made)} codes of the profile, good and bad, with the answer that a reader must give. "
        "Made by `yanma-issuer vectors`; do not edit.\n\n"
        "| kind | vectors |\n|---|---|\n"
        f"{rows}\n"
        "- `pack.json`: the vectors, and the posts (`profiles`) at which they are judged\n"
        "- `trust*/`: the anchors, trust list, rules and status lists to believe\n"
        "- `pictures/`: each vector as a picture, three dots to a module\n\n"
        "Every private number behind these keys can be computed from this repository: "
        "never trust an anchor of this folder with anything but this folder.\n"
    )
