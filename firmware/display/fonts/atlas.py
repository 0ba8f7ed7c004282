"""One baked bitmap font: a file of fixed cells, one bit a pixel, found by code point. Bytes -> glyphs, nothing else.

File: magic `YMF1`, cell width, cell height, reserved (2 bytes), glyph count (u32), then three runs in code point order:
code points (u16), advances (u8), cells (width x height bits each, row after row, high bit first, padded to a whole byte).
Numbers are little-endian. `tools/bake_fonts.py` writes it; the licences of the sources lie beside the files.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

MAGIC = b"YMF1"
_HEADER = struct.Struct("<4sBBHI")


class AtlasError(ValueError):
    """The file is not an atlas of this format."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: how far the pen moves, and its cell as a "1" image with its ink's right edge."""

    advance: int
    ink_right: int  # first column right of the ink; 0 when there is no ink
    cell: Image.Image


@dataclass(frozen=True, slots=True)
class Atlas:
    """A font of one size. `characters` are in code point order."""

    width: int
    height: int
    code_points: array[int]
    advances: bytes
    cells: bytes

    def __contains__(self, character: str) -> bool:
        return self._index(character) is not None

    def glyph(self, character: str) -> Glyph | None:
        """The character's glyph, or None when this font does not have it."""
        index = self._index(character)
        if index is None:
            return None
        size = _cell_bytes(self.width, self.height)
        return _unpack(self.width, self.height, self.advances[index], self.cells[index * size : (index + 1) * size])

    def _index(self, character: str) -> int | None:
        code_point = ord(character)
        index = bisect_left(self.code_points, code_point)
        found = index < len(self.code_points) and self.code_points[index] == code_point
        return index if found else None


def load(path: Path) -> Atlas:
    """Read an atlas; raises AtlasError when a length does not add up."""
    raw = path.read_bytes()
    if len(raw) < _HEADER.size:
        raise AtlasError(f"{path.name}: shorter than its header")
    magic, width, height, _, count = _HEADER.unpack_from(raw)
    size = _cell_bytes(width, height)
    if magic != MAGIC or len(raw) != _HEADER.size + count * (3 + size):
        raise AtlasError(f"{path.name}: not a {MAGIC.decode()} atlas of {count} glyphs; bake the fonts again")
    code_points = array("H", raw[_HEADER.size : _HEADER.size + 2 * count])
    if sys.byteorder == "big":
        code_points.byteswap()
    advances_at = _HEADER.size + 2 * count
    return Atlas(width, height, code_points, raw[advances_at : advances_at + count], raw[advances_at + count :])


def dump(width: int, height: int, glyphs: Mapping[str, tuple[int, Image.Image]]) -> bytes:
    """The file of these glyphs: character -> (advance, "1" image of the cell's size)."""
    ordered = sorted(glyphs)
    code_points = array("H", map(ord, ordered))
    if sys.byteorder == "big":
        code_points.byteswap()
    cells = b"".join(_pack(glyphs[character][1]) for character in ordered)
    advances = bytes(glyphs[character][0] for character in ordered)
    return _HEADER.pack(MAGIC, width, height, 0, len(ordered)) + code_points.tobytes() + advances + cells


def _cell_bytes(width: int, height: int) -> int:
    return (width * height + 7) // 8


def _pack(cell: Image.Image) -> bytes:
    bits = "".join("1" if pixel else "0" for pixel in cell.convert("L").tobytes())
    return int(bits.ljust(8 * _cell_bytes(cell.width, cell.height), "0"), 2).to_bytes(
        len(bits) // 8 + bool(len(bits) % 8)
    )


@lru_cache(maxsize=1024)
def _unpack(width: int, height: int, advance: int, packed: bytes) -> Glyph:
    bits = f"{int.from_bytes(packed):0{8 * len(packed)}b}"[: width * height]
    cell = Image.frombytes("L", (width, height), bytes(255 * (bit == "1") for bit in bits)).convert(
        "1", dither=Image.Dither.NONE
    )
    box = cell.getbbox()
    return Glyph(advance, box[2] if box else 0, cell)
