"""A second look at a code that was read: another decoder's opinion, and a second independent reading."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from firmware.model import SecondOpinion
from firmware.scanner import zbar
from firmware.scanner.codes import Code, Corners, Gray, holds_a_code, require_gray
from firmware.scanner.decoders import FIRST, Find, run_stages

#: The view of the second reading: about this many pixels a side, turned by an angle that is no symmetry of a square.
_VIEW_PX: Final = 640
_TURN_DEGREES: Final = 7.0
#: What is kept around the code, in parts of its width: the quiet zone (4 modules of 25) and some doubt about corners.
_MARGIN: Final = 0.35


def second_opinion(gray: Gray, code: Code, second: Find = zbar.find) -> SecondOpinion:
    """Whether a second decoder (pyzbar) reads the same bytes from the same frame.

    SILENT when it is not fitted, reads nothing there, was itself the first reader, or the payload is not ASCII: it
    changes such payloads, so that a difference would say nothing.
    """
    require_gray(gray)
    if code.decoder == zbar.NAME or not code.payload.isascii():
        return SecondOpinion.SILENT
    view = _around(gray, code.corners)
    said = {other.payload for other in second(view, code.format, "second")}
    if not said:
        return SecondOpinion.SILENT
    return SecondOpinion.AGREES if code.payload in said else SecondOpinion.DIFFERS


def confirm(gray: Gray, code: Code) -> tuple[int, SecondOpinion]:
    """How many independent readings of this still picture gave these bytes (1 or 2), and the second decoder's opinion.

    The second reading sees other pixels: the code cut out, scaled and turned. One whose bytes differ does not count.
    """
    require_gray(gray)
    if not holds_a_code(gray):
        return 1, SecondOpinion.SILENT
    again = run_stages(_turned(gray, code.corners), FIRST, formats=(code.format,), budget_s=1.0)
    reads = 1 + any(other.payload == code.payload for other in again)
    return reads, second_opinion(gray, code)


def _around(gray: Gray, corners: Corners) -> Gray:
    """The part of the frame that holds the code and its margin; the whole frame when the corners say nothing."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = _MARGIN * max(right - left, bottom - top)
    if margin < 1.0:
        return gray
    height, width = gray.shape
    rows = slice(int(max(0, top - margin)), int(min(height, bottom + margin)) + 1)
    columns = slice(int(max(0, left - margin)), int(min(width, right + margin)) + 1)
    part = gray[rows, columns]
    return part if holds_a_code(part) else gray


def _turned(gray: Gray, corners: Corners) -> Gray:
    view = np.ascontiguousarray(_around(gray, corners))
    height, width = view.shape
    scale = _VIEW_PX / max(height, width)
    # A scale of one would give back the same pixels: a fifth smaller is another sampling of the same light.
    scale = scale if not 0.9 < scale < 1.1 else 0.8
    side = int(_VIEW_PX * 1.2)
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), _TURN_DEGREES, scale), dtype=np.float64)
    matrix[0, 2] += (side - width) / 2
    matrix[1, 2] += (side - height) / 2
    turned = cv2.warpAffine(view, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, dtype=np.uint8)
