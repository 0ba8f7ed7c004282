"""`yanma-issuer demo DIR`: a whole small world for a terminal, made new or renewed in place.

DIR/trust is what a terminal is given, DIR/codes and DIR/print what people show, DIR/expected.json what the terminal must
answer, DIR/scenes.json the story for the simulated camera, DIR/live the codes that `yanma-issuer phone DIR` keeps fresh.
No private key is ever written below DIR.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware.model import Kind
from issuer import qr, sm2, world
from issuer.cose import text_of
from issuer.dates import day_of, end_of, iso_utc, parse_instant
from issuer.demo_cases import CODES, PAGES, SCENES, DemoCode, Expected
from issuer.errors import OfficeError, cannot_create
from issuer.files import make_folder, write_atomically
from issuer.keys import ENVIRONMENT
from issuer.make import make
from issuer.office import Form, Office, Wish
from issuer.people import VEHICLES
from issuer.phone import renew
from issuer.publish import write_trust

MARKER: Final = "demo.json"
Say = Callable[[str], None]


def make_demo(folder: Path, office: Office, now_s: int, *, force: bool, say: Say) -> int:
    """Make or renew the demo; gives the number of codes.

    Raises OfficeError, before anything is written, when the folder holds something else and `force` was not given.
    """
    renewing = made_at(folder) is not None
    if not renewing and not force and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise cannot_create(
            f"{folder} is not empty and no demo: choose another folder, or add --force to write into it"
        )
    make_folder(folder)
    say(f"{'Renewing' if renewing else 'Making'} the demo in {folder} as of {iso_utc(now_s)}")
    write_trust(folder / "trust", office.anchor, office.listed(), now_s)
    say(f"  trust: {len(list(office.listed()))} keys, rules, status list of {world.STATUS_ENTRIES} entries")
    codes = [code for code in CODES if office.can_make(code.subject)]
    if len(codes) < len(CODES):
        say("  SM2 is left out: this machine has no OpenSSL 3 (libcrypto.so.3)")
    pictures = make_folder(folder / "codes")
    for code in codes:
        picture = qr.png(code.symbol(office, now_s), code.ink, bar_code=code.bar_code)
        write_atomically(pictures / f"{code.name}.png", picture, durable=False)
    pages = make_folder(folder / "print")
    for name, (vehicle, _) in PAGES.items():
        write_atomically(pages / f"{name}.pdf", page(vehicle, office, now_s), durable=False)
    rows = [row for code in codes for row in expected_rows(code, now_s)]
    rows += [_row(f"print/{name}.pdf", row, now_s) for name, (_, row) in PAGES.items()]
    say(f"  codes: {len(codes)} pictures, {len(PAGES)} pages to print, {len(rows)} answers in expected.json")
    _write_json(folder / "expected.json", rows)
    _write_json(folder / "scenes.json", {"version": 1, "scenes": _scenes()})
    say(f"  live: {renew(folder, office, now_s)} codes, {len(_scenes())} scenes")
    _write_json(folder / MARKER, {"version": 1, "environment": ENVIRONMENT, "made": iso_utc(now_s)})
    return len(codes)


def made_at(folder: Path) -> int | None:
    """When the demo in this folder was made or renewed; None when there is none."""
    try:
        return parse_instant(str(json.loads((folder / MARKER).read_text(encoding="utf-8"))["made"]))
    except (OSError, ValueError, KeyError, TypeError, OfficeError):
        return None


def page(vehicle: str, office: Office, now_s: int) -> bytes:
    """The PDF of the printed mark of this car."""
    from issuer.paper import mark_page

    car = VEHICLES[vehicle]
    order = office.order(Wish(Kind.INSPECTION_MARK, Form.PRINTED, car), now_s)
    return mark_page(order, text_of(make(order)), world.plan_named(car.office).name_zh)


def expected_rows(code: DemoCode, now_s: int) -> list[dict[str, str]]:
    """The lines of expected.json for this code."""
    return [_row(f"codes/{code.name}.png", row, now_s) for row in code.expected]


def _row(file: str, row: Expected, now_s: int) -> dict[str, str]:
    return {
        "file": file,
        "at": iso_utc((end_of(day_of(now_s)) if row.from_day_end else now_s) + row.after_s),
        "profile": row.profile,
        "family": row.reason.family.value,
        "reason": row.reason.value,
    }


def _scenes() -> list[dict[str, object]]:
    usable = [scene for scene in SCENES if sm2.available() or "sm2" not in scene.picture]
    return [{"picture": s.picture, "carrier": s.carrier, "seconds": s.seconds, "caption": s.caption} for s in usable]


def _write_json(path: Path, value: object) -> None:
    write_atomically(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())
