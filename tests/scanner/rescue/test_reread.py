import os
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.scanner import zxing
from firmware.scanner.rescue import Fusion, rescue
from firmware.scanner.rescue.locate import finders_of
from firmware.scanner.zxing import Binarizer, Settings, Unread

_SCALE = 8


def _unread(gray: np.ndarray) -> list[Unread]:
    read, unread = zxing.find_with_unread(gray, Settings(Binarizer.GLOBAL), "test")
    assert not read, "zxing reads it: no case for a second chance"
    return unread


def _covered(code, rows: slice, columns: slice, light: int) -> np.ndarray:
    """The printed picture with a rectangle of modules under one grey."""
    picture = code.picture(_SCALE)
    at = tuple(slice((s.start + 4) * _SCALE, (s.stop + 4) * _SCALE) for s in (rows, columns))
    picture[at] = light
    return picture


@pytest.mark.parametrize("light", [250, 130, 5])
def test_a_code_a_quarter_of_which_is_covered_is_read(dense, light):
    # 38 x 37 of 77 x 77 modules are .237 of the code.
    frame = dense.frame(px=5.0, picture=_covered(dense, slice(30, 68), slice(25, 62), light))
    codes = rescue(frame, _unread(frame))
    assert [code.payload for code in codes] == [dense.payload]
    assert codes[0].corners == pytest.approx(
        np.array([(127.5, 47.5), (512.5, 47.5), (512.5, 432.5), (127.5, 432.5)]), abs=2.0
    )


def test_an_inverted_code_is_read_as_well(dense):
    frame = 255 - dense.frame(px=5.0, picture=_covered(dense, slice(30, 62), slice(25, 57), 250))
    read, unread = zxing.find_with_unread(frame, Settings(Binarizer.LOCAL, invert=True), "test")
    assert not read
    assert [code.payload for code in rescue(frame, unread)] == [dense.payload]


@pytest.mark.parametrize("corner", ["top left", "top right", "bottom left"])
@pytest.mark.parametrize("slant", [0.0, 0.12])
def test_a_code_with_one_finder_pattern_under_a_thumb_is_read(dense, corner, slant):
    at = {"top left": (-3, -3), "top right": (-3, 68), "bottom left": (68, -3)}[corner]
    picture = _covered(dense, slice(at[0], at[0] + 12), slice(at[1], at[1] + 12), 110)
    frame = dense.frame(px=5.0, picture=picture, slant=slant)
    assert not _unread(frame), "zxing gives not even a candidate"
    assert [code.payload for code in rescue(frame, None, budget_s=5.0)] == [dense.payload]


def test_a_small_code_without_version_words_is_read_with_a_finder_pattern_covered(make_code):
    code = make_code(b"small", version=3, level="Q")
    frame = code.frame(px=8.0, picture=_covered(code, slice(-3, 8), slice(-3, 8), 110))
    assert [code.payload for code in rescue(frame, None, budget_s=5.0)] == [code.payload]


def test_glare_that_moves_is_read_over_frames_and_not_in_any_one(dense):
    memory, found, alone = Fusion(), [], []
    for left in (9, 45, 27):
        # Each frame lacks 32 of 77 columns and most of their rows: .36 of the code.
        frame = dense.frame(px=5.0, picture=_covered(dense, slice(9, 77), slice(left, left + 32), 255), shift=left / 9)
        unread = _unread(frame)
        alone += rescue(frame, unread, budget_s=5.0)
        found += rescue(frame, unread or None, memory=memory, budget_s=5.0)
    assert not alone
    assert {code.payload for code in found} == {dense.payload}


