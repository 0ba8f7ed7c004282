"""The baked fonts, loaded when first asked for. Sources and licences: README.md in this folder.

`small` 12 px for footers, `detail` 16 px, `headline` a ladder of bold sizes holding only the characters headlines need.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from firmware.display.fonts.atlas import Atlas, load

_FOLDER = Path(__file__).parent

#: Headline sizes in px, largest first. Han characters exist at HAN_SIZES only: three of 26 px fill the 79 px box.
HEADLINE_SIZES = (34, 30, 26, 24, 22, 20)
HAN_SIZES = (30, 26)


@cache
def small() -> Atlas:
    """12 px: GB 2312 and most of the other CJK ideographs, ASCII, symbols."""
    return load(_FOLDER / "small12.atlas")


@cache
def detail() -> Atlas:
    """16 px: all of the CJK block, ASCII, symbols."""
    return load(_FOLDER / "detail16.atlas")


@cache
def headline(size: int) -> Atlas:
    """Bold glyphs of one of HEADLINE_SIZES."""
    return load(_FOLDER / f"headline{size}.atlas")
