"""What a decoder gives back for one code in one frame, and which frames a decoder may be handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Gray: TypeAlias = NDArray[np.uint8]
#: A picture as it came: grey (height, width), or in colour (height, width, 3 or 4), blue first as OpenCV has it.
Picture: TypeAlias = NDArray[np.uint8]
Corners: TypeAlias = NDArray[np.float64]

#: The kinds of code this product reads; the values are what `Scan.format` says.
QR: Final = "QRCode"
CODE_128: Final = "Code128"

#: The smallest QR code has 21 modules a side: a smaller frame cannot hold one.
MIN_SIDE_PX: Final = 21
MAX_SIDE_PX: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """One code of one frame, as bytes that nobody has touched.

    `corners` is (4, 2) float64 in pixels of the frame: x, y of the code's own top left, top right, bottom right and
    bottom left, so that a code upside down keeps its order. `stage` names the step of the table that read it.
    """

    payload: bytes
    format: str
    corners: Corners
    decoder: str
    stage: str


def require_gray(gray: Gray) -> None:
    """Raise ValueError for what is no grey frame of at most 4096 x 4096: a fault of the caller, not of the light."""
    if gray.ndim != 2 or gray.dtype != np.uint8:
        raise ValueError(f"a frame is (height, width) of uint8, not {gray.shape} of {gray.dtype}")
    if max(gray.shape) > MAX_SIDE_PX:
        raise ValueError(f"a frame has at most {MAX_SIDE_PX} pixels a side, not {gray.shape[1]} x {gray.shape[0]}")


def holds_a_code(gray: Gray) -> bool:
    """Whether the frame is large enough to hold the smallest code at one pixel a module."""
    return bool(min(gray.shape) >= MIN_SIDE_PX)
