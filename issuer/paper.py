"""A printed inspection mark: one A4 page as PDF, with its code and the plain facts beside it, in Chinese.

The page is drawn at 600 dots per inch in pure black and white, so that no printer blurs a module; no font of the
machine is used: the few characters needed are in issuer/fonts.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from issuer import qr
from issuer.dates import day_of
from issuer.errors import bad_data
from issuer.make import Order

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_DPI: Final = 600
_MM_PER_INCH: Final = 25.4
_PAGE_MM: Final = (210.0, 297.0)
_CARD_MM: Final = (25.0, 30.0, 185.0, 128.0)  # left, top, right, bottom: the part to cut out
_CODE_MM: Final = 58.0
_FONT_FILES: Final = {False: "paper-regular.otf", True: "paper-bold.otf"}

PLATE_CLASS_ZH: Final = {"01": "大型汽车", "02": "小型汽车", "51": "大型新能源汽车", "52": "小型新能源汽车"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text on the page: where its upper left corner is and how tall it is, in millimetres."""

    text: str
    left: float
    top: float
    height: float
    bold: bool = False


def _dots(mm: float) -> int:
    return round(mm * _DPI / _MM_PER_INCH)


@cache
def glyphs() -> frozenset[str]:
    """The characters that the fonts of the page have."""
    return frozenset((files("issuer") / "fonts" / "glyphs.txt").read_text(encoding="utf-8").replace("\n", "") + " ")


def mark_page(order: Order, text: bytes, authority_zh: str) -> bytes:
    """The PDF of a printed mark. Raises OfficeError for a character that the page's font does not have."""
    from PIL import Image, ImageDraw

    page = Image.new("1", (_dots(_PAGE_MM[0]), _dots(_PAGE_MM[1])), 1)
    draw = ImageDraw.Draw(page)
    _dashed_frame(draw)
    symbol = Image.open(io.BytesIO(qr.png(qr.code_of(text, qr.Carrier.PAPER), scale=1))).convert("1")
    side = _dots(_CODE_MM) // symbol.width * symbol.width  # whole dots to a module
    page.paste(symbol.resize((side, side), Image.Resampling.NEAREST), (_dots(_CARD_MM[0] + 8), _dots(_CARD_MM[1] + 26)))
    for line in page_lines(order, authority_zh):
        draw.text((_dots(line.left), _dots(line.top)), line.text, font=_font(line), fill=0)
    out = io.BytesIO()
    made = time.gmtime(order.issued_s)
    page.save(out, "PDF", resolution=_DPI, title="检验标志电子凭证", creationDate=made, modDate=made)
    return out.getvalue()


def page_lines(order: Order, authority_zh: str) -> list[Line]:
    """All text of the page. Masked facts only: the tail of the VIN, no name."""
    document = order.document
    if document.inspected_until is None or document.plate is None or document.vin is None:
        raise bad_data("only an inspection mark can be printed")
    left, top = _CARD_MM[0] + 72, _CARD_MM[1] + 30
    until, issued = document.inspected_until, day_of(order.issued_s)
    facts = (
        ("号牌号码", document.plate, True),
        ("号牌种类", PLATE_CLASS_ZH.get(document.plate_class or "", document.plate_class or ""), False),
        ("检验有效期至", f"{until.year}年{until.month}月{until.day}日", True),
        ("车辆识别代号", f"后六位 {document.vin[-6:]}", False),
        ("签发机关", authority_zh, False),
        ("签发日期", f"{issued.year}年{issued.month}月{issued.day}日", False),
    )
    lines = [
        Line("机动车检验标志电子凭证", _CARD_MM[0] + 8, _CARD_MM[1] + 7, 8.5, bold=True),
        Line("打印出示", _CARD_MM[2] - 32, _CARD_MM[1] + 8.6, 6.0, bold=True),
    ]
    for place, (label, value, strong) in enumerate(facts):
        y = top + 9.2 * place
        lines.append(Line(label, left, y + 0.7, 3.6))
        lines.append(Line(value, left + 27, y - (0.6 if strong else 0.0), 5.4 if strong else 4.4, bold=strong))
    lines.append(Line("演示样张 不作为有效凭证使用", _CARD_MM[0] + 8, _CARD_MM[3] - 10, 4.6, bold=True))
    notes = (
        "使用说明",
        "1. 沿虚线裁下，随车携带或放在前风窗玻璃内侧右上角，二维码朝外。",
        "2. 请勿折叠、遮挡或涂写二维码，四周留白不要裁掉。",
        "3. 打印时选择实际大小（100%），黑白打印即可。",
        "4. 检验有效期以二维码内签名数据为准，核验时请同时核对车辆号牌。",
    )
    lines += [Line(note, _CARD_MM[0], 142 + 8 * place, 4.2, bold=place == 0) for place, note in enumerate(notes)]
    missing = sorted({character for line in lines for character in line.text} - glyphs())
    if missing:
        raise bad_data(f"the printed page has no glyph for {' '.join(missing)}: use another plate or name")
    return lines


def _dashed_frame(draw: ImageDraw) -> None:
    left, top, right, bottom = (_dots(mm) for mm in _CARD_MM)
    dash, width = _dots(2.0), _dots(0.25)
    for x in range(left, right, 2 * dash):
        for y in (top, bottom):
            draw.line((x, y, min(x + dash, right), y), fill=0, width=width)
    for y in range(top, bottom, 2 * dash):
        for x in (left, right):
            draw.line((x, y, x, min(y + dash, bottom)), fill=0, width=width)


def _font(line: Line) -> FreeTypeFont:
    from PIL import ImageFont

    with (files("issuer") / "fonts" / _FONT_FILES[line.bold]).open("rb") as file:
        return ImageFont.truetype(io.BytesIO(file.read()), _dots(line.height))
