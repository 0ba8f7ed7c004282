"""A sheet of examples, one of each axis and mixture: `python -m bench.degrader.picture FILE.png`. For eyes, not engines."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.degrader.axes import AXES, MIXTURES
from bench.degrader.camera import shoot, shoot_colour
from bench.degrader.shot import Shot
from bench.degrader.symbols import Symbol, usual_symbol

_TILE: Final = (480, 440)  # width, height
_SHOWN_SIZE: Final = 60  # percent
_CAPTION_PX: Final = 26
_COLUMNS: Final = 6
#: What is shown of each axis: the strength with this number, from mild to severe.
_SHOWN: Final = 4
_COLOURED: Final = Shot(ink=(0.50, 0.03, 0.04), paper=(0.06, 0.52, 0.16))


def tile(picture: NDArray[np.uint8], caption: str, share: int = _SHOWN_SIZE) -> NDArray[np.uint8]:
    """The middle of a frame, in BGR, shown at a share of its size in percent, under its caption."""
    width, height = (side * _SHOWN_SIZE // share for side in _TILE)
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    cut = picture[top : top + height, left : left + width]
    colour = cut if cut.ndim == 3 else np.repeat(cut[:, :, np.newaxis], 3, axis=2)
    width, height = (side * _SHOWN_SIZE // 100 for side in _TILE)
    colour = np.asarray(cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    label = np.full((_CAPTION_PX, width, 3), 255, np.uint8)
    cv2.putText(label, caption, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (30, 30, 30), 1, cv2.LINE_AA)
    return np.asarray(np.pad(np.vstack([label, colour]), ((2, 2), (2, 2), (0, 0)), constant_values=255), dtype=np.uint8)


def examples(symbol: Symbol, seed: int) -> list[NDArray[np.uint8]]:
    """A tile of each axis, of the colours and of the mixtures."""
    tiles = []
    for axis in AXES.values():
        strength = axis.strengths[_SHOWN]
        shot = axis.shot(strength, Shot())
        picture = shoot_colour(symbol, shot, seed)[0] if shot.screen_px else shoot(symbol, shot, seed)[0]
        tiles.append(tile(picture, f"{axis.name}: {strength:g} {axis.unit}"))
    screen = shoot_colour(symbol, Shot(screen_px=2.05, roll_deg=3), seed)[0][80:, 60:]
    tiles.append(tile(screen, "moire, a corner enlarged: 2.05", 200))
    tiles.append(tile(shoot_colour(symbol, _COLOURED, seed)[0], "red on green"))
    for name, mixture in MIXTURES.items():
        tiles.append(tile(shoot(symbol, mixture(0.6), seed)[0], f"{name}, 0.6"))
    return tiles


def pasted(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    blank = np.full_like(tiles[0], 255)
    padded = tiles + [blank] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(padded[start : start + _COLUMNS]) for start in range(0, len(padded), _COLUMNS)]
    return np.vstack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    sheet = pasted(examples(usual_symbol(options.seed), options.seed))
    # 256 colours show all that eyes look for here, at half the size.
    Image.fromarray(sheet[:, :, ::-1]).quantize(256).save(options.file, optimize=True)


if __name__ == "__main__":
    main()
