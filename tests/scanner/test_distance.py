"""A 30 mm code at 15 to 45 cm, held at an angle (P5): as modules of 2 to 12 pixels, turned by up to 30 degrees."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from firmware.scanner import read_codes
from tests.scanner.conftest import draw_qr

TEXT = "JZ1:" + "A1B2C3D4" * 33  # version 11 at level M
FRAME = (720, 1280)


def seen(module_px: float, yaw_degrees: float) -> np.ndarray:
    """The code in perspective, through a lens that blurs by half a pixel, with a sensor's noise."""
    code = draw_qr(TEXT, scale=8)
    side = code.shape[0] * module_px / 8
    half = side / 2
    turn = np.radians(yaw_degrees)
    focal = 1.15 * FRAME[1]
    flat = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    depth = focal / (focal + flat[:, 0] * np.sin(turn))
    there = np.column_stack([flat[:, 0] * np.cos(turn), flat[:, 1]]) * depth[:, np.newaxis]
    there = (there + np.array([FRAME[1] / 2, FRAME[0] / 2])).astype(np.float32)
    here = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * code.shape[0]
    if module_px < 8:
        # As a lens does: what is smaller than a pixel becomes one grey.
        code = np.asarray(cv2.GaussianBlur(code, (0, 0), 0.45 * 8 / module_px))
    matrix = cv2.getPerspectiveTransform(here, there)
    view = np.full(FRAME, 150, np.uint8)
    cv2.warpPerspective(code, matrix, FRAME[::-1], view, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    noise = np.random.default_rng(1).normal(0, 2.5, FRAME)
    return np.clip(cv2.GaussianBlur(view, (0, 0), 0.5) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("yaw_degrees", [-30, 0, 30])
@pytest.mark.parametrize("module_px", [2, 2.5, 3, 4, 6, 9, 10.5])
def test_a_live_frame_is_read_from_near_and_far_and_aslant(module_px: float, yaw_degrees: float) -> None:
    assert [code.payload for code in read_codes(seen(module_px, yaw_degrees))] == [TEXT.encode()]
