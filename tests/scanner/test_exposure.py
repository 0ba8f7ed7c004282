from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import Word
from firmware.scanner.exposure import (
    BRACKET_EV,
    FLICKER_PERIOD_US,
    LIGHT_PLANS,
    Exposure,
    against_flicker,
    bracket,
    light_plan,
    supported,
)


def test_with_a_light_dark_and_lit_frames_alternate() -> None:
    assert [light_plan(cycle, has_light=True).light for cycle in range(4)] == [False, True, False, True]


def test_without_a_light_every_frame_is_exposed_for_screens() -> None:
    assert {light_plan(cycle, has_light=False).name for cycle in range(4)} == {"screen"}


def test_every_plan_asks_against_flicker_and_for_focus() -> None:
    for plan in LIGHT_PLANS:
        controls = plan.controls(fps=0)
        assert controls["AeFlickerPeriod"] == FLICKER_PERIOD_US
        assert controls["AfMode"] == 2
        assert "FrameDurationLimits" not in controls


def test_a_frame_rate_becomes_a_frame_duration() -> None:
    assert LIGHT_PLANS[0].controls(fps=25)["FrameDurationLimits"] == (40_000, 40_000)


def test_plans_can_be_told_apart_by_their_frame_tags() -> None:
    assert len({plan.name for plan in LIGHT_PLANS}) == len(LIGHT_PLANS)


def test_the_bracket_tries_every_light_with_every_bias() -> None:
    plans = [bracket(cycle, has_light=True) for cycle in range(2 * len(BRACKET_EV))]
    assert len({(plan.light, plan.bias_ev) for plan in plans}) == len(plans)
    assert len({plan.name for plan in plans}) == len(plans)
    assert [plan.light for plan in plans] == [False, True] * len(BRACKET_EV)


def test_without_a_light_the_bracket_never_asks_for_it() -> None:
    plans = [bracket(cycle, has_light=False) for cycle in range(6)]
    assert not any(plan.light for plan in plans)
    assert len({plan.bias_ev for plan in plans}) == len(BRACKET_EV)


def test_the_bracket_leans_to_the_dark_side() -> None:
    biases = [bracket(cycle, has_light=False).bias_ev for cycle in range(len(BRACKET_EV))]
    assert sum(biases) < 0
    assert min(biases) < -max(biases)


@pytest.mark.parametrize("trouble", [Word.TOO_BRIGHT, Word.GLARE])
def test_light_that_clips_is_answered_with_less(trouble: Word) -> None:
    assert bracket(0, has_light=False, trouble=trouble).bias_ev == min(
        bracket(cycle, has_light=False).bias_ev for cycle in range(3)
    )


def test_darkness_is_answered_with_more() -> None:
    assert bracket(0, has_light=False, trouble=Word.TOO_DARK).bias_ev > 0


def test_glare_keeps_our_own_light_off() -> None:
    assert not any(bracket(cycle, has_light=True, trouble=Word.GLARE).light for cycle in range(6))


def test_a_trouble_that_light_does_not_mend_leaves_the_order() -> None:
    assert bracket(0, has_light=True, trouble=Word.BLURRED) == bracket(0, has_light=True)


@given(
    st.integers(min_value=20, max_value=200_000),
    st.floats(min_value=1.0, max_value=16.0),
    st.floats(min_value=-3.0, max_value=2.0),
)
def test_an_exposure_is_whole_periods_or_shorter_than_one(time_us: int, gain: float, bias_ev: float) -> None:
    exposure = against_flicker(Exposure(time_us, gain), bias_ev, max_time_us=40_000, max_gain=8.0)
    assert exposure.time_us % FLICKER_PERIOD_US == 0 or exposure.time_us < FLICKER_PERIOD_US
    assert 1 <= exposure.time_us <= 40_000
    assert 1.0 <= exposure.gain <= 8.0
    asked = time_us * gain * 2.0**bias_ev
    given_light = exposure.time_us * exposure.gain
    assert abs(given_light - asked) <= 0.5 + 1e-6 * asked or given_light == 320_000 or asked < 1


@pytest.mark.parametrize(
    ("metered_us", "expected"),
    [
        (9_999, Exposure(9_999, 1.0)),
        (10_000, Exposure(10_000, 1.0)),
        (10_001, Exposure(10_000, 1.0001)),
        (80_000, Exposure(10_000, 8.0)),
        (80_001, Exposure(20_000, 4.00005)),
        (400_000, Exposure(40_000, 8.0)),
    ],
)
def test_one_period_with_gain_comes_before_a_longer_time(metered_us: int, expected: Exposure) -> None:
    found = against_flicker(Exposure(metered_us, 1.0), 0.0, max_time_us=40_000, max_gain=8.0)
    assert (found.time_us, round(found.gain, 6)) == (expected.time_us, round(expected.gain, 6))


def test_a_manual_exposure_switches_the_automatic_one_off() -> None:
    assert Exposure(10_000, 2.0).controls() == {"AeEnable": False, "ExposureTime": 10_000, "AnalogueGain": 2.0}


def test_only_controls_that_a_camera_has_are_asked_of_it() -> None:
    assert supported(LIGHT_PLANS[0].controls(fps=10), {"AeEnable", "ExposureValue", "Brightness"}) == {
        "AeEnable": True,
        "ExposureValue": -0.5,
    }
