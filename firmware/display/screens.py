"""Notice -> picture: pure functions from words to a "1" image of 128 x 64 px. No clock, no device, no state.

The upper band (48 rows) holds the icon, the headline and the detail, inverted for STOP and ALERT; a rule; the footer.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops

from firmware.display import fonts, typeset
from firmware.display.icons import SIZE as ICON_SIZE
from firmware.display.icons import icon
from firmware.display.text import choose, language_for
from firmware.model import Icon, Idle, Notice

WIDTH, HEIGHT = 128, 64
BAND_HEIGHT = 48
_RULE_Y, _FOOTER_Y = 49, 52
_TEXT_X, _TEXT_WIDTH = WIDTH - typeset.DETAIL_WIDTH, typeset.DETAIL_WIDTH
_HEADLINE_HEIGHT = 31
_DETAIL_Y = 31
_DEMO_ICON_SIZE = 35
_DEMO_MARK = "演示"  # in every language: it is the issuer's mark
_RECALLED_MARK = "回看"
_LINE_HEIGHT = 12
_LINES_X = 2
LINE_WIDTH = WIDTH - 2 * _LINES_X
#: The idle screen swims this far to each side, a pixel a minute, so that no pixel of an OLED ages alone; its margins are as wide.
SWIM_PX = 3
_IDLE_ICON = (SWIM_PX, 8)
_IDLE_X, _IDLE_WIDTH = 53, WIDTH - 53 - SWIM_PX
_IDLE_ROWS = (3, 17, 36, 49)
_MOST_COUNTED = 9999


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
        screen.putpixel((x, _RULE_Y), typeset.LIT)
    _draw_footer(screen, notice.footer)
    return screen


def _mark_of(notice: Notice) -> str:
    """What stands under the icon: whose key signed it, for which day it speaks, and that it is an old one."""
    demo = _DEMO_MARK[: None if not notice.asked else 1] if notice.demo else ""
    return demo + (notice.asked or (_RECALLED_MARK if notice.recalled else ""))


def draw_idle(idle: Idle, language: str) -> Image.Image:
    """The waiting screen: an invitation, the time and how good it is, the age of the list, the day's count."""
    tables = language_for(language)
    words, small = tables.idle, fonts.small()
    screen = blank()
    left, top = _IDLE_ICON
    screen.paste(icon(Icon.SCAN), _IDLE_ICON)
    font = typeset.headline_font(words.scan) or fonts.detail()
    raised = 5 if idle.demo else 0  # room for the mark below
    typeset.draw_centred(screen, left, ICON_SIZE, top - raised + (ICON_SIZE - font.height) // 2, words.scan, font)
    first, second, third, fourth = _IDLE_ROWS
    invite = words.asked.format(day=idle.asked) if idle.asked else words.invite
    typeset.draw_centred(screen, _IDLE_X, _IDLE_WIDTH, first, invite, small)
    typeset.draw(screen, (_IDLE_X + 2, second), idle.time, fonts.detail())
    clock = words.clock[idle.clock_level]
    typeset.draw(screen, (_IDLE_X + _IDLE_WIDTH - typeset.measure(clock, small), second + 3), clock, small)
    age = words.no_list if idle.status_age_s is None else words.list_age.format(age=tables.seconds(idle.status_age_s))
    typeset.draw_centred(screen, _IDLE_X, _IDLE_WIDTH, third, typeset.shorten(age, small, _IDLE_WIDTH), small)
    count = str(idle.verdicts_today) if idle.verdicts_today <= _MOST_COUNTED else f"{_MOST_COUNTED}+"
    slots = {"count": count} if idle.battery_percent is None else {"count": count, "percent": str(idle.battery_percent)}
    if idle.late:
        slots["late"] = str(min(idle.late, _MOST_COUNTED))
    tail = choose(
        words.late if idle.late else words.tail, slots, lambda line: typeset.measure(line, small) <= _IDLE_WIDTH
    )
    typeset.draw_centred(screen, _IDLE_X, _IDLE_WIDTH, fourth, tail, small)
    if idle.demo:
        typeset.draw_centred(screen, left, ICON_SIZE, 49, _DEMO_MARK, small)
    return _swum(screen, idle.time)


def _swum(screen: Image.Image, time: str) -> Image.Image:
    """The picture moved by at most SWIM_PX a side, one pixel a minute; the two periods make it visit every place."""
    hours, _, minutes = time.partition(":")
    minute = 60 * int(hours) + int(minutes) if hours.isdecimal() and minutes.isdecimal() else 0
    moved = blank()
    moved.paste(screen, (_zigzag(minute, SWIM_PX), _zigzag(minute // (4 * SWIM_PX), SWIM_PX)))
    return moved


def _zigzag(step: int, reach: int) -> int:
    """0, 1 ... reach ... -reach ... 0 and over again, by one a step."""
    place = (step + reach) % (4 * reach)
    return min(place, 4 * reach - place) - reach


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
