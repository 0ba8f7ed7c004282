"""`yanma-issuer make`: one document, good or with a named defect, as a picture, a page or a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import Alg
from issuer import qr, world
from issuer.cose import text_of
from issuer.dates import day_of
from issuer.errors import bad_data, cannot_create
from issuer.files import make_folder, write_atomically
from issuer.make import make
from issuer.office import Form, Office, Wish, bar_code_of
from issuer.people import DRIVERS, VEHICLES, Subject, Vehicle

_VEHICLE_OF_ALG: Final = {Alg.ES256: "good", Alg.ED25519: "shanghai", Alg.SM2_SM3: "guangdong"}
_DRIVER_OF_ALG: Final = {Alg.ES256: "driver", Alg.ED25519: "driver-shanghai", Alg.SM2_SM3: "driver-guangdong"}
_DEFAULT_FORM: Final = dict.fromkeys(Kind, Form.PHONE) | {
    Kind.INSPECTION_MARK: Form.DOWNLOADED,
    Kind.EVI_TAG: Form.PRINTED,
}
_PLATE_LENGTHS: Final = range(5, 10)
_MAX_LETTERS: Final = 8


@dataclass(frozen=True, slots=True)
class Request:
    """What `make` was asked for; None means "as usual"."""

    kind: Kind
    form: Form | None = None
    defect: str | None = None
    alg: Alg = Alg.ES256
    plate: str | None = None
    until: date | None = None
    letters: str | None = None


def wish_of(request: Request, now_s: int) -> Wish:
    """The wish behind a request. Raises OfficeError for data that no document may hold."""
    subject = _subject_of(request)
    if request.plate is not None:
        if not isinstance(subject, Vehicle):
            raise bad_data(f"a {request.kind.value} has no plate: leave --plate out")
        if len(request.plate) not in _PLATE_LENGTHS or not request.plate.isalnum():
            raise bad_data(f"expected a plate such as 京A12345 or 京AD12345, got {request.plate!r}")
        subject = replace(subject, plate=request.plate)
    if request.until is not None:
        subject = replace(subject, days=(request.until - day_of(now_s)).days)
    if request.letters is not None:
        letters = request.letters
        distinct = 0 < len(letters) == len(set(letters)) <= _MAX_LETTERS
        if not (distinct and letters.isascii() and letters.isalpha() and letters.isupper()):
            raise bad_data(f"expected state letters such as A or GH, got {letters!r}")
        subject = replace(subject, letters=letters)
    return Wish(request.kind, request.form or _DEFAULT_FORM[request.kind], subject, request.defect)


def _subject_of(request: Request) -> Subject:
    if request.kind is Kind.DRIVING_LICENCE:
        return DRIVERS[_DRIVER_OF_ALG[request.alg]]
    return VEHICLES[_VEHICLE_OF_ALG[request.alg]]


def write_document(request: Request, office: Office, now_s: int, out: Path, *, force: bool) -> str:
    """Write the file and give one line that says what it is. Raises OfficeError."""
    writer = _WRITERS.get(out.suffix.lower())
    if writer is None:
        raise bad_data(f"cannot tell what to write from the name {out.name!r}: use one of {', '.join(_WRITERS)}")
    if out.exists() and not force:
        raise cannot_create(f"{out} exists: choose another name, or add --force")
    wish = wish_of(request, now_s)
    data, code_bytes = writer(wish, office, now_s)
    make_folder(out.parent)
    write_atomically(out, data)
    form, defect = wish.form.help_text, f", defect {wish.defect}" if wish.defect else ""
    return f"{out}: {wish.kind.value} of {wish.subject.title}, {form}{defect}; {code_bytes} characters"


def _symbol(wish: Wish, text: bytes) -> qr.Symbol:
    if wish.defect is not None:
        return qr.any_code(text)  # a planted defect may be larger than a code of ours
    return qr.code_of(text, qr.Carrier.PAPER if wish.form is Form.PRINTED else qr.Carrier.SCREEN)


def _png(wish: Wish, office: Office, now_s: int) -> tuple[bytes, int]:
    text = office.text(wish, now_s)
    return qr.png(_symbol(wish, text), bar_code=bar_code_of(wish)), len(text)


def _svg(wish: Wish, office: Office, now_s: int) -> tuple[bytes, int]:
    text = office.text(wish, now_s)
    return qr.svg(_symbol(wish, text), bar_code=bar_code_of(wish)), len(text)


def _txt(wish: Wish, office: Office, now_s: int) -> tuple[bytes, int]:
    text = office.text(wish, now_s)
    return text + b"\n", len(text)


def _pdf(wish: Wish, office: Office, now_s: int) -> tuple[bytes, int]:
    from issuer.paper import mark_page

    if wish.form is not Form.PRINTED or wish.kind is not Kind.INSPECTION_MARK or wish.defect is not None:
        raise bad_data("a PDF is made of a good printed inspection mark only: inspection-mark --way printed")
    order = office.order(wish, now_s)
    text = text_of(make(order))
    return mark_page(order, text, world.plan_named(wish.subject.office).name_zh), len(text)


_Writer = Callable[[Wish, Office, int], tuple[bytes, int]]
_WRITERS: Final[dict[str, _Writer]] = {".png": _png, ".svg": _svg, ".pdf": _pdf, ".txt": _txt}
