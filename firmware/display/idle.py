"""The screens that stand for hours, as pieces that can be moved about: the idle screen, and a fault that lasts. Pure."""

from __future__ import annotations

from PIL import Image

from firmware.display import fonts, typeset
from firmware.display.fonts.atlas import Atlas
from firmware.display.icons import icon
from firmware.display.pieces import Piece, centred, draw_pieces
from firmware.display.screens import WIDTH
from firmware.display.text import choose, language_for
from firmware.model import Icon, Idle, Notice

_ICON_SIZE = 30
_ICON_GAP = 4
_LINE_WIDTH = WIDTH - 4
_BESIDE_WIDTH = WIDTH - _ICON_SIZE - _ICON_GAP
_CLOCK_GAP = 5
_DEMO_MARK = "演示"  # in every language: it is the issuer's mark
_MOST_COUNTED = 9999


def draw_idle(idle: Idle, language: str) -> Image.Image:
    """The waiting screen as it is drawn where nothing is known of the display's wear."""
    pieces = idle_pieces(idle, language)
    return draw_pieces(pieces, centred(pieces))


def idle_pieces(idle: Idle, language: str) -> tuple[Piece, ...]:
    """An invitation with the time and how good it is, the age of the list, the day's count."""
    tables = language_for(language)
    words, small = tables.idle, fonts.small()
    invite = words.asked.format(day=idle.asked) if idle.asked else words.invite
    invited, time = _line(invite, _BESIDE_WIDTH), _time(idle.time, words.clock[idle.clock_level])
    viewfinder = _viewfinder(words.scan)
    block = tuple(
        _beside(*((viewfinder, text) if left else (text, viewfinder)))
        for text in (_stacked(invited, time), _stacked(time, invited))
        for left in (True, False)
    )
    age = words.no_list if idle.status_age_s is None else words.list_age.format(age=tables.seconds(idle.status_age_s))
    count = str(idle.verdicts_today) if idle.verdicts_today <= _MOST_COUNTED else f"{_MOST_COUNTED}+"
    slots = {"count": count} if idle.battery_percent is None else {"count": count, "percent": str(idle.battery_percent)}
    if idle.late:
        slots["late"] = str(min(idle.late, _MOST_COUNTED))
    demo = f"{_DEMO_MARK} " if idle.demo else ""
    tail = choose(
        words.late if idle.late else words.tail,
        slots,
        lambda line: typeset.measure(demo + line, small) <= _LINE_WIDTH,
    )
    return block, (_line(age, _LINE_WIDTH),), (_line(demo + tail, _LINE_WIDTH),)


def fault_pieces(notice: Notice) -> tuple[Piece, ...]:
    """A notice that lasts: the same icon and words as lines of their own, so that they have room to move."""
    font = typeset.headline_font(notice.headline) or fonts.detail()
    headline = _ink(typeset.shorten(notice.headline, font, typeset.HEADLINE_WIDTH), font)
    sign = icon(notice.icon, _ICON_SIZE)
    detail = typeset.shorten(notice.detail, fonts.detail(), _LINE_WIDTH)
    return (
        (_beside(sign, headline), _beside(headline, sign)),
        (_ink(detail, fonts.detail()),),
        (_line(notice.footer, _LINE_WIDTH),),
    )


def _viewfinder(word: str) -> Image.Image:
    picture = Image.new("1", (_ICON_SIZE, _ICON_SIZE))
    picture.paste(icon(Icon.SCAN, _ICON_SIZE))
    small_enough = (font for font in map(fonts.headline, fonts.HEADLINE_SIZES) if font.height <= _ICON_SIZE)
    font = next(
        (
            font
            for font in small_enough
            if all(c in font for c in word) and typeset.measure(word, font) <= _ICON_SIZE - 4
        ),
        fonts.detail(),
    )
    typeset.draw_centred(picture, 0, _ICON_SIZE, (_ICON_SIZE - font.height) // 2, word, font)
    return picture


def _time(time: str, clock: str) -> Image.Image:
    large, small = _ink(time, fonts.detail()), _ink(clock, fonts.small())
    picture = Image.new("1", (large.width + _CLOCK_GAP + small.width, large.height))
    picture.paste(large, (0, 0))
    picture.paste(small, (large.width + _CLOCK_GAP, 3))
    return picture


def _line(text: str, width: int) -> Image.Image:
    return _ink(typeset.shorten(text, fonts.small(), width), fonts.small())


def _ink(text: str, font: Atlas) -> Image.Image:
    picture = Image.new("1", (max(1, typeset.measure(text, font)), font.height))
    typeset.draw(picture, (0, 0), text, font)
    return picture


def _stacked(upper: Image.Image, lower: Image.Image) -> Image.Image:
    picture = Image.new("1", (max(upper.width, lower.width), upper.height + 1 + lower.height))
    picture.paste(upper, ((picture.width - upper.width) // 2, 0))
    picture.paste(lower, ((picture.width - lower.width) // 2, upper.height + 1))
    return picture


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    picture = Image.new("1", (left.width + _ICON_GAP + right.width, max(left.height, right.height)))
    picture.paste(left, (0, (picture.height - left.height) // 2))
    picture.paste(right, (left.width + _ICON_GAP, (picture.height - right.height) // 2))
    return picture
