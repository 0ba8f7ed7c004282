from __future__ import annotations

import numpy as np
import pytest

from firmware.scanner.novelty import Novelty

RNG = np.random.default_rng(4)
LANE = np.tile(np.linspace(20, 200, 1280).astype(np.uint8), (720, 1))


def noisy(gray: np.ndarray, sigma: float = 2.5) -> np.ndarray:
    return np.clip(gray + RNG.normal(0, sigma, gray.shape), 0, 255).astype(np.uint8)


def test_an_empty_lane_ages_in_spite_of_the_sensors_noise() -> None:
    novelty = Novelty()
    ages = [novelty.unchanged_s(noisy(LANE), at_s) for at_s in (10.0, 11.0, 12.5)]
    assert ages == [0.0, 1.0, 2.5]


def test_a_small_phone_that_appears_makes_the_view_new() -> None:
    novelty = Novelty()
    novelty.unchanged_s(noisy(LANE), 0.0)
    shown = LANE.copy()
    shown[300:400, 600:700] = 255 - shown[300:400, 600:700] // 2
    assert novelty.unchanged_s(noisy(shown), 5.0) == 0.0
    assert novelty.unchanged_s(noisy(shown), 6.0) == 1.0


def test_slow_dusk_adds_up_to_a_change() -> None:
    novelty = Novelty()
    ages = [novelty.unchanged_s((LANE * (1.0 - step / 100)).astype(np.uint8), float(step)) for step in range(40)]
    assert max(ages) < 39.0
    assert ages.count(0.0) > 1


def test_a_frame_of_another_size_is_new() -> None:
    novelty = Novelty()
    novelty.unchanged_s(LANE, 0.0)
    assert novelty.unchanged_s(LANE[:, :640], 1.0) == 0.0


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (5, 4096)])
def test_a_frame_of_any_shape_is_survived(shape: tuple[int, int]) -> None:
    novelty = Novelty()
    assert novelty.unchanged_s(np.zeros(shape, np.uint8), 0.0) == 0.0
    assert novelty.unchanged_s(np.zeros(shape, np.uint8), 1.0) == 1.0
