from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from bench.degrader import Shot, shoot
from bench.degrader.symbols import usual_symbol
from bench.reading.hostile import hostile_frames, tiled_finders
from firmware.scanner import read_codes
from firmware.scanner.crowd import crowd_of
from firmware.scanner.decoders import CROWDED_S, SEARCH_S
from firmware.scanner.rescue import rescue
from tests.scanner.conftest import draw_qr

SIZE = (1280, 720)


@pytest.mark.parametrize("module_px", [2, 3, 4, 5, 6])
def test_a_poster_tiled_with_finder_patterns_is_crowded(module_px: int) -> None:
    assert crowd_of(tiled_finders(module_px, SIZE)).hides_all


def test_a_turned_poster_is_crowded_too() -> None:
    turn = cv2.getRotationMatrix2D((640, 360), 17, 1.0)
    turned = cv2.warpAffine(tiled_finders(4, SIZE), turn, SIZE, borderMode=cv2.BORDER_REFLECT)
    assert crowd_of(np.asarray(turned, np.uint8)).hides_all


@pytest.mark.parametrize(("length", "scale"), [(5, 24), (120, 13), (2300, 3)], ids=["small", "usual", "largest"])
def test_a_code_that_fills_its_frame_is_not_crowded(length: int, scale: int) -> None:
    gray = draw_qr(b"x" * length, scale=scale)
    assert 550 < gray.shape[0] < 800
    assert not crowd_of(gray).hides_all


def test_a_sheet_full_of_codes_is_not_crowded_and_is_read() -> None:
    one = draw_qr("SHEET", scale=4)
    sheet = np.tile(one, (720 // one.shape[0], 1280 // one.shape[1]))
    assert not crowd_of(sheet).hides_all
    assert {code.payload for code in read_codes(sheet)} == {b"SHEET"}


@pytest.mark.parametrize("shot", [Shot(iso=102400.0), Shot(halftone_modules=1.2), Shot(under_ev=8.0, iso=400.0)])
def test_the_worst_frames_of_real_codes_are_not_crowded(shot: Shot) -> None:
    assert not crowd_of(shoot(usual_symbol(4), shot, 4)[0]).hides_all


def test_small_and_empty_frames_are_not_crowded() -> None:
    for gray in (np.zeros((21, 21), np.uint8), tiled_finders(3, (200, 200)), np.full((720, 1280), 200, np.uint8)):
        assert not crowd_of(gray).hides_all
        assert not crowd_of(gray).is_noise


def test_noise_and_bars_are_known_as_such() -> None:
    rng = np.random.default_rng(1)
    assert crowd_of(rng.integers(0, 256, (720, 1280), dtype=np.uint8)).is_noise
    assert not crowd_of(draw_qr("QUIET", scale=6, frame=(720, 1280))).is_noise


def test_hostile_frames_cost_a_still_picture_little_more_than_any_empty_one() -> None:
    """Beside pyzbar on the same frames, so that a busy machine changes nothing: before, the ratio was above 4."""
    from firmware.scanner import zbar

    ours_s = peer_s = 0.0
    for name, gray in hostile_frames():
        if not name.startswith("finder patterns"):
            continue
        began_s = time.thread_time()
        assert read_codes(gray, effort="full") == []
        ours_s += time.thread_time() - began_s
        began_s = time.thread_time()
        zbar.find(gray, "QRCode", "peer")
        peer_s += time.thread_time() - began_s
    assert ours_s < peer_s


def test_a_search_is_bounded_by_what_it_tries_and_not_by_its_time_alone() -> None:
    gray = tiled_finders(5, SIZE)
    began_s = time.thread_time()
    assert rescue(gray, None, budget_s=60.0) == []
    assert time.thread_time() - began_s < 2 * SEARCH_S, "of 24 patterns there are thousands of threes"
    assert CROWDED_S < SEARCH_S
