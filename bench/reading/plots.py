"""Plots of rates, drawn with Pillow: a small grid of curves over strengths, and bars of rate against time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bench.degrader import AXES
from bench.reading.engines import ALL, FIRST, FULL, PYZBAR, ZXING
from bench.reading.photographs import LARGE, Look
from bench.reading.stress import STREAM, Try
from bench.reading.tables import by, curve, rate, total_ratio

_SCALE: Final = 2
_CELL: Final = (250, 170)
_COLUMNS: Final = 5
_EDGE: Final = (34, 26, 12, 30)  # left, top, right, bottom of the plotted part
_APART: Final = 1.6  # curves that are equal lie beside each other
_INK: Final = (40, 44, 52)
_FAINT: Final = (214, 218, 224)
_COLOURS: Final[Mapping[str, tuple[int, int, int]]] = {
    PYZBAR: (150, 150, 158),
    ZXING: (230, 140, 30),
    FIRST: (90, 170, 230),
    FULL: (20, 90, 200),
    STREAM: (16, 140, 90),
}
_OTHER: Final = (190, 120, 190)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _SCALE)


def stress_plot(tries: Sequence[Try], file: Path) -> None:
    """A small plot of each axis: rate over strength, mild at the left."""
    names = list(AXES)
    rows = -(-(len(names) + 1) // _COLUMNS)
    image = Image.new("RGB", (_CELL[0] * _COLUMNS * _SCALE, _CELL[1] * rows * _SCALE), "white")
    draw = ImageDraw.Draw(image)
    for number, name in enumerate(names):
        _cell(draw, tries, name, (number % _COLUMNS * _CELL[0], number // _COLUMNS * _CELL[1]))
    at = (len(names) % _COLUMNS * _CELL[0], len(names) // _COLUMNS * _CELL[1])
    for line, (engine, colour) in enumerate(_COLOURS.items()):
        top = at[1] + 34 + line * 22
        _line(draw, [(at[0] + 36, top + 7), (at[0] + 62, top + 7)], colour, 3)
        _text(draw, (at[0] + 70, top), engine, 11)
    image.save(file, optimize=True)


def _cell(draw: ImageDraw.ImageDraw, tries: Sequence[Try], name: str, at: tuple[int, int]) -> None:
    left, top, right, bottom = _EDGE
    x0, y0, x1, y1 = at[0] + left, at[1] + top, at[0] + _CELL[0] - right, at[1] + _CELL[1] - bottom
    axis = AXES[name]
    _text(draw, (at[0] + left, at[1] + 6), f"{name} ({axis.unit})", 10)
    for share in (0.0, 0.5, 1.0):
        y = y1 + (y0 - y1) * share
        _line(draw, [(x0, y), (x1, y)], _FAINT, 1)
        _text(draw, (at[0] + 10, y - 6), f"{share:g}", 9)
    last = len(axis.strengths) - 1
    for place in (0, last // 2, last):
        _text(draw, (x0 + (x1 - x0) * place / last - 8, y1 + 5), f"{axis.strengths[place]:g}", 9)
    for place, (engine, colour) in enumerate(_COLOURS.items()):
        strengths, rates = curve(tries, name, engine)
        points = [
            (x0 + (x1 - x0) * axis.strengths.index(strength) / last, y1 + (y0 - y1) * height - place * _APART)
            for strength, height in zip(strengths, rates, strict=True)
        ]
        if len(points) > 1:
            _line(draw, points, colour, 2)


def photograph_plot(looks: Sequence[Look], file: Path) -> None:
    """Rate (bar) and time against pyzbar (written) of each decoder, photographs at 1280x720."""
    large = [look for look in looks if look.photograph.kind == "qr" and look.size == LARGE]
    engines = [engine for engine in ALL if any(look.engine == engine for look in large)]
    width, row, first, reach = 760, 34, 130, 420
    image = Image.new("RGB", (width * _SCALE, (row * len(engines) + 56) * _SCALE), "white")
    draw = ImageDraw.Draw(image)
    _text(draw, (12, 10), "photographs with a QR code read right, and CPU time as a ratio to pyzbar", 12)
    mine = by(large, lambda look: look.engine)
    for number, engine in enumerate(engines):
        top = 40 + number * row
        share = rate(mine[engine])
        _text(draw, (12, top + 4), engine, 12)
        box = [first * _SCALE, top * _SCALE, int(first + reach * share) * _SCALE, (top + row - 12) * _SCALE]
        draw.rectangle(box, fill=_COLOURS.get(engine, _OTHER))
        _text(draw, (first + reach * share + 8, top + 4), f"{share:.3f}   {total_ratio(large, engine):.2f} x", 12)
    image.save(file, optimize=True)


def _line(
    draw: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], fill: tuple[int, int, int], width: int
) -> None:
    draw.line([(x * _SCALE, y * _SCALE) for x, y in points], fill=fill, width=width * _SCALE, joint="curve")


def _text(draw: ImageDraw.ImageDraw, at: tuple[float, float], words: str, size: int) -> None:
    draw.text((at[0] * _SCALE, at[1] * _SCALE), words, fill=_INK, font=_font(size))
