"""The frames in which codes were read, for a few seconds, in the memory of the child: given out sealed, or not at all.

A picture never leaves the child as a picture: what goes to the parent is a JPEG sealed to the insurer's key (photo_seal.py).
Fitted only where such a key is configured; without one no frame is kept and no JPEG is made.
"""

from __future__ import annotations

import hashlib
import select
import socket
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from firmware.photo_seal import seal
from firmware.scanner.album_line import ASK_BYTES, DIGEST_BYTES, MAX_SEALED_BYTES
from firmware.scanner.codes import Picture
from firmware.scanner.source import Frame

PLACES: Final = 4
#: The parent asks as soon as it has judged: a frame that nobody asked for by then is let go.
KEEP_S: Final = 5.0
MAX_SIDE_PX: Final = 1920
_QUALITIES: Final = (85, 70, 55, 40, 25)
_OVERHEAD_BYTES: Final = 256
#: A folder of pictures ends faster than anybody can ask for its last one.
LINGER_S: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    picture: Picture
    at_s: float


@dataclass(slots=True)
class Album:
    """The child's end of the line for photographs. Never blocks; a line that is full or closed is left alone."""

    line: socket.socket
    public: bytes
    _held: OrderedDict[bytes, _Held] = field(default_factory=OrderedDict)

    def keep(self, payload: bytes, frame: Frame) -> None:
        """Hold the frame in which this was read; a copy, because a camera uses its buffers again."""
        digest = hashlib.sha256(payload).digest()
        self._held.pop(digest, None)
        picture = frame.gray if frame.colour is None else frame.colour
        self._held[digest] = _Held(picture.copy(), time.monotonic())
        while len(self._held) > PLACES:
            self._held.popitem(last=False)

    def answer(self) -> None:
        """Give what was asked for since the last call: the binding, and the sealed frame, or nothing after it."""
        oldest_s = time.monotonic() - KEEP_S
        while self._held and next(iter(self._held.values())).at_s < oldest_s:
            self._held.popitem(last=False)
        try:
            while ask := self.line.recv(ASK_BYTES, socket.MSG_DONTWAIT):
                digest, binding = ask[:DIGEST_BYTES], ask[DIGEST_BYTES:]
                held = self._held.pop(digest, None)
                self.line.send(
                    binding + (b"" if held is None else self._sealed(held.picture, binding)), socket.MSG_DONTWAIT
                )
        except (BlockingIOError, OSError):
            return

    def linger(self) -> None:
        """The last pictures of a source that has ended can still be asked for, for a moment."""
        ends_s = time.monotonic() + LINGER_S
        while self._held and (left_s := ends_s - time.monotonic()) > 0:
            if select.select([self.line], [], [], left_s)[0]:
                before = len(self._held)
                self.answer()
                if len(self._held) == before:
                    return  # the parent is gone

    def __len__(self) -> int:
        return len(self._held)

    def _sealed(self, picture: Picture, binding: bytes) -> bytes:
        """Empty where even the poorest JPEG is too large for the line."""
        scale = MAX_SIDE_PX / max(picture.shape[:2])
        if scale < 1:
            picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        for quality in _QUALITIES:
            good, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if good and len(jpeg) <= MAX_SEALED_BYTES - _OVERHEAD_BYTES:
                return seal(jpeg.tobytes(), self.public, binding)
        return b""
