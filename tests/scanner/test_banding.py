"""Bands of lamps on the mains, as a rolling shutter sees them: made by the equation of the light, row after row."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from firmware.scanner.banding import MIN_FRAMES, MOST_SWING, banding_of
from firmware.scanner.brightness import brightness_of
from firmware.scanner.codes import Gray
from tests.scanner.conftest import draw_qr

HEIGHT, WIDTH = 480, 640
SCENE = draw_qr("JZ1:" + "A1B2" * 40, scale=5, frame=(HEIGHT, WIDTH)) // 2 + 60


def shutter(
    number: int, *, depth: float, flicker_hz: float, exposure_s: float, fps: float = 15.0, readout_s: float = 0.03
) -> float | np.ndarray:
    """The light of each row of a frame: the mean of 1 + depth * sin(2 pi f t) over the row's exposure."""
    begins = number / fps + np.arange(HEIGHT) * readout_s / HEIGHT
    omega = 2 * np.pi * flicker_hz
    return 1 + depth * (np.cos(omega * begins) - np.cos(omega * (begins + exposure_s))) / (omega * exposure_s)


def filmed(count: int = 12, scene: Gray = SCENE, **light: float) -> list[Gray]:
    rng = np.random.default_rng(5)
    frames = []
    for number in range(count):
        rows = shutter(number, **light)[:, None] if light else np.ones((HEIGHT, 1))
        noisy = scene * rows + rng.normal(0, 2.2, scene.shape)
        frames.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return frames


@pytest.mark.parametrize(
    ("flicker_hz", "fps", "waves"), [(100.0, 15.0, 3), (120.0, 14.0, 4)], ids=["50 Hz mains", "60 Hz mains"]
)
def test_lamps_on_the_mains_are_seen_with_their_waves_a_frame(flicker_hz: float, fps: float, waves: int) -> None:
    found = banding_of(filmed(depth=0.3, flicker_hz=flicker_hz, exposure_s=0.002, fps=fps))
    assert found is not None
    assert found.bad
    assert abs(found.waves - waves) <= 1
    assert 0.2 < found.swing < 0.4


def test_bands_that_stand_still_are_not_told_from_a_scene() -> None:
    """The known limit: a frame rate that divides the flicker's exactly."""
    found = banding_of(filmed(depth=0.3, flicker_hz=100.0, exposure_s=0.002, fps=10.0))
    assert found is not None
    assert found.waves == 0


def test_an_exposure_of_one_period_sees_none() -> None:
    found = banding_of(filmed(depth=0.3, flicker_hz=100.0, exposure_s=0.010))
    assert found is not None
    assert not found.bad


@pytest.mark.parametrize("depth", [0.5, 2.0])
def test_the_line_between_few_and_too_many_bands(depth: float) -> None:
    """A swing of so many times the limit; the measure is within a third of it."""
    found = banding_of(filmed(depth=depth * MOST_SWING, flicker_hz=100.0, exposure_s=0.0005))
    assert found is not None
    assert found.bad is (depth > 1)


def test_daylight_has_none() -> None:
    found = banding_of(filmed())
    assert found is not None
    assert (found.bad, found.waves) == (False, 0)


def test_a_striped_scene_that_stands_still_is_no_flicker() -> None:
    stripes = np.repeat((120 + 60 * np.sin(np.arange(HEIGHT) * 0.05))[:, None], WIDTH, axis=1).astype(np.uint8)
    found = banding_of(filmed(scene=stripes))
    assert found is not None
    assert not found.bad


def test_a_hand_that_moves_a_card_is_no_flicker() -> None:
    frames = []
    for number in range(12):
        moved = np.float32([[1, 0, 0], [0, 1, 9 * number - 50]])
        frames.append(np.asarray(cv2.warpAffine(SCENE, moved, (WIDTH, HEIGHT), borderValue=124), np.uint8))
    found = banding_of(frames)
    assert found is not None
    assert not found.bad


def test_a_light_that_changes_as_a_whole_is_no_flicker() -> None:
    frames = [np.clip(frame * (0.7 + 0.05 * n), 0, 255).astype(np.uint8) for n, frame in enumerate(filmed())]
    found = banding_of(frames)
    assert found is not None
    assert not found.bad


def test_too_few_frames_and_darkness_say_nothing() -> None:
    assert banding_of(filmed(MIN_FRAMES - 1)) is None
    assert banding_of(filmed(MIN_FRAMES)) is not None
    assert banding_of([np.zeros((HEIGHT, WIDTH), np.uint8)] * MIN_FRAMES) is None


def test_dirt_on_the_lens_lifts_the_veil_and_not_the_mean_alone() -> None:
    clear = brightness_of(SCENE)
    veiled = brightness_of((SCENE * 0.7 + 50).astype(np.uint8))
    brighter = brightness_of(np.clip(SCENE * 1.2, 0, 255).astype(np.uint8))
    assert veiled.veil > 1.5 * clear.veil
    assert abs(brighter.veil - clear.veil) < 0.02
    assert brighter.luma > clear.luma


def test_clipped_and_dark_shares_are_counted() -> None:
    halves = np.zeros((HEIGHT, WIDTH), np.uint8)
    halves[: HEIGHT // 2] = 255
    found = brightness_of(halves)
    assert (found.clipped, found.dark) == (0.5, 0.5)
