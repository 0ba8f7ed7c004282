"""Pictures that show a dead pixel, row or column of the panel to whoever looks: pure functions, one a pattern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops

from firmware.display import screens, typeset

#: Pixels a side of a square: coarse enough to be seen, and each pixel is lit in one of the two checkers.
SQUARE_PX: Final = 8


def checker() -> Image.Image:
    """Squares, the first one (top left) lit."""
    screen = screens.blank()
    for top in range(0, screens.HEIGHT, SQUARE_PX):
        for left in range(top % (2 * SQUARE_PX), screens.WIDTH, 2 * SQUARE_PX):
            screen.paste(typeset.LIT, (left, top, left + SQUARE_PX, top + SQUARE_PX))
    return screen


def inverse_checker() -> Image.Image:
    return ImageChops.invert(checker())


def all_on() -> Image.Image:
    return ImageChops.invert(screens.blank())


#: In the order in which they are shown.
PATTERNS: Final[dict[str, Callable[[], Image.Image]]] = {
    "checker": checker,
    "inverse-checker": inverse_checker,
    "all-on": all_on,
    "all-off": screens.blank,
}
