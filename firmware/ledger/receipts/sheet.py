"""An A4 sheet that is written on with the receipts' own fonts: sizes in points, places in millimetres, nothing left out.

A character that the font does not have is drawn as a box with its code point in it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import as_file, files
from itertools import groupby
from typing import Final

from fpdf import FPDF
from fpdf.fonts import TTFFont

MM_PER_POINT: Final = 25.4 / 72
WIDTH_MM: Final = 210.0
HEIGHT_MM: Final = 297.0
BLACK: Final = 0
GREY: Final = 105
WHITE: Final = 255
_FONTS: Final = {False: ("yanma", "receipt-regular.otf"), True: ("yanma-bold", "receipt-bold.otf")}
_SMALLEST: Final = 0.6  # a line is set down to this part of its size before it is broken


class Sheet:
    """One page."""

    def __init__(self, title: str, made: datetime, keywords: str) -> None:
        self._pdf = FPDF(format="A4", unit="mm")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_title(title)
        self._pdf.set_keywords(keywords)
        self._pdf.set_creation_date(made)
        self._pdf.set_producer("yanma")
        for family, name in _FONTS.values():
            with as_file(files("firmware.ledger.receipts") / "fonts" / name) as path:
                self._pdf.add_font(family, "", path)
        self._pdf.add_page()

    def write(self, x: float, y: float, text: str, size: float, *, bold: bool = False, ink: int = BLACK) -> float:
        """Text with its base line at `y`, from `x` on; gives where it ends."""
        pdf = self._pdf
        pdf.set_font(_FONTS[bold][0], size=size)
        pdf.set_text_color(ink)
        for drawn, run in self._runs(text, bold):
            if drawn:
                pdf.text(x, y, run)
                x += pdf.get_string_width(run)
            else:
                for character in run:
                    x += self._box(x, y, character, size, ink)
                pdf.set_font(_FONTS[bold][0], size=size)
        return x

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide `write` makes it."""
        self._pdf.set_font(_FONTS[bold][0], size=size)
        runs = self._runs(text, bold)
        return sum(self._pdf.get_string_width(run) if drawn else _box_width(size) * len(run) for drawn, run in runs)

    def write_within(
        self, x: float, y: float, width: float, text: str, size: float, *, bold: bool = False, ink: int = BLACK
    ) -> float:
        """The same, made smaller or broken into lines so that it ends before `x + width`; gives the last base line."""
        whole = self.width(text, size, bold=bold)
        if whole > width:
            size = max(size * _SMALLEST, size * width / whole * 0.995)
        for place, line in enumerate(self._broken(text, size, width, bold)):
            if place:
                y += size * MM_PER_POINT * 1.3
            self.write(x, y, line, size, bold=bold, ink=ink)
        return y

    def line(self, x: float, y: float, to_x: float, *, grey: int = GREY, width_mm: float = 0.2) -> None:
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(width_mm)
        self._pdf.line(x, y, to_x, y)

    def box(
        self, x: float, y: float, width: float, height: float, *, filled: bool = False, dashed: bool = False
    ) -> None:
        self._pdf.set_draw_color(BLACK)
        self._pdf.set_fill_color(BLACK)
        self._pdf.set_line_width(0.35)
        if dashed:
            self._pdf.set_dash_pattern(dash=1.6, gap=1.2)
        self._pdf.rect(x, y, width, height, style="DF" if filled else "D")
        self._pdf.set_dash_pattern()

    def fill(self, x: float, y: float, width: float, height: float) -> None:
        """A black rectangle without an edge: exactly as large as it says."""
        self._pdf.set_fill_color(BLACK)
        self._pdf.rect(x, y, width, height, style="F")

    def output(self) -> bytes:
        out = io.BytesIO()
        self._pdf.output(out)
        return out.getvalue()

    def _runs(self, text: str, bold: bool) -> Iterator[tuple[bool, str]]:
        font = self._pdf.fonts[_FONTS[bold][0]]
        assert isinstance(font, TTFFont)
        for drawn, run in groupby(text, lambda character: ord(character) in font.cmap):
            yield drawn, "".join(run)

    def _box(self, x: float, y: float, character: str, size: float, ink: int) -> float:
        """The code point in a box as wide as a character; gives its width."""
        width, side = _box_width(size), size * MM_PER_POINT * 0.9
        self._pdf.set_draw_color(ink)
        self._pdf.set_line_width(0.15)
        self._pdf.rect(x + 0.05 * width, y - side * 0.85, side, side)
        name = f"{ord(character):04X}"
        half = (len(name) + 1) // 2
        small = min(size * 0.5, size * 1.4 / half)
        self._pdf.set_font(_FONTS[False][0], size=small)
        for row, part in enumerate((name[:half], name[half:])):
            self._pdf.text(x + 0.1 * width, y - side * (0.45 - 0.44 * row), part)
        return width

    def _broken(self, text: str, size: float, width: float, bold: bool) -> Iterator[str]:
        """Lines that fit, broken at a space where there is one in the second half of the line."""
        while text:
            fits = len(text)
            while fits > 1 and self.width(text[:fits], size, bold=bold) > width:
                fits -= 1
            if fits < len(text) and (space := text.rfind(" ", fits // 2, fits + 1)) > 0:
                fits = space
            yield text[:fits]
            text = text[fits:].lstrip(" ")


def _box_width(size: float) -> float:
    return size * MM_PER_POINT
