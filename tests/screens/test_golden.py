"""The golden screens, compared bit for bit, and how far apart the families look from a distance."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageChops

from firmware.display import screens
from firmware.display.idle import draw_idle
from firmware.display.signals import notice_for
from firmware.display.text import LANGUAGES
from firmware.model import ClockLevel, Facts, Family, Icon, Idle, Notice, Reason, Verdict, Word
from tests.screens.cases import BY_REASON, POST, all_cases
from tests.screens.regenerate import CONTACT_SHEET, FOLDER, pictures

DRAWN = pictures()
BLUR_SIGMA_PX = 3
MOST_ALIKE = 0.72  # the limit is 0.90; 0.69 was reached


@pytest.mark.parametrize("name", DRAWN)
def test_screen_is_as_it_was_reviewed(name: str) -> None:
    with Image.open(FOLDER / f"{name}.png") as golden:
        assert golden.size == (128, 64)
        difference = ImageChops.difference(golden.convert("1"), DRAWN[name]).getbbox()
    assert difference is None, f"{name} differs in {difference}; look at it, then python -m tests.screens.regenerate"


def test_there_is_no_golden_screen_that_nothing_draws() -> None:
    assert {file.stem for file in FOLDER.glob("*.png")} == {*DRAWN, CONTACT_SHEET.stem}


def test_every_reason_has_a_golden_screen_in_every_language() -> None:
    assert {f"{reason}.{language}" for reason in Reason for language in LANGUAGES} <= set(DRAWN)


def _blurred_band(picture: Image.Image) -> np.ndarray:
    """The upper band as the eye sees it from afar: a Gaussian blur, normalised for correlation."""
    reach = np.arange(-4 * BLUR_SIGMA_PX, 4 * BLUR_SIGMA_PX + 1)
    kernel = np.exp(-(reach**2) / (2 * BLUR_SIGMA_PX**2))
    kernel /= kernel.sum()
    band = np.asarray(picture.convert("L"), dtype=float)[: screens.BAND_HEIGHT]
    padded = np.pad(band, 4 * BLUR_SIGMA_PX, mode="reflect")
    for axis in (0, 1):
        padded = np.apply_along_axis(lambda line: np.convolve(line, kernel, mode="valid"), axis, padded)
    flat = padded.ravel() - padded.mean()
    return flat / np.linalg.norm(flat)


@pytest.mark.parametrize("language", LANGUAGES)
def test_families_are_told_apart_from_a_distance(language: str) -> None:
    seen: dict[tuple[Family, bytes], np.ndarray] = {}
    for verdict, post in all_cases().values():
        notice = notice_for(verdict, post, language)
        picture = screens.draw_notice(notice)
        seen.setdefault((notice.family, picture.tobytes()[: 16 * screens.BAND_HEIGHT]), _blurred_band(picture))
    alike = [
        (float(one @ other), family, other_family)
        for ((family, _), one), ((other_family, _), other) in combinations(seen.items(), 2)
        if family != other_family and {family, other_family} != {Family.GO, Family.GO_NOTICE}
    ]
    assert max(alike)[0] < MOST_ALIKE


@pytest.mark.parametrize("language", LANGUAGES)
def test_wanted_differs_from_an_unsure_screen_in_the_footer_only(language: str) -> None:
    wanted = DRAWN[f"WANTED.{language}"]
    unsure = DRAWN[f"CANNOT_TELL.{Word.LOOK_UP_ONLINE}.{language}"]
    difference = ImageChops.difference(wanted, unsure).getbbox()
    assert difference is not None
    assert difference[1] > screens.BAND_HEIGHT


@pytest.mark.parametrize("reason", Reason)
def test_only_stop_and_alert_light_their_band(reason: Reason) -> None:
    picture = DRAWN[f"{reason}.zh"].crop((0, 0, 128, screens.BAND_HEIGHT))
    lit_share = np.asarray(picture, dtype=float).mean()
    lit = reason.family in (Family.STOP, Family.ALERT) and reason is not Reason.WANTED
    assert (lit_share > 0.5) == lit


def test_a_demonstration_says_so_on_every_screen() -> None:
    plain = BY_REASON[Reason.VALID]
    assert DRAWN["VALID.demo.zh"].tobytes() != screens.draw_notice(notice_for(plain, POST, "zh")).tobytes()
    mark = DRAWN["VALID.demo.zh"].crop((0, 36, 48, 48)).tobytes()
    assert DRAWN["VALID.demo.en"].crop((0, 36, 48, 48)).tobytes() == mark


def test_lines_that_nobody_fitted_are_shortened_and_never_raise() -> None:
    long = "很长的一行字" * 20
    picture = screens.draw_notice(Notice(Family.STOP, Icon.CROSS, long, long, long, lit=True))
    assert picture.size == (128, 64)
    assert picture.mode == "1"


def test_the_same_notice_gives_the_same_picture() -> None:
    verdict = Verdict(Family.GO, Reason.VALID, facts=Facts(plate="京A12345"))
    notice = notice_for(verdict, POST, "zh")
    assert screens.draw_notice(notice).tobytes() == screens.draw_notice(notice).tobytes()


def test_blank_is_dark() -> None:
    assert screens.blank().getbbox() is None


@pytest.mark.parametrize(("age_s", "count"), [(None, 0), (59.0, 1), (23 * 3600.0, 9999), (10**9, 10**9)])
@pytest.mark.parametrize("level", ClockLevel)
def test_the_idle_screen_takes_any_figures(level: ClockLevel, age_s: float | None, count: int) -> None:
    for language in LANGUAGES:
        picture = draw_idle(Idle("14:32", level, age_s, count), language)
        assert picture.size == (128, 64)
