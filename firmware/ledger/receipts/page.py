"""A receipt's page: one sheet of A4 for a person's file, Chinese and English. Says what the receipt says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from firmware.ledger.receipts import words
from firmware.ledger.receipts.body import FORMAT, Answer
from firmware.ledger.receipts.sheet import BLACK, GREY, HEIGHT_MM, WHITE, WIDTH_MM, Sheet
from firmware.model import Kind

LEFT: Final = 18.0
RIGHT: Final = WIDTH_MM - 18.0
VALUE_X: Final = 80.0
Body = dict[str, Any]


def draw_page(body: Body, code: str) -> bytes:
    """The PDF of a receipt with this code. The same receipt gives the same bytes under the same version of the library."""
    made = datetime.fromisoformat(body["made"]["time"])
    sheet = Sheet(
        f"{words.TITLE[0]} {words.TITLE[1]} {code}", made, f"{FORMAT} {body['device']['id']} {body['number']}"
    )
    _head(sheet, body, code)
    _answers(sheet, body)
    y = _table(sheet, 101.0, words.DOCUMENT, _fact_rows(body), size=10.5, step=6.8)
    _table(sheet, y + 10.0, words.EVIDENCE, _evidence_rows(body), size=7.6, step=5.2)
    _foot(sheet, body)
    return sheet.output()


def _head(sheet: Sheet, body: Body, code: str) -> None:
    sheet.write(LEFT, 26.0, words.TITLE[0], 24, bold=True)
    sheet.write(LEFT, 33.5, words.TITLE[1], 12, ink=GREY)
    spoken = f"{code[:4]} {code[4:]}"
    left = RIGHT - 62.0
    sheet.box(left, 15.0, 62.0, 21.0)
    end = sheet.write(left + 3.0, 20.5, words.CODE[0], 8)
    sheet.write(end + 2.0, 20.5, words.CODE[1], 7, ink=GREY)
    sheet.write(left + 62.0 - 3.0 - sheet.width(number := f"{words.NUMBER[1]} {body['number']}", 8), 20.5, number, 8)
    sheet.write(left + (62.0 - sheet.width(spoken, 24, bold=True)) / 2, 32.3, spoken, 24, bold=True)
    sheet.line(LEFT, 42.0, RIGHT, grey=BLACK, width_mm=0.5)
    _pair(sheet, LEFT, 51.0, words.QUESTION, 10)
    asked = body["as_of"]["time"].replace("T", " ")
    sheet.write(VALUE_X - 24.0, 51.4, asked[:19], 16, bold=True)
    sheet.write(VALUE_X + 34.0, 51.4, f"UTC{asked[19:]}", 9, ink=GREY)
    if trial := words.TRIALS.get(body["environment"]):
        said = " ".join(trial)
        sheet.write(RIGHT - sheet.width(said, 13, bold=True), 51.4, said, 13, bold=True)


def _answers(sheet: Sheet, body: Body) -> None:
    half = (RIGHT - LEFT - 6.0) / 2
    dates, status = body["answer"]["dates"], body["answer"]["status"]
    states = {Answer.VALID: "good", Answer.CANNOT_TELL: "unknown"}
    _answer(sheet, LEFT, half, words.DATES, words.ANSWERS[dates], states.get(dates, "bad"))
    _answer(sheet, LEFT + half + 6.0, half, words.STATUS, words.STATUSES[status], status)


def _answer(sheet: Sheet, x: float, width: float, head: words.Pair, said: words.Pair, state: str) -> None:
    """One answer in a box: framed for good, black for bad, dashed for what cannot be told. Told apart without colour."""
    bad = state == "bad"
    sheet.box(x, 58.0, width, 33.0, filled=bad, dashed=state not in ("good", "bad"))
    ink, soft = (WHITE, WHITE) if bad else (BLACK, GREY)
    end = sheet.write(x + 4.0, 65.0, head[0], 9, ink=ink)
    sheet.write(end + 2.0, 65.0, head[1], 8, ink=soft)
    sheet.write_within(x + 4.0, 78.5, width - 8.0, said[0], 25, bold=True, ink=ink)
    sheet.write_within(x + 4.0, 86.5, width - 8.0, said[1], 12, ink=soft)


def _table(
    sheet: Sheet, y: float, head: words.Pair, rows: list[tuple[words.Pair, str]], *, size: float, step: float
) -> float:
    """A heading and its rows; gives the lowest line."""
    end = sheet.write(LEFT, y, head[0], 12, bold=True)
    sheet.write(end + 2.5, y, head[1], 9, ink=GREY)
    sheet.line(LEFT, y + 2.2, RIGHT)
    for label, value in rows:
        y += step
        _pair(sheet, LEFT, y + 0.6, label, size * 0.9)
        y = sheet.write_within(VALUE_X, y + 0.6, RIGHT - VALUE_X, value, size) - 0.6
    return y


def _pair(sheet: Sheet, x: float, y: float, label: words.Pair, size: float) -> None:
    end = sheet.write(x, y, label[0], size)
    sheet.write(end + 2.0, y, label[1], size * 0.82, ink=GREY)


def _foot(sheet: Sheet, body: Body) -> None:
    y = HEIGHT_MM - 33.0
    sheet.line(LEFT, y - 5.0, RIGHT)
    for zh, en in (words.STATEMENT, words.HOW_TO_CHECK):
        y = sheet.write_within(LEFT, y, RIGHT - LEFT, zh, 8.4)
        y = sheet.write_within(LEFT, y + 3.9, RIGHT - LEFT, en, 7.2, ink=GREY) + 5.2
    said = f"{FORMAT} · {body['device']['id']}"
    sheet.write(RIGHT - sheet.width(said, 7), HEIGHT_MM - 10.0, said, 7, ink=GREY)


def _fact_rows(body: Body) -> list[tuple[words.Pair, str]]:
    rows = [(label, path, _said(_found(body, path))) for label, path in words.FACT_ROWS]
    if _found(body, "document.kind.name") == Kind.INSPECTION_MARK:
        unknown = "  ".join(words.UNKNOWN)
        rows = [
            (label, path, said or (unknown if path in words.ALWAYS_OF_A_MARK else "")) for label, path, said in rows
        ]
    return [(label, said) for label, _, said in rows if said]


def _evidence_rows(body: Body) -> list[tuple[words.Pair, str]]:
    rows = (
        (label, _EVIDENCE.get(path, lambda b, p=path: _said(_found(b, p)))(body)) for label, path in words.EVIDENCE_ROWS
    )
    return [(label, said) for label, said in rows if said]


def _found(body: Body, path: str) -> Any:
    value: Any = body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "  ".join(words.YES if value else words.NO)
    if isinstance(value, dict):  # a thing with its words
        return f"{value['zh']}  {value['en']}"
    return "" if value is None else str(value)


def _verdict(body: Body) -> str:
    verdict = body["verdict"]
    return f"{verdict['family']} {verdict['reason']}: {verdict['zh']}"


def _list(body: Body) -> str:
    found = body["status_list"]
    if found is None:
        return "  ".join(words.UNKNOWN)
    return f"{found['number']} · {found['issued']} · {found['age_s'] // 3600} h"


def _photo(body: Body) -> str:
    photo = body.get("photo")
    return "" if photo is None else "  ".join(filter(None, (*words.PHOTOS[photo["state"]], photo["sha256"])))


def _file(body: Body) -> str:
    return "  ".join(words.LIVE_VIEW) if body["file"] is None else str(body["file"]["name"])


def _made(body: Body) -> str:
    made = body["made"]
    doubt = "" if made["doubt_ms"] is None else f" ± {made['doubt_ms'] / 1000:.1f} s"
    return f"{made['time']} · {made['clock']}{doubt}"


_EVIDENCE: Final[dict[str, Callable[[Body], str]]] = {
    "verdict.said": _verdict,
    "status_list": _list,
    "versions": lambda body: f"{body['trust_version']} · {body['rules']['version']}",
    "file.name": _file,
    "photo": _photo,
    "made": _made,
    "device": lambda body: f"{body['device']['id']} · yanma {body['device']['firmware']}",
}
