"""How long each pixel of the display has been lit: the map, what adds to it, and its bytes. Pure: no file and no clock.

An OLED ages by the charge that went through each pixel, and these controllers drive a lit pixel with a current in proportion to the
contrast (SSD1306 datasheet, section 8.6). So an hour at contrast c counts c / 255 of an hour, dark counts nothing. What a panel
shows besides its own contrast - heat, the wear of its blue - is not modelled.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firmware.display.brightness import DIM_CONTRAST, contrast_for
from firmware.display.screens import HEIGHT, WIDTH
from firmware.model import Light

MAX_CONTRAST: Final = 255
_MAGIC: Final = b"YWEAR1\n"
_HEAD: Final = struct.Struct(">7sHH")
_CHECK: Final = struct.Struct(">I")
#: Ten years at full light are 3.2e8 s: far below what 32 bits hold.
_MOST_S: Final = 0xFFFFFFFF
FILE_BYTES: Final = _HEAD.size + 4 * WIDTH * HEIGHT + _CHECK.size

Seconds = NDArray[np.float64]


class WearError(ValueError):
    """These bytes are no wear map of this display. Says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class WearSummary:
    """Hours at full light: of the most worn pixel, and the mean over all."""

    max_hours: float
    mean_hours: float

    @property
    def ratio(self) -> float | None:
        """One by the other; None while nothing was lit."""
        return self.max_hours / self.mean_hours if self.mean_hours > 0 else None


class WearMap:
    """Seconds at full light of each pixel, row by row, HEIGHT x WIDTH."""

    def __init__(self, seconds: Seconds | None = None) -> None:
        self.seconds: Seconds = np.zeros((HEIGHT, WIDTH)) if seconds is None else seconds

    def add(self, picture: Image.Image, weighted_s: float) -> None:
        """The picture stood for so long, its time already weighted by its light."""
        if weighted_s > 0:
            self.seconds[np.asarray(picture, dtype=bool)] += weighted_s

    def summary(self) -> WearSummary:
        return WearSummary(float(self.seconds.max()) / 3600, float(self.seconds.mean()) / 3600)

    def percentile_hours(self, percent: float) -> float:
        return float(np.percentile(self.seconds, percent)) / 3600

    def to_bytes(self) -> bytes:
        """FILE_BYTES bytes: magic, width, height, whole seconds as 32-bit numbers (all big-endian), CRC-32 of all before."""
        whole = np.minimum(np.rint(self.seconds), _MOST_S).astype(">u4")
        body = _HEAD.pack(_MAGIC, WIDTH, HEIGHT) + whole.tobytes()
        return body + _CHECK.pack(zlib.crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes) -> WearMap:
        """Raises WearError for anything but what `to_bytes` gives for a display of this size."""
        if len(data) != FILE_BYTES:
            raise WearError(f"{len(data)} bytes, expected {FILE_BYTES}")
        magic, width, height = _HEAD.unpack_from(data)
        if magic != _MAGIC or (width, height) != (WIDTH, HEIGHT):
            raise WearError(f"not a wear map of {WIDTH} x {HEIGHT} pixels")
        body, (check,) = data[: -_CHECK.size], _CHECK.unpack(data[-_CHECK.size :])
        if zlib.crc32(body) != check:
            raise WearError("its check sum is wrong")
        whole = np.frombuffer(body, dtype=">u4", offset=_HEAD.size).reshape(HEIGHT, WIDTH)
        return cls(whole.astype(np.float64))


class WearMeter:
    """Adds each picture to the map when the next one comes. Times are monotonic seconds; one that goes back counts nothing."""

    def __init__(self, wear: WearMap, contrast: int) -> None:
        self.wear = wear
        self._configured = self._full = contrast
        self._light = Light.FULL
        self._picture: Image.Image | None = None
        self._since_s = 0.0

    def show(self, picture: Image.Image, now_s: float) -> None:
        self.settle(now_s)
        self._picture = picture

    def lighten(self, light: Light, now_s: float) -> None:
        self.settle(now_s)
        self._light = light

    def brighten(self, step: int, now_s: float) -> None:
        """The light around has changed: `step` of display.brightness."""
        self.settle(now_s)
        self._full = contrast_for(step, self._configured)

    def settle(self, now_s: float) -> None:
        """Count what is on the display until now."""
        if self._picture is not None:
            self.wear.add(self._picture, (now_s - self._since_s) * self._weight())
        self._since_s = now_s

    def _weight(self) -> float:
        if self._light is Light.DARK:
            return 0.0
        return (self._full if self._light is Light.FULL else min(DIM_CONTRAST, self._full)) / MAX_CONTRAST
