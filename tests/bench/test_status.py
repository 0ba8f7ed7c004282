"""The bench of the register, small: its figures hold what the page says, and its entropies are those of the textbook."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.status_world import Drawn, draw, entropy, next_day
from tests.cli.conftest import ROOT


def test_figures_of_a_city_are_within_their_bounds(tmp_path: Path) -> None:
    command = "-m bench.status --n 20e6 --rate 0.01 --daily 0.0005 --seed 3 --json".split()
    subprocess.run(
        [sys.executable, *command, tmp_path / "f.json"], check=True, cwd=ROOT, capture_output=True, timeout=120
    )
    found = json.loads((tmp_path / "f.json").read_text())
    assert 1 <= found["snapshot_ratio"] <= 1.02
    assert 1 <= found["queryable_ratio"] <= 1.05
    assert 1 <= found["delta_ratio"] <= 1.02
    assert found["rss_mb"] <= 5
    assert found["merge_peak_mb"] <= 64
    assert {"lookup_us", "build_s", "merge_s"} <= found.keys()
    assert {row["peer"] for row in found["peers"]} > {"this register", "64-bit hashes"}


def test_entropy_of_a_register_is_that_of_its_places() -> None:
    drawn = Drawn(1000, np.arange(100), np.repeat(np.array([1, 2], np.uint8), 50))
    expected = 1000 * -(0.9 * math.log2(0.9) + 2 * 0.05 * math.log2(0.05))
    assert entropy(drawn) == pytest.approx(expected / 8)


def test_a_day_changes_what_it_says_and_nothing_else() -> None:
    chance = np.random.default_rng(1)
    old = draw(1_000_000, 0.02, chance)
    new, bits = next_day(old, 0.001, chance)
    before, after = (dict(zip(d.positions.tolist(), d.states.tolist(), strict=True)) for d in (old, new))
    assert len(after.keys() - before.keys()) == pytest.approx(450, abs=2)
    assert len(before.keys() - after.keys()) == 450
    assert sum(before[place] != after[place] for place in before.keys() & after.keys()) == 100
    assert (np.diff(new.positions) > 0).all()
    assert 1000 < bits < 3000
