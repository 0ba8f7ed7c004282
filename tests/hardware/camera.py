"""A camera made of a loop-back driver: pictures that the test holds before it go to /dev/videoN as YUYV frames."""

from __future__ import annotations

import fcntl
import struct
import threading
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
_VIDIOC_S_FMT = 0xC0D05605  # _IOWR('V', 5, struct v4l2_format), 208 bytes
_VIDEO_OUTPUT, _FIELD_NONE, _SRGB = 2, 1, 8
_FRAME_BYTES = WIDTH * HEIGHT * 2

Gray = NDArray[np.uint8]


class LoopCamera:
    """Shows one picture after the other at a steady pace, from a thread of its own, until it is paused or closed."""

    def __init__(self, device: Path, fps: float = 10.0) -> None:
        self.device = device
        self._pause_s = 1.0 / fps
        self._frame = _yuyv(nothing())
        self._running = threading.Event()
        self._ended = threading.Event()
        self._file = device.open("wb", buffering=0)
        fcntl.ioctl(self._file, _VIDIOC_S_FMT, _format())
        self._thread = threading.Thread(target=self._write, name="camera", daemon=True)
        self._running.set()
        self._thread.start()

    def show(self, picture: Gray) -> None:
        self._frame = _yuyv(picture)

    def freeze(self) -> None:
        """Give no more frames, as picamera2 does after hours."""
        self._running.clear()

    def go_on(self) -> None:
        self._running.set()

    def close(self) -> None:
        self._ended.set()
        self._running.set()
        self._thread.join(5)
        self._file.close()

    def _write(self) -> None:
        while not self._ended.is_set():
            self._running.wait()
            self._file.write(self._frame)
            time.sleep(self._pause_s)


def nothing() -> Gray:
    """An empty wall in even light."""
    return np.full((HEIGHT, WIDTH), 130, np.uint8)


def held_up(code: Path) -> Gray:
    """A code held before the camera, on a bright card, about as large as people hold it."""
    symbol = cv2.imread(str(code), cv2.IMREAD_GRAYSCALE)
    assert symbol is not None, code
    side = 600
    scale = side / max(symbol.shape)
    card = cv2.resize(symbol, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = nothing()
    top, left = (HEIGHT - card.shape[0]) // 2, (WIDTH - card.shape[1]) // 2
    picture[top : top + card.shape[0], left : left + card.shape[1]] = card
    return picture


def _yuyv(picture: Gray) -> bytes:
    frame = np.full((HEIGHT, WIDTH, 2), 128, np.uint8)
    frame[:, :, 0] = picture
    return frame.tobytes()


def _format() -> bytes:
    pixels = struct.pack("<8I", WIDTH, HEIGHT, _fourcc("YUYV"), _FIELD_NONE, 2 * WIDTH, _FRAME_BYTES, _SRGB, 0)
    return struct.pack("<II", _VIDEO_OUTPUT, 0) + pixels.ljust(200, b"\0")


def _fourcc(word: str) -> int:
    return int.from_bytes(word.encode(), "little")
