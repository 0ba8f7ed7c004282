"""Bake the display's bitmap fonts from their OFL sources into firmware/display/fonts/*.atlas.

    python -m tools.bake_fonts --fusion F.woff --unifont unifont.hex --noto-bold NotoSansCJK-Bold.ttc --noto NotoSansCJK-Regular.ttc
    python -m tools.bake_fonts --check      # needs no source: exits 1 when a headline character is missing or no longer used

Where the sources come from, with versions and licences: firmware/display/fonts/README.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from firmware.display import fonts, text
from firmware.display.fonts.atlas import dump, load

FOLDER = Path(fonts.__file__).parent
SUPERSAMPLE = 8
LATIN_WIDTH = 0.8  # of its natural width: seven bold capitals then stay 16 px tall in 79 px
INK_THRESHOLD = 105  # of 255, after the box filter; keeps bold strokes apart at 26 px
SIMPLIFIED_CHINESE = 2  # face index inside NotoSansCJK-*.ttc
UNIFONT_HEIGHT = 16
BASIC = ImageFont.Layout.BASIC  # one glyph a character; no shaping
Glyphs = dict[str, tuple[int, Image.Image]]


def gb2312() -> set[str]:
    """Every character of GB 2312."""
    pairs = (bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {character for character in pairs if character}


def wanted() -> set[str]:
    """What the two reading sizes should hold: ASCII, Latin-1, punctuation, GB 2312 and the CJK block."""
    ranges = (
        (0x20, 0x7F),
        (0xA0, 0x100),
        (0x2010, 0x2040),
        (0x2190, 0x2200),
        (0x3000, 0x3018),
        (0x4E00, 0xA000),
        (0xFF01, 0xFF5F),
    )
    return gb2312() | {chr(point) for first, end in ranges for point in range(first, end)}


def bake_small(fusion: Path, noto: Path) -> Glyphs:
    """12 px from the pixel font; the few GB 2312 characters it lacks are rasterised from the outline font."""
    pixel = ImageFont.truetype(fusion, 12, layout_engine=BASIC)
    outline = ImageFont.truetype(noto, 12, index=SIMPLIFIED_CHINESE, layout_engine=BASIC)
    missing = _mono_cell(pixel, "\uffff", 12, 10).tobytes()
    glyphs: Glyphs = {}
    for character in wanted():
        cell = _mono_cell(pixel, character, 12, 10)
        if cell.tobytes() != missing:
            glyphs[character] = (round(pixel.getlength(character)), cell)
        elif character in gb2312():
            glyphs[character] = (12, _mono_cell(outline, character, 12, 10))
    return glyphs


def bake_detail(unifont: Path) -> Glyphs:
    """16 px from Unifont's hex lines. Latin letters are closed up, small ones most; digits stay on one width."""
    glyphs: Glyphs = {}
    characters = wanted()
    for line in unifont.read_text("ascii").splitlines():
        point, _, bits = line.partition(":")
        if int(point, 16) > 0xFFFF or chr(int(point, 16)) not in characters:
            continue
        width = len(bits) * 4 // UNIFONT_HEIGHT
        cell = Image.new("1", (16, UNIFONT_HEIGHT))
        cell.paste(Image.frombytes("1", (width, UNIFONT_HEIGHT), bytes.fromhex(bits)), (0, 0))
        glyphs[chr(int(point, 16))] = _closed_up(chr(int(point, 16)), width, cell)
    return glyphs


def _closed_up(character: str, width: int, cell: Image.Image) -> tuple[int, Image.Image]:
    box = cell.getbbox()
    if width > 8 or box is None:
        return (width if width > 8 else 5), cell
    if character.isdigit():
        return width, cell
    moved = Image.new("1", cell.size)
    gap = 1 if character.islower() else 2
    moved.paste(cell.crop((box[0], 0, 16, cell.height)), (gap - 1, 0))
    return box[2] - box[0] + gap, moved


def bake_headline(noto_bold: Path, size: int) -> Glyphs:
    """Bold glyphs at `size` px, box filtered from a large rendering: strokes keep their gaps better than with hinting."""
    large = ImageFont.truetype(noto_bold, size * SUPERSAMPLE, index=SIMPLIFIED_CHINESE, layout_engine=BASIC)
    glyphs: Glyphs = {}
    for character in headline_characters(size):
        drawing = Image.new("L", (size * SUPERSAMPLE, size * SUPERSAMPLE))
        ImageDraw.Draw(drawing).text((0, round(0.86 * size) * SUPERSAMPLE), character, 255, font=large, anchor="ls")
        scale = LATIN_WIDTH if _is_latin(character) else 1.0
        grey = Image.new("L", (size, size))
        grey.paste(drawing.resize((round(size * scale), size), Image.Resampling.BOX))
        cell = grey.point([255 * (level >= INK_THRESHOLD) for level in range(256)]).convert(
            "1", dither=Image.Dither.NONE
        )
        glyphs[character] = (round(large.getlength(character) * scale / SUPERSAMPLE), cell)
    return glyphs


def headline_characters(size: int) -> set[str]:
    """The characters that the headlines of all languages need at this size."""
    characters = text.headline_characters()
    return {each for each in characters if size in fonts.HAN_SIZES or _is_latin(each)}


def _is_latin(character: str) -> bool:
    return ord(character) < 0x2E80  # the CJK blocks begin here


def _mono_cell(font: ImageFont.FreeTypeFont, character: str, size: int, baseline: int) -> Image.Image:
    cell = Image.new("1", (size, size))
    pen = ImageDraw.Draw(cell)
    pen.fontmode = "1"
    pen.text((0, baseline), character, 1, font=font, anchor="ls")
    return cell


def stale() -> list[str]:
    """One line for every headline size whose characters are not exactly those that the words need."""
    lines = []
    for size in fonts.HEADLINE_SIZES:
        have = {chr(point) for point in load(FOLDER / f"headline{size}.atlas").code_points}
        need = headline_characters(size)
        if have != need:
            lines.append(f"headline{size}: missing {_listed(need - have)}, unused {_listed(have - need)}")
    return lines


def _listed(characters: Iterable[str]) -> str:
    return "".join(sorted(characters)) or "none"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the atlases with the words")
    for name in ("fusion", "unifont", "noto-bold", "noto"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    if not given.check:
        if None in (given.fusion, given.unifont, given.noto_bold, given.noto):
            parser.error(
                "baking needs --fusion, --unifont, --noto-bold and --noto; see firmware/display/fonts/README.md"
            )
        (FOLDER / "small12.atlas").write_bytes(dump(12, 12, bake_small(given.fusion, given.noto)))
        (FOLDER / "detail16.atlas").write_bytes(dump(16, 16, bake_detail(given.unifont)))
        for size in fonts.HEADLINE_SIZES:
            (FOLDER / f"headline{size}.atlas").write_bytes(dump(size, size, bake_headline(given.noto_bold, size)))
    problems = stale()
    sys.stdout.write("".join(f"{line}\n" for line in problems) or "the headline fonts match the words\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
