"""Codes painted into frames: straight, slanted, curved, covered; no file is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import segno

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@dataclass(frozen=True)
class Printed:
    """One code as it is printed: its payload, dark modules as 1, and what its format says."""

    payload: bytes
    modules: np.ndarray
    version: int
    level: str
    mask: int

    def soft(self) -> np.ndarray:
        return (self.modules * 2.0 - 1.0).astype(np.float32)

    def picture(self, scale: int = 8) -> np.ndarray:
        """Black on white, its quiet zone around it."""
        return np.kron(np.pad(1 - self.modules, 4, constant_values=1), np.ones((scale, scale), np.uint8)) * 255

    def frame(
        self,
        *,
        px: float = 4.0,
        slant: float = 0.0,
        size: tuple[int, int] = (480, 640),
        picture: np.ndarray | None = None,
        scale: int = 8,
        shift: float = 0.0,
    ) -> np.ndarray:
        """A grey frame with the code in its middle, `px` pixels a module, its right side `slant` shorter."""
        picture = self.picture(scale) if picture is None else picture
        side = len(self.modules) + 8
        half, (height, width) = side * px / 2, size
        x, y = width / 2 + shift, height / 2
        short = half * (1 - slant)
        corners = np.float32([(x - half, y - half), (x + half, y - short), (x + half, y + short), (x - half, y + half)])
        square = np.float32([(0, 0), (side, 0), (side, side), (0, side)]) * scale
        soft = cv2.GaussianBlur(picture, (0, 0), max(0.3, 0.4 * scale / px))
        plane = cv2.getPerspectiveTransform(square - 0.5, corners - 0.5)
        background = np.full(size, 120, np.uint8)
        return cv2.warpPerspective(
            soft, plane, (width, height), dst=background, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
        )


def printed(payload: bytes | str, *, version: int | None = None, level: str = "M", mask: int | None = None) -> Printed:
    code = segno.make(payload, error=level, version=version, mask=mask, micro=False, boost_error=False)
    modules = np.array(code.matrix, np.uint8)
    raw = payload.encode() if isinstance(payload, str) else payload
    return Printed(raw, modules, int(code.version), level, int(code.mask))


@pytest.fixture(scope="session")
def make_code() -> Callable[..., Printed]:
    return printed


@pytest.fixture(scope="session")
def dense() -> Printed:
    """What the product issues: version 15, level M, 540 alphanumeric characters."""
    rng = np.random.default_rng(15)
    return printed("".join(ALPHANUMERIC[n] for n in rng.integers(0, 45, 540)), version=15)
