"""The outlines, 48 x 48 px, one function each in a table: drawn large and filtered down, so that a circle is a circle.

A family is told apart by its outline before anything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw

from firmware.model import Icon

SIZE = 48
_SCALE = 8
_INK, _PAPER = 255, 0
_THRESHOLD = 128
Pen = ImageDraw.ImageDraw
Point = tuple[float, float]


@cache
def icon(which: Icon, size: int = SIZE) -> Image.Image:
    """The icon as a "1" image of size x size, ink lit."""
    large = Image.new("L", (SIZE * _SCALE, SIZE * _SCALE), _PAPER)
    _DRAWINGS[which](ImageDraw.Draw(large))
    grey = large.resize((size, size), Image.Resampling.BOX)
    return grey.point([255 * (level >= _THRESHOLD) for level in range(256)]).convert("1", dither=Image.Dither.NONE)


def _at(*points: Point) -> list[Point]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def _line(pen: Pen, points: list[Point], width: float, ink: int) -> None:
    """A stroke with round ends and joints."""
    scaled, radius = _at(*points), width * _SCALE / 2
    pen.line(scaled, fill=ink, width=round(width * _SCALE))
    for x, y in scaled:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def _disc(pen: Pen, x: float, y: float, radius: float, ink: int) -> None:
    pen.ellipse([part * _SCALE for part in (x - radius, y - radius, x + radius, y + radius)], fill=ink)


def _box(pen: Pen, box: tuple[float, float, float, float], ink: int, radius: float = 0) -> None:
    pen.rounded_rectangle([part * _SCALE for part in box], radius * _SCALE, fill=ink)


def _scan(pen: Pen) -> None:
    for x, y in ((1, 1), (47, 1), (1, 47), (47, 47)):
        inward_x, inward_y = (9 if x < 24 else -9), (9 if y < 24 else -9)
        pen.line(_at((x, y + inward_y), (x, y), (x + inward_x, y)), fill=_INK, width=2 * _SCALE, joint="curve")


def _tick(pen: Pen) -> None:
    _disc(pen, 24, 24, 22.5, _INK)
    _line(pen, [(13.5, 25.5), (21.5, 33.5), (35, 15.5)], 5, _PAPER)


def _tick_badge(pen: Pen) -> None:
    _disc(pen, 21, 21, 20, _INK)
    _line(pen, [(10.5, 22), (18, 29.5), (30, 12.5)], 4.6, _PAPER)
    pen.polygon(_at((34.5, 19), (18, 49), (51, 49)), fill=_PAPER)
    pen.polygon(_at((34.5, 24.5), (22.5, 46.5), (46.5, 46.5)), fill=_INK)
    _line(pen, [(34.5, 32), (34.5, 38)], 3, _PAPER)
    _disc(pen, 34.5, 42.7, 1.6, _PAPER)


def _cross(pen: Pen) -> None:
    corners = [math.radians(22.5 + 45 * k) for k in range(8)]
    pen.polygon(_at(*((24 + 24.4 * math.cos(a), 24 + 24.4 * math.sin(a)) for a in corners)), fill=_INK)
    _line(pen, [(16, 16), (32, 32)], 6.5, _PAPER)
    _line(pen, [(32, 16), (16, 32)], 6.5, _PAPER)


def _clock(pen: Pen) -> None:
    _disc(pen, 24, 24, 22.5, _INK)
    _disc(pen, 24, 24, 17.5, _PAPER)
    _line(pen, [(24, 13), (24, 25), (32, 30)], 4, _INK)


def _phone(pen: Pen) -> None:
    _box(pen, (10, 1, 38, 47), _INK, 4)
    _box(pen, (13, 6, 35, 39), _PAPER)
    for x, y in ((16, 14), (26, 14), (16, 24)):
        _box(pen, (x, y, x + 6, y + 6), _INK)
    _box(pen, (27, 25, 29, 27), _INK)
    _box(pen, (29, 27, 32, 30), _INK)
    _box(pen, (21, 42, 27, 44), _PAPER)


def _triangle(pen: Pen) -> None:
    pen.polygon(_at((24, 1), (1, 45), (47, 45)), fill=_INK)
    _line(pen, [(24, 18), (24, 30)], 5, _PAPER)
    _disc(pen, 24, 38, 3, _PAPER)


def _diamond(pen: Pen) -> None:
    pen.polygon(_at((24, 0.5), (47.5, 24), (24, 47.5), (0.5, 24)), fill=_INK)
    pen.polygon(_at((24, 5.5), (42.5, 24), (24, 42.5), (5.5, 24)), fill=_PAPER)
    _line(pen, [(18.5, 19.5), (20, 16), (24, 14.5), (28, 16), (29.2, 19.3), (27.5, 22), (24.5, 24), (24, 27)], 3, _INK)
    _disc(pen, 24, 32, 2.1, _INK)


def _card(pen: Pen) -> None:
    _box(pen, (1, 9, 47, 40), _INK, 3)
    _box(pen, (4.5, 12.5, 43.5, 36.5), _PAPER, 1)
    _disc(pen, 14.5, 20, 4, _INK)
    pen.pieslice([part * _SCALE for part in (7.5, 25, 21.5, 43)], 180, 360, fill=_INK)
    _box(pen, (4.5, 34, 43.5, 36.5), _PAPER)
    for y in (17.5, 23.5, 29.5):
        _box(pen, (25, y, 40, y + 2), _INK)


def _squares(pen: Pen) -> None:
    _box(pen, (1, 2, 29, 30), _INK)
    _box(pen, (5.5, 6.5, 24.5, 25.5), _PAPER)
    _box(pen, (15, 15, 48, 48), _PAPER)
    _box(pen, (18, 18, 46, 46), _INK)
    _line(
        pen, [(27.5, 28), (29, 25.5), (32, 24.5), (35, 25.8), (36, 28.8), (34.5, 32), (28, 39), (36.8, 39)], 3, _PAPER
    )


def _again(pen: Pen) -> None:
    pen.arc([part * _SCALE for part in (4, 6, 44, 46)], -8, 255, fill=_INK, width=6 * _SCALE)
    pen.polygon(_at((33, 2), (48, 5.5), (37.5, 19.5)), fill=_INK)


def _wrench(pen: Pen) -> None:
    _line(pen, [(9, 39), (31, 17)], 9, _INK)
    _disc(pen, 34.5, 13.5, 12, _INK)
    _line(pen, [(36.5, 11.5), (50, -2)], 8, _PAPER)
    _disc(pen, 9.5, 38.5, 2, _PAPER)


_DRAWINGS: dict[Icon, Callable[[Pen], None]] = {
    Icon.SCAN: _scan,
    Icon.TICK: _tick,
    Icon.TICK_BADGE: _tick_badge,
    Icon.CROSS: _cross,
    Icon.CLOCK: _clock,
    Icon.PHONE: _phone,
    Icon.TRIANGLE: _triangle,
    Icon.DIAMOND: _diamond,
    Icon.CARD: _card,
    Icon.SQUARES: _squares,
    Icon.AGAIN: _again,
    Icon.WRENCH: _wrench,
}
