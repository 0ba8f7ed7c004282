"""A 1-bit picture as lines of characters: half blocks, quadrants or braille dots. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

_HALVES = " ▀▄█"
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_BRAILLE_FIRST = 0x2800
#: Braille dot numbers by row, then column, of a cell of 2 x 4.
_BRAILLE_BITS = (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80)


@dataclass(frozen=True, slots=True)
class Blocks:
    """How many pixels one character holds, and which character shows them: bit 0 is the top left pixel, then along the row."""

    width: int
    height: int
    character: Callable[[int], str]

    def lines(self, image: Image.Image) -> list[str]:
        """The picture as text; its size must be a multiple of the cell."""
        lit = image.convert("L").load()
        assert lit is not None, "PIL gives pixel access to every loaded image"
        cell = [(x, y) for y in range(self.height) for x in range(self.width)]
        rows = []
        for top in range(0, image.height, self.height):
            bits = (
                sum(1 << place for place, (x, y) in enumerate(cell) if lit[left + x, top + y])
                for left in range(0, image.width, self.width)
            )
            rows.append("".join(map(self.character, bits)))
        return rows


def _braille(bits: int) -> str:
    return chr(_BRAILLE_FIRST + sum(dot for place, dot in enumerate(_BRAILLE_BITS) if bits >> place & 1))


HALF = Blocks(1, 2, _HALVES.__getitem__)
QUADRANT = Blocks(2, 2, _QUADRANTS.__getitem__)
#: The smallest: 64 x 16 characters, and every terminal font has them.
BRAILLE = Blocks(2, 4, _braille)
