"""Light on each pixel -> the camera's 8-bit values: electrons, noise, clipping, colour mosaic, gamma, JPEG."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.degrader.shot import Shot

Light = NDArray[np.float32]

#: Electrons of a white pixel that just clips, at ISO 100, and the noise of reading one, of a phone-sized sensor.
_FULL_ELECTRONS: Final = 9000.0
_READ_ELECTRONS: Final = 2.5
_LUMA: Final = (0.299, 0.587, 0.114)
_CODE_VALUES: Final = 4096


def exposed(light: Light, shot: Shot, phase: float, rows_a_band: float) -> Light:
    """The light that is caught: stops, and the bands that lamps on mains draw through a rolling shutter."""
    caught = light * np.float32(2.0**-shot.under_ev)
    if shot.flicker > 0:
        row = np.arange(light.shape[0], dtype=np.float32)
        lamp = 0.5 + 0.5 * np.cos(2 * np.pi * (row / np.float32(rows_a_band) + np.float32(phase)))
        band = (1.0 - shot.flicker * (1.0 - lamp)).astype(np.float32)
        caught = caught * band.reshape(-1, *([1] * (light.ndim - 1)))
    return np.asarray(caught, dtype=np.float32)


def electrons(caught: Light, shot: Shot, rng: np.random.Generator) -> Light:
    """Noise of light itself and of reading it, then clipping: what is more than full is lost. 0 to 1."""
    full = np.float32(_FULL_ELECTRONS * 100.0 / shot.iso)
    spread = np.sqrt(np.maximum(caught, 0.0) / full + np.float32((_READ_ELECTRONS / full) ** 2))
    noisy = caught + spread * rng.standard_normal(caught.shape, dtype=np.float32)
    return np.clip(noisy, 0.0, 1.0)


def grey_values(light: Light) -> NDArray[np.uint8]:
    """Gamma of sRGB, 8 bits."""
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(np.maximum(light, 1e-6), 1 / 2.4) - 0.055)
    return np.asarray(curve * 255.0 + 0.5, dtype=np.uint8)


def mosaic(light: Light) -> Light:
    """What a sensor with one colour filter a pixel makes of (height, width, 3) RGB light: sampled, then interpolated."""
    height, width = light.shape[:2]
    raw = np.empty((height, width), np.float32)
    raw[0::2, 0::2] = light[0::2, 0::2, 0]
    raw[0::2, 1::2] = light[0::2, 1::2, 1]
    raw[1::2, 0::2] = light[1::2, 0::2, 1]
    raw[1::2, 1::2] = light[1::2, 1::2, 2]
    levels = (np.clip(raw, 0, 1) * (_CODE_VALUES - 1) + 0.5).astype(np.uint16)
    # OpenCV names a mosaic by the second row's second and third pixel: red first is BG to it.
    full = np.asarray(cv2.cvtColor(levels, cv2.COLOR_BayerBG2RGB), dtype=np.float32)
    return full / np.float32(_CODE_VALUES - 1)


def luma(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(height, width, 3) RGB -> grey as a camera's Y plane has it."""
    return np.asarray(colour.astype(np.float32) @ np.array(_LUMA, np.float32) + 0.5, dtype=np.uint8)


def compressed(gray: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Through JPEG and back; quality 0 is no JPEG."""
    if quality <= 0:
        return gray
    _, data = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])
    way = cv2.IMREAD_GRAYSCALE if gray.ndim == 2 else cv2.IMREAD_COLOR
    return np.asarray(cv2.imdecode(data, way), dtype=np.uint8)
