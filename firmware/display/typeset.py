"""Text -> pixels of a box: measuring, fitting and drawing with the baked fonts. A character without a glyph is drawn as a box
with its code point in it, so that a rare name is never shortened in silence.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from firmware.display import fonts
from firmware.display.fonts.atlas import Atlas, Glyph

DETAIL_WIDTH = 79
FOOTER_WIDTH = 128
HEADLINE_WIDTH = 79
LIT = 255  # how PIL keeps a lit pixel of a "1" image; a 1 would not survive inversion
ELLIPSIS = "…"

#: Hexadecimal digits, 3 x 5 px, one number a row: so that the box stays inside a 12 px line.
_HEX = {
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7), "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 1, 2, 2), "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7),
    "A": (7, 5, 7, 5, 5), "B": (6, 5, 6, 5, 6), "C": (7, 4, 4, 4, 7), "D": (6, 5, 5, 5, 6), "E": (7, 4, 7, 4, 7),
    "F": (7, 4, 7, 4, 4),
}  # fmt: skip


def measure(text: str, font: Atlas) -> int:
    """Width in px of the ink, from the pen's start to the last lit column."""
    pen = right = 0
    for character in text:
        glyph = glyph_or_box(character, font)
        right = max(right, pen + glyph.ink_right)
        pen += glyph.advance
    return right


def detail_font(text: str) -> Atlas | None:
    """The larger reading size in which `text` fits the detail box; None when it fits in neither."""
    return next((font for font in (fonts.detail(), fonts.small()) if measure(text, font) <= DETAIL_WIDTH), None)


def headline_font(text: str) -> Atlas | None:
    """The largest headline size in which `text` fits its box; None when a character was not baked or nothing fits."""
    sizes = map(fonts.headline, fonts.HEADLINE_SIZES)
    return next(
        (font for font in sizes if all(c in font for c in text) and measure(text, font) <= HEADLINE_WIDTH), None
    )


def fits_footer(text: str) -> bool:
    return measure(text, fonts.small()) <= FOOTER_WIDTH


def shorten(text: str, font: Atlas, width: int) -> str:
    """The longest beginning that fits `width` px with an ellipsis after it; `text` itself when it fits."""
    if measure(text, font) <= width:
        return text
    return next(cut for end in range(len(text) - 1, -1, -1) if measure(cut := text[:end] + ELLIPSIS, font) <= width)


def draw(target: Image.Image, xy: tuple[int, int], text: str, font: Atlas, ink: int = LIT) -> None:
    """Set `text` with its cells' top left corner at `xy`; `ink` 0 writes dark on a lit band."""
    pen, top = xy
    for character in text:
        glyph = glyph_or_box(character, font)
        target.paste(ink, (pen, top), glyph.cell)
        pen += glyph.advance


def draw_centred(target: Image.Image, left: int, width: int, top: int, text: str, font: Atlas, ink: int = LIT) -> None:
    draw(target, (left + max(0, (width - measure(text, font) + 1) // 2), top), text, font, ink)


def glyph_or_box(character: str, font: Atlas) -> Glyph:
    """The glyph, or a box holding the character's code point when the font has none."""
    return font.glyph(character) or _box(ord(character), font.height)


@lru_cache(maxsize=256)
def _box(code_point: int, height: int) -> Glyph:
    digits = f"{code_point:04X}"
    box_width, box_height = 4 * len(digits) + 3, 9
    top = (height - box_height) // 2
    cell = Image.new("1", (box_width + 1, height))
    cell.paste(LIT, (0, top, box_width, top + box_height))
    cell.paste(0, (1, top + 1, box_width - 1, top + box_height - 1))
    for place, digit in enumerate(digits):
        for y, row in enumerate(_HEX[digit]):
            for x in range(3):
                cell.putpixel((2 + 4 * place + x, top + 2 + y), LIT * (row >> (2 - x) & 1))
    return Glyph(box_width + 1, box_width, cell)
