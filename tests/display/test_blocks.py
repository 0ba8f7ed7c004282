"""Pictures as characters."""

from __future__ import annotations

import pytest
from PIL import Image

from firmware.display.blocks import BRAILLE, HALF, QUADRANT, Blocks


@pytest.mark.parametrize(
    ("blocks", "points", "expected"),
    [
        (HALF, [(0, 0)], ["▀   ", "    "]),
        (HALF, [(0, 0), (0, 1), (3, 3)], ["█   ", "   ▄"]),
        (QUADRANT, [(0, 0), (1, 1), (2, 1)], ["▚▖", "  "]),
        (BRAILLE, [(0, 0), (1, 3)], ["⢁⠀"]),
        (BRAILLE, [(x, y) for x in range(4) for y in range(4)], ["⣿⣿"]),
    ],
)
def test_each_pixel_has_its_place_in_a_character(
    blocks: Blocks, points: list[tuple[int, int]], expected: list[str]
) -> None:
    picture = Image.new("1", (4, 4))
    for point in points:
        picture.putpixel(point, 255)
    assert blocks.lines(picture) == expected


@pytest.mark.parametrize(("blocks", "size"), [(HALF, (128, 32)), (QUADRANT, (64, 32)), (BRAILLE, (64, 16))])
def test_no_two_patterns_share_a_character(blocks: Blocks, size: tuple[int, int]) -> None:
    characters = {blocks.character(bits) for bits in range(1 << blocks.width * blocks.height)}
    assert len(characters) == 1 << blocks.width * blocks.height
    lines = blocks.lines(Image.new("1", (128, 64)))
    assert (len(lines[0]), len(lines)) == size
