"""What the page serves: fixed files, the list of documents, and a fresh code at every request. Knows nothing of sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import LIVE_S
from issuer import qr
from issuer.defects import DEFECTS
from issuer.demo_cases import CODES, DemoCode
from issuer.office import Office, bar_code_of
from issuer.people import SUBJECTS, Subject, Vehicle
from issuer.phone import LIVE_CODES, LiveCode, live_text

_ASSETS: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.css": ("app.css", "text/css; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_NEW_ENERGY_CLASSES: Final = ("51", "52")
_KIND_ZH: Final = {
    Kind.INSPECTION_MARK: "检验标志",
    Kind.DRIVING_LICENCE: "驾驶证",
    Kind.VEHICLE_LICENCE: "行驶证",
    Kind.DELEGATED_VEHICLE_LICENCE: "授权行驶证",
    Kind.EVI_TAG: "汽车电子标识",
}
_EXAMPLES: Final = {code.name: code for code in CODES}


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: status, type, body, and how long the code in it lives, if it is a live one."""

    status: HTTPStatus
    content_type: str
    body: bytes
    lives_s: int | None = None

    @classmethod
    def said(cls, status: HTTPStatus, text: str) -> Answer:
        """A plain sentence."""
        return cls(status, "text/plain; charset=utf-8", f"{text}\n".encode())


class Site:
    """Path -> answer."""

    def __init__(self, office: Office, clock: Callable[[], float] = time.time) -> None:
        self._office = office
        self._clock = clock
        self._files = {
            path: Answer(HTTPStatus.OK, content_type, (files("issuer") / "web" / name).read_bytes())
            for path, (name, content_type) in _ASSETS.items()
        }
        listing = {
            "documents": [_described(code) for code in LIVE_CODES.values()],
            "examples": [_described_example(code) for code in CODES if office.can_make(code.subject)],
        }
        body = json.dumps(listing, ensure_ascii=False).encode()
        self._files["/api/documents"] = Answer(HTTPStatus.OK, "application/json", body)
        for name in LIVE_CODES:  # every key exists before the first request, and a fault shows now
            self.answer(f"/code/{name}.svg")

    def answer(self, path: str) -> Answer:
        """What GET of this path gives."""
        known = self._files.get(path)
        if known is not None:
            return known
        name = path.removeprefix("/code/").removesuffix(".svg")
        drawn = self._drawn(name) if path == f"/code/{name}.svg" else None
        return drawn or Answer.said(HTTPStatus.NOT_FOUND, "没有此页 Not here")

    def _drawn(self, name: str) -> Answer | None:
        now_s = int(self._clock())
        if name in LIVE_CODES:
            live = LIVE_CODES[name]
            symbol = qr.code_of(live_text(live, self._office, now_s), qr.Carrier.SCREEN)
            return Answer(HTTPStatus.OK, "image/svg+xml", qr.svg(symbol, bar_code=bar_code_of(live.wish)), LIVE_S)
        example = _EXAMPLES.get(name)
        if example is None or not self._office.can_make(example.subject):
            return None
        drawing = qr.svg(example.symbol(self._office, now_s), example.ink, example.bar_code)
        return Answer(HTTPStatus.OK, "image/svg+xml", drawing, LIVE_S if _is_live(example) else None)


def _is_live(code: DemoCode) -> bool:
    return code.foreign is None and code.form.live


def _described(code: LiveCode) -> dict[str, object]:
    defect = DEFECTS[code.wish.defect].help_text if code.wish.defect else None
    note = f"此码故意有误 Wrong on purpose: {defect}" if defect else code.note
    return _entry(code.name, code.title_zh, code.title_en, code.wish.subject, note)


def _described_example(code: DemoCode) -> dict[str, object]:
    title_zh = "其他二维码" if code.foreign is not None else f"{_KIND_ZH[code.kind]} · {code.form.label_zh}"
    told = code.expected[0].reason
    note = f"终端应答 The terminal should say: {told.family} {told}"
    title_en = f"{code.name.replace('-', ' ')} → {told.family} {told}"
    return _entry(code.name, title_zh, title_en, None if code.foreign is not None else SUBJECTS[code.subject], note)


def _entry(name: str, title_zh: str, title_en: str, subject: Subject | None, note: str) -> dict[str, object]:
    vehicle = subject if isinstance(subject, Vehicle) else None
    return {
        "name": name,
        "title_zh": title_zh,
        "title_en": title_en,
        "plate": vehicle.plate if vehicle else "",
        "new_energy": vehicle is not None and vehicle.plate_class in _NEW_ENERGY_CLASSES,
        "note": note,
    }
