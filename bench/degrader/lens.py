"""What a lens and a moving hand do to light: kernels on a grid `fine` times finer than the frame's pixels. Sum 1."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Kernel = NDArray[np.float32]

_PATH_POINTS: Final = 240
_OVER: Final = 4  # a disc's edge is exact to a quarter of a fine pixel


def disc(diameter: float) -> Kernel:
    """The even disc of a lens out of focus, its edge area-averaged. Diameter in fine pixels."""
    side = 2 * math.ceil(diameter / 2) + 1
    at = (np.arange(side * _OVER) + 0.5) / _OVER - side / 2
    inside = (at[np.newaxis, :] ** 2 + at[:, np.newaxis] ** 2 <= (diameter / 2) ** 2).astype(np.float32)
    kernel = inside.reshape(side, _OVER, side, _OVER).mean(axis=(1, 3))
    return np.asarray(kernel / max(float(kernel.sum()), 1e-9), dtype=np.float32)


def hand_path(length: float, rng: np.random.Generator) -> Kernel:
    """The way of a hand during the exposure: one direction, bent, with speed that changes. Length in fine pixels."""
    t = np.linspace(0.0, 1.0, _PATH_POINTS)
    heading = rng.uniform(0, 2 * math.pi) + rng.normal(0, 0.9) * t + rng.normal(0, 0.5) * np.sin(2 * math.pi * t)
    speed = 1.0 + 0.6 * np.sin(2 * math.pi * (t * rng.uniform(0.4, 1.2) + rng.uniform()))
    x, y = np.cumsum(speed * np.cos(heading)), np.cumsum(speed * np.sin(heading))
    scale = length / float(np.hypot(np.diff(x), np.diff(y)).sum())
    x, y = (x - x.mean()) * scale, (y - y.mean()) * scale
    side = 2 * math.ceil(max(float(np.abs(x).max()), float(np.abs(y).max()), 0.5)) + 3
    kernel = np.zeros((side, side), np.float32)
    column, row = x + side // 2, y + side // 2
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    for beside, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = np.abs(1 - beside - (column - left)) * np.abs(1 - below - (row - top))
        np.add.at(kernel, (top + below, left + beside), weight.astype(np.float32))
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def through(light: NDArray[np.float32], kernels: list[Kernel], sigma: float) -> NDArray[np.float32]:
    """The light after the lens: its own softness (a Gaussian), and each kernel."""
    for kernel in kernels:
        light = np.asarray(cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
