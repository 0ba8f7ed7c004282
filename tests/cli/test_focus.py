"""`yanma focus`: from frames to a score that a person can turn a lens by."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware.cli import main
from firmware.model import Exposure
from firmware.scanner.focusing import exposure_of, focus_of, module_px_of
from tests.scanner.conftest import draw_qr

SCALE = 8
CODE = draw_qr("JZ1:FOCUS", scale=SCALE, frame=(480, 640))


def test_the_score_falls_with_blur_and_the_peak_remembers() -> None:
    scores, peak = [], 0
    for sigma in (0.5, 1.0, 2.0, 3.0, 5.0):
        focus = focus_of(cv2.GaussianBlur(CODE, (0, 0), sigma), peak)
        scores.append(focus.score)
        peak = focus.peak
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert peak == scores[0]


def test_the_size_of_the_modules_is_that_of_the_drawing() -> None:
    found = module_px_of(CODE)
    assert found is not None
    assert abs(found - SCALE) < 0.25
    assert module_px_of(np.full((480, 640), 128, np.uint8)) is None


@pytest.mark.parametrize(
    ("gray", "said"),
    [
        (CODE, Exposure.GOOD),
        (CODE // 5, Exposure.DARK),
        (np.full((480, 640), 255, np.uint8), Exposure.BRIGHT),
        (np.zeros((480, 640), np.uint8), Exposure.DARK),
    ],
    ids=["a code in good light", "in the dark", "burnt out", "the cap is on"],
)
def test_the_light_is_judged(gray: np.ndarray, said: Exposure) -> None:
    assert exposure_of(np.minimum(gray, 240) if said is Exposure.GOOD else gray) is said


def test_a_line_a_second_for_a_connection_without_a_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "code.png"), CODE)
    assert main(["focus", "--source", str(tmp_path), "--panel", "none", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["score"] == told["peak"] > 50
    assert abs(told["module_px"] - SCALE) < 0.25


def test_the_screen_shows_what_is_told(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "code.png"), CODE)
    picture = tmp_path / "screen.png"
    assert main(["focus", "--source", str(tmp_path), "--panel", f"png:{picture}", "--lang", "en"]) == 0
    assert picture.is_file()


def test_a_camera_that_is_not_there_is_told_with_the_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["focus", "--source", "/dev/video99", "--panel", "none"]) == 69
    assert "next step" in capsys.readouterr().err
