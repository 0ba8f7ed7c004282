"""A picture in colour -> the grey pictures a decoder may look at: the grey one, then its red plane, then its green one.

What is dark on red paper shows in the red plane, what is dark on green paper or red on white in the green one. Blue is left
out: it is the noisiest plane of most cameras. Grey comes first because most codes are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from firmware.scanner.codes import QR, Code, Gray, Picture
from firmware.scanner.decoders import Effort, read_codes

RED: Final = "red"
GREEN: Final = "green"
PLANES: Final = (RED, GREEN)

_CHANNEL: Final = {RED: 2, GREEN: 1}  # of BGR
#: Every so many pixels a side are looked at for colour; a code is larger than that in any picture that can be read.
_EVERY: Final = 4
#: A pixel whose planes are this far apart is coloured, and a picture with this share of such pixels.
_COLOURED: Final = 48
_COLOURED_SHARE: Final = 0.002


def gray_of(picture: Picture) -> Gray:
    """The grey picture of a grey, BGR or BGRA one."""
    if picture.ndim == 2:
        return picture
    code = cv2.COLOR_BGR2GRAY if picture.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(picture, code), dtype=np.uint8)


def is_coloured(picture: Picture) -> bool:
    """Whether some of it is of a strong colour: otherwise its planes show what its grey shows."""
    if picture.ndim == 2:
        return False
    some = picture[::_EVERY, ::_EVERY, :3]
    apart = some.max(axis=2) - some.min(axis=2)
    return bool(np.count_nonzero(apart > _COLOURED) > _COLOURED_SHARE * apart.size)


def plane_of(picture: Picture, name: str) -> Gray:
    """One plane of a BGR or BGRA picture, as a grey picture of its own."""
    return np.asarray(cv2.extractChannel(picture, _CHANNEL[name]), dtype=np.uint8)


def read_picture_codes(
    picture: Picture, *, effort: Effort = "full", formats: tuple[str, ...] = (QR,)
) -> tuple[Gray, list[Code]]:
    """The codes of a grey or BGR picture, and the grey picture that shows them (the plain one when there are none).

    The plain grey picture is tried first and ends it when it gives anything; then the planes in turn, quickly, and only
    then with every effort. The stage of a code names its plane ("red local").
    """
    gray = gray_of(picture)
    codes = read_codes(gray, effort=effort, formats=formats)
    if codes or not is_coloured(picture):
        return gray, codes
    planes = {name: plane_of(picture, name) for name in PLANES}
    efforts: Iterable[Effort] = ("first", "full") if effort == "full" else ("first",)
    for each in efforts:
        for name, plane in planes.items():
            found = read_codes(plane, effort=each, formats=formats)
            if found:
                return plane, list(named(found, name))
    return gray, []


def named(codes: Iterable[Code], plane: str) -> Iterator[Code]:
    """The codes with their plane in the name of their stage."""
    return (replace(code, stage=f"{plane} {code.stage}") for code in codes)
