from __future__ import annotations

import cv2
import numpy as np
import pytest

from bench.degrader import AXES, MIXTURES, Shot, bar_symbol, frames, mixture_frames, qr_symbol, shoot, shoot_colour
from bench.degrader.blobs import Blob, cover, covering, lamp
from bench.degrader.lens import disc, hand_path
from bench.degrader.screen import grid_light
from bench.degrader.sensor import grey_values
from bench.degrader.symbols import usual_symbol
from firmware.scanner import CODE_128, read_codes

SMALL = qr_symbol("JZ1:SMALL", "m")


def still(**changes: object) -> Shot:
    """A shot that no hand moves."""
    return Shot(hand=False, **changes)  # type: ignore[arg-type]


def code_part(gray: np.ndarray, shot: Shot, rows: int) -> np.ndarray:
    """The part of a frame that the code fills when nothing turns it."""
    half = rows * shot.module_px / 2
    top, left = round(360 - half), round(640 - half)
    return gray[top : top + round(2 * half), left : left + round(2 * half)]


@pytest.mark.parametrize("axis", AXES)
def test_the_mildest_strength_of_each_axis_is_read_and_the_same_seed_gives_the_same_bytes(axis: str) -> None:
    strength = AXES[axis].strengths[0]
    (gray,) = frames(axis, strength, seed=11)
    assert (gray.shape, gray.dtype) == ((720, 1280), np.uint8)
    assert usual_symbol(11).payload in {code.payload for code in read_codes(gray, effort="full")}
    assert np.array_equal(gray, frames(axis, strength, seed=11)[0])
    assert not np.array_equal(gray, frames(axis, strength, seed=12)[0])


@pytest.mark.parametrize("mixture", MIXTURES)
def test_a_mixture_grows_harder(mixture: str) -> None:
    (mild,), (severe,) = (mixture_frames(mixture, strength, 3, symbol=SMALL) for strength in (0.1, 1.0))
    assert not np.array_equal(mild, severe)
    assert SMALL.payload in {code.payload for code in read_codes(mild)}


def test_a_sharp_code_is_drawn_where_geometry_says() -> None:
    shot = still(module_px=8.0, iso=1.0)
    gray = shoot(SMALL, shot, 1)[0]
    rows = SMALL.modules.shape[0]
    middles = code_part(gray, shot, rows)[4::8, 4::8]
    assert np.array_equal(middles < 130, SMALL.modules)


def test_area_averaging_mixes_light_not_grey_values() -> None:
    """A fine checker of black and white seen from afar has half the light, which is far above half the grey value."""
    shot = still(module_px=0.2, iso=1.0)
    gray = shoot(usual_symbol(1), shot, 1)[0]
    white, black = (float(grey_values(np.array([level], np.float32))[0]) for level in (0.75, 0.035))
    middle = float(gray[358:362, 638:642].mean())
    half_light = float(grey_values(np.array([(0.75 + 0.035) / 2], np.float32))[0])
    assert abs(middle - half_light) < 12
    assert middle > (white + black) / 2 + 15


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_a_blob_covers_exactly_the_share_it_is_asked_for(share: float) -> None:
    rng = np.random.default_rng(5)
    across, down = np.meshgrid(np.linspace(-38, 38, 301), np.linspace(-38, 38, 301))
    for blob in (
        lamp(share, 76, 76, rng),
        cover(share, 76, 76, rng),
        covering(Blob(3, 4, 1, 0.5, 1, 2), share, 76, 76),
    ):
        inside = blob.field(across.astype(np.float32), down.astype(np.float32)) < 1
        assert abs(float(inside.mean()) - share) < 0.01


def test_a_sticker_leaves_the_finder_patterns_free_where_it_can() -> None:
    across, down = np.meshgrid(np.arange(77) - 38.0, np.arange(77) - 38.0)
    for seed in range(20):
        field = cover(0.2, 77, 77, np.random.default_rng(seed)).field(
            across.astype(np.float32), down.astype(np.float32)
        )
        assert not any((corner < 1).any() for corner in (field[:8, :8], field[:8, -8:], field[-8:, :8]))


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_glare_clips_the_share_it_is_asked_for(share: float) -> None:
    shot = still(glare=share)
    symbol = usual_symbol(2)
    part = code_part(shoot(symbol, shot, 2)[0], shot, 77)
    dark_modules = np.kron(symbol.modules, np.ones((4, 4), bool))[: part.shape[0], : part.shape[1]]
    clipped = float((part[dark_modules] >= 250).mean())
    assert abs(clipped - share) < 0.06


