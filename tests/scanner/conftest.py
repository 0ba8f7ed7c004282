"""Pictures of codes, made on the spot: no test needs a file that is not here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
import zxingcpp

MakeQr = Callable[..., np.ndarray]


def draw_qr(
    payload: bytes | str, *, error: str = "m", scale: int = 6, border: int = 4, frame: tuple[int, int] | None = None
) -> np.ndarray:
    """A QR code, black on white; with `frame` (height, width) in the middle of a grey frame."""
    # Bytes are written as bytes: in its kanji mode segno alters pairs that only look like Shift JIS.
    mode = "byte" if isinstance(payload, bytes) else None
    symbol = segno.make(payload, error=error, micro=False, boost_error=False, mode=mode)
    rows = [[0 if dark else 255 for dark in row] for row in symbol.matrix]
    code = np.kron(np.pad(np.array(rows, np.uint8), border, constant_values=255), np.ones((scale, scale), np.uint8))
    if frame is None:
        return code
    view = np.full(frame, 128, np.uint8)
    top, left = (frame[0] - code.shape[0]) // 2, (frame[1] - code.shape[1]) // 2
    view[top : top + code.shape[0], left : left + code.shape[1]] = code
    return view


def draw_code128(text: str, *, frame: tuple[int, int] = (360, 640)) -> np.ndarray:
    bars = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_image(scale=2)
    bars = cv2.resize(np.array(bars)[:1], (np.array(bars).shape[1], 120), interpolation=cv2.INTER_NEAREST)
    view = np.full(frame, 255, np.uint8)
    top, left = (frame[0] - bars.shape[0]) // 2, (frame[1] - bars.shape[1]) // 2
    view[top : top + bars.shape[0], left : left + bars.shape[1]] = bars
    return view


@pytest.fixture
def make_qr() -> MakeQr:
    return draw_qr


@pytest.fixture
def make_code128() -> Callable[..., np.ndarray]:
    return draw_code128


@pytest.fixture
def story(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder of scenes from (payload, carrier, seconds, caption)."""

    def write(*scenes: tuple[str, str, float, str]) -> Path:
        folder = tmp_path / "story"
        (folder / "codes").mkdir(parents=True)
        written = []
        for number, (payload, carrier, seconds, caption) in enumerate(scenes):
            name = f"codes/{number}.png"
            cv2.imwrite(str(folder / name), draw_qr(payload, scale=8))
            written.append({"picture": name, "carrier": carrier, "seconds": seconds, "caption": caption, "say": "here"})
        (folder / "scenes.json").write_text(json.dumps({"version": 1, "scenes": written}))
        return folder

    return write
