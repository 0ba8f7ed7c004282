from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from firmware.model import Word
from firmware.scanner import zxing
from firmware.scanner.quality import Candidate, Measures, cause_of, find_candidate, measure
from tests.scanner.conftest import draw_qr

TEXT = "JZ1:" + "A1B2C3D4" * 40
FRAME = (720, 1280)


def placed(code: np.ndarray, top: int, left: int) -> np.ndarray:
    """The code in a grey frame, cut where it does not fit."""
    view = np.full((FRAME[0] + 2000, FRAME[1] + 2000), 128, np.uint8)
    view[1000 + top : 1000 + top + code.shape[0], 1000 + left : 1000 + left + code.shape[1]] = code
    return np.ascontiguousarray(view[1000:-1000, 1000:-1000])


def clear() -> np.ndarray:
    return draw_qr(TEXT, scale=6, frame=FRAME)


def with_spot(gray: np.ndarray, radius: float) -> np.ndarray:
    down, across = np.mgrid[: gray.shape[0], : gray.shape[1]]
    spot = np.exp(-(((across - 640) / radius) ** 2) - ((down - 330) / radius) ** 2) * 600
    return np.clip(gray + spot, 0, 255).astype(np.uint8)


def far_away(module_px: float) -> np.ndarray:
    code = draw_qr(TEXT, scale=8)
    return placed(cv2.resize(code, None, fx=module_px / 8, fy=module_px / 8, interpolation=cv2.INTER_AREA), 200, 300)


def turned_away(degrees: float) -> np.ndarray:
    code = draw_qr(TEXT, scale=6)
    height, width = code.shape
    share = float(np.cos(np.radians(degrees)))
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = np.array([(0, 0), (width * share, 30), (width * share, height - 30), (0, height)], np.float32) + np.array(
        [500, 100]
    )
    matrix = cv2.getPerspectiveTransform(flat, seen.astype(np.float32))
    view = np.full(FRAME, 128, np.uint8)
    cv2.warpPerspective(code, matrix, FRAME[::-1], view, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    return view


CASES = {
    Word.TOO_DARK: (clear() * 0.12).astype(np.uint8),
    Word.TOO_BRIGHT: (255 - (255 - clear()) * 0.35).astype(np.uint8),
    Word.GLARE: with_spot(clear(), 100),
    Word.BLURRED: cv2.GaussianBlur(clear(), (0, 0), 4),
    Word.TOO_FAR: far_away(1.5),
    Word.CUT_EDGE: placed(draw_qr(TEXT, scale=6), 100, FRAME[1] - 380),
    Word.TILTED: turned_away(70),
}


@pytest.mark.parametrize("word", CASES, ids=str)
def test_a_clear_case_has_its_cause(word: Word) -> None:
    candidate = find_candidate(CASES[word])
    assert candidate is not None
    assert cause_of(measure(CASES[word], candidate)) is word


def test_a_sharp_code_with_a_part_covered_is_not_whole() -> None:
    gray = clear()
    gray[300:420, 580:700] = 60
    candidate = find_candidate(gray)
    assert candidate is not None
    assert cause_of(measure(gray, candidate)) is Word.CUT_EDGE


def test_the_size_of_a_module_is_known_of_a_code_that_could_not_be_corrected() -> None:
    gray = clear()
    gray[260:460, 540:740] = 255
    _, unread = zxing.find_with_unread(gray, zxing.Settings(), "test")
    (code,) = {code.mask: code for code in unread}.values()
    assert (code.modules, code.level) == (61, "M")
    candidate = find_candidate(gray)
    assert candidate is not None
    assert abs(candidate.module_px - 6.0) < 0.3


@pytest.mark.parametrize("corner", ["top left", "top right", "bottom left"])
def test_a_code_larger_than_the_frame_is_too_near(corner: str) -> None:
    code = draw_qr(TEXT, scale=24)
    top = -20 if "top" in corner else FRAME[0] - code.shape[0] + 20
    left = -20 if "left" in corner else FRAME[1] - code.shape[1] + 20
    gray = placed(code, top, left)
    candidate = find_candidate(gray)
    assert candidate is not None
    assert cause_of(measure(gray, candidate)) is Word.TOO_NEAR


def test_a_code_that_went_far_since_the_last_look_is_moving() -> None:
    gray = cv2.GaussianBlur(clear(), (0, 0), 4)
    now = find_candidate(gray)
    assert now is not None
    before = Candidate(now.corners - (120, 0), now.module_px)
    assert cause_of(measure(gray, now, before)) is Word.MOVING
    assert cause_of(measure(gray, now, Candidate(now.corners - (6, 0), now.module_px))) is Word.BLURRED


def car_and_desk() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    text = np.full(FRAME, 220, np.uint8)
    for line in range(10):
        cv2.putText(text, "REGISTRATION 8899 OK BQDO", (20, 60 + line * 66), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 20, 3)
    rings = np.full(FRAME, 90, np.uint8)
    for radius in (40, 80, 120):
        cv2.circle(rings, (400, 300), radius, 230, 6)
    return {
        "nothing": np.full(FRAME, 128, np.uint8),
        "noise": rng.integers(0, 256, FRAME, dtype=np.uint8),
        "a text": text,
        "rings": rings,
        "a gradient": np.tile(np.linspace(0, 255, FRAME[1]).astype(np.uint8), (FRAME[0], 1)),
    }


@pytest.mark.parametrize("name", car_and_desk())
def test_a_view_without_a_code_is_no_code_like_thing(name: str) -> None:
    assert find_candidate(car_and_desk()[name]) is None


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (5, 4096), (21, 21), (4096, 4096)])
def test_a_frame_of_any_shape_is_survived(shape: tuple[int, int]) -> None:
    assert find_candidate(np.zeros(shape, np.uint8)) is None


def test_looking_for_finder_patterns_in_noise_ends_soon() -> None:
    noise = np.random.default_rng(1).integers(0, 256, FRAME, dtype=np.uint8)
    began_s = time.process_time()
    find_candidate(noise)
    assert time.process_time() - began_s < 1.0


@pytest.mark.parametrize("at", [-5000.0, 0.0, 5000.0])
def test_measuring_outside_the_frame_is_survived(at: float) -> None:
    corners = np.array([(at, at), (at + 100, at), (at + 100, at + 100), (at, at + 100)])
    assert isinstance(measure(clear(), Candidate(corners, 2.0)), Measures)
    assert isinstance(measure(np.zeros((21, 21), np.uint8), Candidate(np.zeros((4, 2)), 0.0)), Measures)
