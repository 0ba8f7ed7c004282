"""Notice -> picture: pure functions from words to a "1" image of 128 x 64 px. No clock, no device, no state.

The upper band (48 rows) holds the icon, the headline and the detail, inverted for STOP and ALERT; a rule; the footer.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops

from firmware.display import fonts, typeset
from firmware.display.icons import SIZE as ICON_SIZE
from firmware.display.icons import icon
from firmware.display.text import language_for
from firmware.model import Icon, Notice

WIDTH, HEIGHT = 128, 64
BAND_HEIGHT = 48
RULE_Y, _FOOTER_Y = 49, 52
_TEXT_X, _TEXT_WIDTH = WIDTH - typeset.DETAIL_WIDTH, typeset.DETAIL_WIDTH
_HEADLINE_HEIGHT = 31
_DETAIL_Y = 31
_DEMO_ICON_SIZE = 35
_DEMO_MARK = "演示"  # in every language: it is the issuer's mark
_RECALLED_MARK = "回看"
_LINE_HEIGHT = 12
_LINES_X = 2
LINE_WIDTH = WIDTH - 2 * _LINES_X


def blank() -> Image.Image:
    """Everything dark."""
    return Image.new("1", (WIDTH, HEIGHT))


def draw_notice(notice: Notice) -> Image.Image:
    """One verdict. A line too long for its box, which `text` never makes, is shortened with an ellipsis."""
    screen = blank()
    mark = _mark_of(notice)
    if mark:  # so that no photograph of a demonstration, and no look back, passes for a verdict of now
        _draw_marked_icon(screen, notice.icon, mark)
    else:
        screen.paste(icon(notice.icon), (0, 0))
    _draw_headline(screen, notice.headline)
    _draw_detail(screen, notice.detail)
    if notice.lit:
        band = (0, 0, WIDTH, BAND_HEIGHT)
        screen.paste(ImageChops.invert(screen.crop(band)), band)
    for x in range(0, 0 if notice.lit else WIDTH, 2):
        screen.putpixel((x, RULE_Y), typeset.LIT)
    _draw_footer(screen, notice.footer)
    return screen


def _mark_of(notice: Notice) -> str:
    """What stands under the icon: whose key signed it, for which day it speaks, and that it is an old one."""
    demo = _DEMO_MARK[: None if not notice.asked else 1] if notice.demo else ""
    return demo + (notice.asked or (_RECALLED_MARK if notice.recalled else ""))


def draw_starting(language: str, detail: str = "") -> Image.Image:
    """The screen from power-on until the first frame; `detail` is one short line (a version, a step), shortened if need be."""
    screen = _draw_word(language_for(language).idle.starting)
    _draw_footer(screen, detail)
    return screen


def draw_stopping(language: str) -> Image.Image:
    """The last screen before the panel goes dark."""
    return _draw_word(language_for(language).pages.stopping)


def draw_lines(lines: Sequence[str]) -> Image.Image:
    """A page of small text: as many lines as there is room for, the rest is not drawn."""
    screen, font = blank(), fonts.small()
    for place, line in enumerate(lines[: HEIGHT // _LINE_HEIGHT]):
        typeset.draw(screen, (_LINES_X, 2 + place * _LINE_HEIGHT), typeset.shorten(line, font, LINE_WIDTH), font)
    return screen


def _draw_word(word: str) -> Image.Image:
    screen = blank()
    font = typeset.headline_font(word) or fonts.detail()
    typeset.draw_centred(screen, 0, WIDTH, (BAND_HEIGHT - font.height) // 2, word, font)
    return screen


def _draw_marked_icon(screen: Image.Image, which: Icon, mark: str) -> None:
    """The icon makes room for a word under it: whose key signed this, and whether it is an old verdict."""
    screen.paste(icon(which, _DEMO_ICON_SIZE), ((ICON_SIZE - _DEMO_ICON_SIZE) // 2, 0))
    typeset.draw_centred(screen, 0, ICON_SIZE, BAND_HEIGHT - 12, mark, fonts.small())


def _draw_headline(screen: Image.Image, headline: str) -> None:
    font = typeset.headline_font(headline)
    if font is None:  # a character that was not baked: smaller, but all of it
        font = fonts.detail()
        headline = typeset.shorten(headline, font, _TEXT_WIDTH)
    typeset.draw_centred(screen, _TEXT_X, _TEXT_WIDTH, (_HEADLINE_HEIGHT - font.height) // 2, headline, font)


def _draw_detail(screen: Image.Image, detail: str) -> None:
    font = typeset.detail_font(detail) or fonts.small()
    detail = typeset.shorten(detail, font, _TEXT_WIDTH)
    typeset.draw_centred(screen, _TEXT_X, _TEXT_WIDTH, _DETAIL_Y + (16 - font.height) // 2, detail, font)


def _draw_footer(screen: Image.Image, footer: str) -> None:
    font = fonts.small()
    typeset.draw_centred(screen, 0, WIDTH, _FOOTER_Y, typeset.shorten(footer, font, WIDTH), font)
