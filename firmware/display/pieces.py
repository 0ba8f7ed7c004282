"""Pieces of a picture, one above the other, and where they stand: a picture that moves without being cut off. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from firmware.display.screens import HEIGHT, WIDTH, blank

GAP = 1
#: The ways in which one piece may be drawn, all of one size.
Piece = tuple[Image.Image, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where pieces stand. `order` names them from the top down; `ways` and `places` (left, top in px) are by piece."""

    order: tuple[int, ...]
    ways: tuple[int, ...]
    places: tuple[tuple[int, int], ...]


def centred(pieces: Sequence[Piece]) -> Arrangement:
    """As a person would set them: in their order, in the middle, the spare rows shared out."""
    spare = HEIGHT - sum(piece[0].height for piece in pieces)
    places, top = [], 0
    for place, piece in enumerate(pieces):
        top += spare * (place + 1) // (len(pieces) + 1) - spare * place // (len(pieces) + 1)
        places.append(((WIDTH - piece[0].width) // 2, top))
        top += piece[0].height
    return Arrangement(tuple(range(len(pieces))), (0,) * len(pieces), tuple(places))


def draw_pieces(pieces: Sequence[Piece], arrangement: Arrangement) -> Image.Image:
    """The picture. A piece that has grown wider since it was placed is moved in from the edge."""
    screen = blank()
    for piece, way, (left, top) in zip(pieces, arrangement.ways, arrangement.places, strict=True):
        screen.paste(piece[way], (min(left, WIDTH - piece[way].width), top))
    return screen
