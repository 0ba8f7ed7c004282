"""A small picture of what the camera sees, with a focus score: made in the child, and only when the parent asks for one.

The asking goes over a socket of its own that carries whole messages: nobody waits for half a picture.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from firmware.scanner.codes import Gray
from firmware.scanner.preview_line import Preview, encode

PREVIEW_WIDTH_PX: Final = 480
_QUALITY: Final = 55
_MEASURED_WIDTH_PX: Final = 960
#: Steepness (see below) of a sharp picture of print; what is sharper than that scores 100 too.
_SHARP: Final = 0.4


@dataclass(slots=True)
class PreviewDesk:
    """The child's end: answers a question with the frame that is being looked at."""

    line: socket.socket

    def look(self, gray: Gray) -> None:
        """Send a preview of this frame if one was asked for. Never blocks; a line that is full or closed is left alone."""
        try:
            if not self.line.recv(16, socket.MSG_DONTWAIT):
                return
            self.line.send(encode(preview_of(gray)), socket.MSG_DONTWAIT)
        except (BlockingIOError, OSError):
            return


def preview_of(gray: Gray) -> Preview:
    """The picture made small, as JPEG, with the focus score of its middle."""
    scale = PREVIEW_WIDTH_PX / gray.shape[1]
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else gray
    good, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not good:
        raise ValueError("a frame that cannot be made a JPEG")
    return Preview(focus_score(gray), jpeg.tobytes())


def focus_score(gray: Gray) -> int:
    """0 to 100: how steep the steps of light are in the middle of the frame, against its contrast. Blur only lowers it."""
    height, width = gray.shape
    middle = gray[height // 6 : height - height // 6, width // 6 : width - width // 6]
    step = max(1, width // _MEASURED_WIDTH_PX)
    wide = cv2.GaussianBlur(middle[::step, ::step], (3, 3), 0).astype(np.float32)  # noise is not sharpness
    contrast = float(wide.std())
    if contrast < 2.0:  # an empty wall: nothing to focus on
        return 0
    across, down = np.diff(wide, axis=1)[:-1], np.diff(wide, axis=0)[:, :-1]
    steepness = float(np.sqrt((across * across + down * down).mean())) / contrast
    return round(100 * min(1.0, steepness / _SHARP))
