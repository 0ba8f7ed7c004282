"""A second look at a code that was read: another decoder's opinion, and a second independent reading."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from firmware.model import SecondOpinion
from firmware.scanner import zbar
from firmware.scanner.codes import CODE_128, QR, Code, Corners, Gray, holds_a_code, require_gray
from firmware.scanner.decoders import EXTRAS, FIRST, Find, run_stages

#: The view of the second reading: about this many pixels a side, and turned. A QR code by an angle that is no symmetry of
#: a square; bars upside down, because a low one has no straight line across when it leans.
_VIEW_PX: Final = {QR: 640, CODE_128: 1100}
_TURN_DEGREES: Final = {QR: 7.0, CODE_128: 180.0}
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
    (left, top), part = _around(gray, code.corners)
    others = second(part, code.format, "second")
    # A neighbour in the same view is another code, which says nothing about this one.
    here = [other for other in others if part is gray or _lies_in(other.corners + np.array([left, top]), code.corners)]
    said = {other.payload for other in here}
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
    # The quick stages, and the one that read it: a light code on dark, or a noisy one, needs its own.
    stages = (*FIRST, *(stage for stage in EXTRAS if stage.name == code.stage))
    again = run_stages(_turned(gray, code), stages, formats=(code.format,), budget_s=1.0)
    reads = 1 + any(other.payload == code.payload for other in again)
    return reads, second_opinion(gray, code)


def _around(gray: Gray, corners: Corners) -> tuple[tuple[int, int], Gray]:
    """The part of the frame that holds the code and its margin, and where it begins; all of it when corners say nothing."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = _MARGIN * max(right - left, bottom - top)
    first_row, first_column = int(max(0, top - margin)), int(max(0, left - margin))
    part = gray[first_row : max(0, int(bottom + margin)) + 1, first_column : max(0, int(right + margin)) + 1]
    if margin < 1.0 or not holds_a_code(part):
        return (0, 0), gray
    return (first_column, first_row), part


def _lies_in(corners: Corners, around: Corners) -> bool:
    """Whether the middle of a code lies in the box around another; so does one that does not say where it is."""
    middle = corners.mean(axis=0)
    size = np.ptp(around, axis=0)
    if not np.ptp(corners):
        return True
    return bool(np.all(np.abs(middle - around.mean(axis=0)) < size / 2))


def _turned(gray: Gray, code: Code) -> Gray:
    """The code on a new ground as light as its own quiet zone, in other pixels: scaled and turned."""
    view = np.ascontiguousarray(_around(gray, code.corners)[1])
    height, width = view.shape
    scale = _VIEW_PX[code.format] / max(height, width)
    # A scale of one would give back the same pixels: a fifth smaller is another sampling of the same light.
    scale = scale if not 0.9 < scale < 1.1 else 0.8
    side = int(_VIEW_PX[code.format] * 1.2)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), _TURN_DEGREES[code.format], scale)
    shifted = np.asarray(matrix, dtype=np.float64) + np.array([[0, 0, (side - width) / 2], [0, 0, (side - height) / 2]])
    ground = float(np.percentile(view, 5 if code.stage == "inverted" else 95))
    turned = cv2.warpAffine(view, shifted, (side, side), flags=cv2.INTER_CUBIC, borderValue=ground)
    return np.asarray(turned, dtype=np.uint8)