def test_glare_wanders_and_the_hand_trembles_within_an_episode() -> None:
    first, *_, last = shoot(usual_symbol(2), Shot(glare=0.15), 2, 8)
    lit = [np.argwhere(gray >= 254).mean(axis=0) for gray in (first, last)]
    assert np.linalg.norm(lit[0] - lit[1]) > 40


def test_a_finder_pattern_wholly_covered_is_gone_and_the_others_are_not() -> None:
    symbol = usual_symbol(3)
    shot = still(finder_covered=1.0, iso=1.0)
    part = code_part(shoot(symbol, shot, 3)[0], shot, 77)
    corners = (part[:28, :28], part[:28, -28:], part[-28:, :28])
    flat = [float(corner[4:-4, 4:-4].std()) < 12 for corner in corners]
    assert flat.count(True) == 1


@pytest.mark.parametrize("length", [1.0, 7.5, 40.0])
def test_a_path_and_a_disc_keep_all_light(length: float) -> None:
    for kernel in (hand_path(length, np.random.default_rng(1)), disc(length)):
        assert abs(float(kernel.sum()) - 1.0) < 1e-4
        assert float(kernel.min()) >= 0.0
        assert kernel.shape[0] % 2 == kernel.shape[1] % 2 == 1


def test_a_path_is_a_line_and_no_box() -> None:
    kernel = hand_path(30.0, np.random.default_rng(4))
    lit = float((kernel > 0.1 * kernel.max()).sum())
    assert 20 < lit < 130
    assert lit < 0.4 * kernel.size


def test_a_screen_gives_each_colour_its_full_light_on_average() -> None:
    down, across = np.mgrid[:240, :240].astype(np.float32) / 12
    light = grid_light(across, down, 1.0)
    assert np.allclose(light.mean(axis=(0, 1)), 1.0, atol=0.02)
    assert not np.allclose(light[..., 0], light[..., 2])


def test_moire_is_wide_bands_that_no_pixel_of_the_screen_has() -> None:
    """On the white of a screen seen two camera pixels a pixel, light changes slowly over many pixels."""
    gray = shoot(usual_symbol(5), still(screen_px=2.05, iso=50.0, roll_deg=1.5), 5)[0]
    plain = shoot(usual_symbol(5), still(iso=50.0, roll_deg=1.5), 5)[0]
    rim = np.s_[190:520, 466:476]
    slow = [float(cv2.GaussianBlur(view[rim].astype(np.float32), (0, 0), 2.5).std()) for view in (gray, plain)]
    assert slow[0] > 2 * slow[1]


def test_creases_and_cylinders_shade_the_paper_and_bend_the_code() -> None:
    flat = shoot(usual_symbol(5), still(iso=1.0), 5)[0]
    for changes in ({"crease_deg": 45.0}, {"cylinder_deg": 100.0}):
        bent = shoot(usual_symbol(5), still(iso=1.0, **changes), 5)[0]
        white = np.percentile(bent[210:510, 490:790], [60, 95])
        assert white[1] - white[0] > 8
        assert not np.array_equal(flat, bent)


def test_code_128_is_drawn_too() -> None:
    symbol = bar_symbol("150012345678")
    gray = shoot(symbol, Shot(module_px=3.0), 1)[0]
    assert [code.payload for code in read_codes(gray, formats=(CODE_128,), effort="full")] == [b"150012345678"]


def test_a_coloured_code_differs_in_its_planes() -> None:
    bgr = shoot_colour(SMALL, still(ink=(0.5, 0.03, 0.04)), 1)[0]
    blue, red = bgr[..., 0].astype(int), bgr[..., 2].astype(int)
    part = np.s_[300:420, 580:700]
    assert blue[part].std() > 1.5 * red[part].std()


def test_a_code_out_of_view_leaves_an_empty_desk() -> None:
    gray = shoot(SMALL, still(shift_px=(4000.0, 0.0)), 1)[0]
    assert read_codes(gray) == []


def test_other_frame_sizes_are_drawn() -> None:
    assert shoot(SMALL, Shot(size=(640, 480)), 1)[0].shape == (480, 640)
