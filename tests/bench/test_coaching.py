"""Coaching against frames whose cause is known because it was drawn."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.degrader import Shot, shoot
from bench.degrader.coaching import CAUSES, labelled
from bench.degrader.symbols import usual_symbol
from firmware.model import Word
from firmware.scanner.quality import cause_of, find_candidate, measure

SEEDS = range(500, 506)


def told(cause: Word, seed: int) -> Word | None:
    earlier, gray = labelled(cause, seed)
    now = find_candidate(gray)
    return None if now is None else cause_of(measure(gray, now, find_candidate(earlier)))


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_nine_of_ten_causes_are_told_right() -> None:
    told_by_cause = {cause: Counter(told(cause, seed) for seed in SEEDS) for cause in CAUSES}
    right = {cause: told_by_cause[cause][cause] / len(SEEDS) for cause in CAUSES}
    assert sum(right.values()) / len(right) >= 0.9, told_by_cause
    assert min(right.values()) >= 0.6, told_by_cause


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sharpness_falls_with_every_step_of_blur(seed: int) -> None:
    views = [shoot(usual_symbol(seed), Shot(defocus_modules=disc), seed)[0] for disc in (0.0, 0.6, 1.2, 2.0, 3.0)]
    sharp = find_candidate(views[0])
    assert sharp is not None
    scores = [measure(view, sharp).sharpness for view in views]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 2 * scores[-1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_smear_is_uneven_and_a_disc_is_not(seed: int) -> None:
    blurred, smeared = (
        shoot(usual_symbol(seed), shot, seed)[0] for shot in (Shot(defocus_modules=2.0), Shot(motion_modules=3.5))
    )
    evenness = []
    for view in (blurred, smeared):
        candidate = find_candidate(view)
        assert candidate is not None
        evenness.append(measure(view, candidate).evenness)
    assert evenness[0] > 0.7
    assert evenness[1] < 0.7 * evenness[0]