def test_a_code_on_a_bottle_is_read(dense):
    """Its sides turned 50 degrees away: zxing finds it and its grid does not fit."""
    side = (len(dense.modules) + 8) * _SCALE
    half, turn = side / 2, np.deg2rad(50)
    seen = np.linspace(-np.sin(turn), np.sin(turn), int(side * np.sin(turn) / turn))
    across = (np.arcsin(seen) / turn * half + half - 0.5).astype(np.float32)
    down = np.arange(side, dtype=np.float32)
    bottle = cv2.remap(dense.picture(_SCALE), *np.meshgrid(across, down), cv2.INTER_LINEAR)
    small = cv2.resize(bottle, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    frame = np.full((480, 640), 120, np.uint8)
    frame[30 : 30 + small.shape[0], 100 : 100 + small.shape[1]] = small
    codes = rescue(frame, _unread(frame), budget_s=5.0) or rescue(frame, None, budget_s=5.0)
    assert [code.payload for code in codes] == [dense.payload]


def test_a_code_in_heavy_noise_is_found_and_read(dense):
    clean = dense.frame(px=4.5)
    noise = np.random.default_rng(8).normal(0.0, 75.0, clean.shape)
    frame = np.clip(clean + noise, 0, 255).astype(np.uint8)
    zxing_reads, _ = zxing.find_with_unread(frame, Settings(Binarizer.GLOBAL), "test")
    assert not zxing_reads
    assert [code.payload for code in rescue(frame, None, budget_s=5.0)] == [dense.payload]


@pytest.mark.parametrize("turn", [0, 1, 3])
def test_a_code_blurred_by_motion_is_found_and_read_whatever_look_comes_first(dense, turn):
    kernel = np.zeros((7, 7), np.float32)
    kernel[3, :] = 1 / 7
    frame = cv2.filter2D(dense.frame(px=4.5), -1, kernel)
    assert not _unread(frame), "zxing gives not even a candidate"
    assert [code.payload for code in rescue(frame, None, budget_s=5.0, turn=turn)] == [dense.payload]


def test_two_codes_of_one_frame_are_both_read(make_code):
    frames = []
    for number in (1, 2):
        code = make_code(b"code number %d" % number, version=6)
        picture = _covered(code, slice(12, 30), slice(12, 30), 250)
        frames.append((code, code.frame(px=6.0, picture=picture, size=(340, 320))))
    frame = np.hstack([gray for _, gray in frames])
    codes = rescue(frame, _unread(frame), budget_s=5.0)
    assert {code.payload for code in codes} == {code.payload for code, _ in frames}


def test_finder_patterns_are_found_to_a_part_of_a_pixel(dense):
    found = finders_of(dense.frame(px=4.0, slant=0.1))[:3]
    assert len(found) == 3
    assert min(finder.likeness for finder in found) > 0.9
    middles = [finder.middle.tolist() for finder in finders_of(dense.frame(px=4.0))[:3]]
    straight = sorted(middles, key=lambda point: [round(value, -1) for value in point])
    expected = [
        (320 - 140 - 0.5, 240 - 140 - 0.5),
        (320 - 140 - 0.5, 240 + 140 - 0.5),
        (320 + 140 - 0.5, 240 - 140 - 0.5),
    ]
    assert straight == [pytest.approx(point, abs=0.3) for point in sorted(expected)]


def _hostile() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    finder = np.zeros((9, 9), np.uint8) + 255
    finder[1:8, 1:8] = 0
    finder[2:7, 2:7] = 255
    finder[3:6, 3:6] = 0
    stripes = np.zeros((480, 640), np.uint8)
    stripes[:, ::4] = 255
    return {
        "tiles": np.kron(np.tile(finder, (18, 24)), np.ones((3, 3), np.uint8)),
        "small tiles": np.tile(finder, (54, 72)),
        "noise": rng.integers(0, 256, (480, 640)).astype(np.uint8),
        "stripes": stripes,
        "checker": np.kron(np.indices((80, 80)).sum(axis=0) % 2, np.ones((6, 6))).astype(np.uint8) * 255,
        "black": np.zeros((480, 640), np.uint8),
    }


@pytest.mark.parametrize("name", list(_hostile()))
def test_a_hostile_frame_is_left_in_time_and_gives_nothing(name):
    frame = _hostile()[name]
    rescue(frame, None, budget_s=0.1)  # tables are made on first use
    began_s = time.process_time()
    assert rescue(frame, None, budget_s=0.1) == []
    assert time.process_time() - began_s < 1.0


@settings(max_examples=40, deadline=None)
@given(
    st.integers(21, 90),
    st.integers(21, 90),
    st.lists(st.floats(-1e4, 1e4), min_size=8, max_size=8),
    st.one_of(st.none(), st.integers(-3, 60)),
    st.sampled_from([None, "L", "H"]),
    st.integers(0, 2**32 - 1),
)
def test_any_candidate_in_any_frame_gives_nothing_and_raises_nothing(height, width, points, version, level, seed):
    frame = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    candidate = Unread(np.array(points).reshape(4, 2), version, level, None if level is None else 3)
    assert rescue(frame, [candidate, candidate], memory=Fusion()) == []


def test_a_frame_too_small_for_a_code_holds_none_and_what_is_no_frame_is_refused():
    assert rescue(np.zeros((20, 400), np.uint8), None) == []
    with pytest.raises(ValueError, match="uint8"):
        rescue(np.zeros((200, 200, 3), np.uint8), None)


def test_nothing_begins_after_the_budget(dense):
    frame = dense.frame(px=5.0, picture=_covered(dense, slice(30, 62), slice(25, 57), 250))
    assert rescue(frame, _unread(frame), budget_s=0.0) == []


@pytest.mark.skipif("YANMA_PICTURES" not in os.environ, reason="YANMA_PICTURES names no folder of photographs")
def test_photographs_without_a_code_give_none():
    folder = Path(os.environ["YANMA_PICTURES"])
    pictures = [path for path in sorted(folder.glob("*/falsepositives*/*")) if path.suffix in {".png", ".jpg"}]
    assert pictures
    for path in pictures:
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        _, unread = zxing.find_with_unread(gray, Settings(downscale=True), "test")
        assert rescue(gray, unread) == []
        assert rescue(gray, None) == []
