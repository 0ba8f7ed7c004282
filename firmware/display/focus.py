"""The focus aid: Focus -> picture. A large score, a bar with a mark at the best one, the size of a code's modules, the light."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from firmware.display import fonts, typeset
from firmware.display.screens import HEIGHT, WIDTH, blank
from firmware.display.text import language_for
from firmware.model import Focus

_SCORE_AT: Final = (6, 13)
_RIGHT_X, _RIGHT_WIDTH = 66, WIDTH - 68
_BAR: Final = (2, 40, WIDTH - 3, 47)
_ADVICE_Y: Final = HEIGHT - 13


def draw_focus(focus: Focus, language: str) -> Image.Image:
    """The screen while somebody turns the lens. Raises ValueError for a language without words."""
    words, small = language_for(language).focus, fonts.small()
    screen = blank()
    typeset.draw(screen, (2, 0), words.title, small)
    module = words.no_code if focus.module_px is None else words.module.format(px=f"{focus.module_px:.1f}")
    typeset.draw(screen, (WIDTH - 2 - typeset.measure(module, small), 0), module, small)
    _draw_large(screen, str(focus.score))
    typeset.draw_centred(screen, _RIGHT_X, _RIGHT_WIDTH, 13, words.peak.format(peak=focus.peak), small)
    typeset.draw_centred(screen, _RIGHT_X, _RIGHT_WIDTH, 26, words.exposure[focus.exposure], small)
    _draw_bar(screen, focus)
    typeset.draw_centred(screen, 0, WIDTH, _ADVICE_Y, words.advice, small)
    return screen


def _draw_large(screen: Image.Image, figure: str) -> None:
    """The figure in the reading size, doubled less a little: 24 px high, so that it is read at arm's length."""
    font = fonts.detail()
    plain = Image.new("1", (typeset.measure(figure, font), font.height))
    typeset.draw(plain, (0, 0), figure, font)
    box = plain.getbbox() or (0, 0, 1, 1)
    tight = plain.crop(box)
    screen.paste(tight.resize((tight.width * 2, tight.height * 2)), _SCORE_AT)


def _draw_bar(screen: Image.Image, focus: Focus) -> None:
    pen = ImageDraw.Draw(screen)
    left, top, right, bottom = _BAR
    pen.rectangle(_BAR, outline=typeset.LIT)
    inner = right - left - 4
    if focus.score:
        pen.rectangle((left + 2, top + 2, left + 2 + inner * focus.score // 100, bottom - 2), fill=typeset.LIT)
    mark = left + 2 + inner * focus.peak // 100
    pen.line((mark, top - 2, mark, bottom + 2), fill=typeset.LIT)
