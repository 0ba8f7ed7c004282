from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model import Word
from firmware.scanner.exposure import (
    BRACKET_AFTER_S,
    BRACKET_EV,
    BRACKET_TURN_S,
    FLICKER_PERIOD_US,
    LIGHT_PLANS,
    MAX_TIME_US,
    Exposure,
    LightTurns,
    Trouble,
    against_flicker,
    bracket,
    exposing,
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


def seen(cause: Word = Word.TOO_BRIGHT, since_s: float = 10.0) -> Trouble:
    return Trouble(cause, since_s)


def test_a_view_without_trouble_is_exposed_by_the_first_plan() -> None:
    turns = LightTurns()
    assert [turns.plan(None, False, now_s) for now_s in (0.0, 5.0, 90.0)] == [LIGHT_PLANS[0]] * 3


def test_light_is_left_alone_until_the_patience_is_over() -> None:
    turns = LightTurns()
    assert turns.plan(seen(), False, 10.0 + BRACKET_AFTER_S - 0.01) == LIGHT_PLANS[0]
    assert turns.plan(seen(), False, 10.0 + BRACKET_AFTER_S + 0.01).bias_ev < LIGHT_PLANS[0].bias_ev


def test_a_bracket_tries_each_bias_once_and_then_again() -> None:
    turns = LightTurns()
    biases = [turns.plan(seen(), False, 10.01 + BRACKET_AFTER_S + n * BRACKET_TURN_S).bias_ev for n in range(6)]
    assert sorted(biases[:3]) == sorted(LIGHT_PLANS[0].bias_ev + bias for bias in BRACKET_EV)
    assert biases[3:] == biases[:3]


def test_the_cause_that_our_own_bias_makes_does_not_turn_the_bracket_round() -> None:
    turns = LightTurns()
    at_s = 10.01 + BRACKET_AFTER_S
    first = turns.plan(seen(Word.TOO_BRIGHT), False, at_s)
    assert turns.plan(seen(Word.TOO_DARK), False, at_s + 0.1) == first


def test_the_plan_under_which_a_code_was_read_stays_while_the_code_is_in_view() -> None:
    turns = LightTurns()
    at_s = 10.01 + BRACKET_AFTER_S
    dark = turns.plan(seen(), False, at_s)
    assert turns.plan(None, True, at_s + 0.1) == dark
    assert turns.plan(None, False, at_s + 2.0) == LIGHT_PLANS[0]


def test_with_our_own_light_on_paper_is_among_the_turns() -> None:
    turns = LightTurns(has_light=True)
    plans = [turns.plan(seen(), False, 10.01 + BRACKET_AFTER_S + n * BRACKET_TURN_S) for n in range(6)]
    assert {plan.light for plan in plans} == {False, True}


DARKER = replace(LIGHT_PLANS[0], name="darker", bias_ev=LIGHT_PLANS[0].bias_ev - 1.0)
BY_HAND = {"AeEnable": (0, 1, 1), "ExposureTime": (100, 200_000, 0), "AnalogueGain": (1.0, 8.0, 1.0)}


def test_a_camera_that_avoids_flicker_itself_is_told_the_bias_alone() -> None:
    has = {"AeEnable": (0, 1, 1), "ExposureValue": (-8, 8, 0), "AeFlickerPeriod": (100, 10**6, 0)} | BY_HAND
    assert exposing(DARKER, has, Exposure(20_000, 2.0)) == {"AeEnable": True, "ExposureValue": -1.5}


def test_a_camera_that_flickers_is_exposed_by_hand_in_whole_periods() -> None:
    wanted = exposing(DARKER, BY_HAND, Exposure(20_000, 2.0))
    assert wanted == {"AeEnable": False, "ExposureTime": FLICKER_PERIOD_US, "AnalogueGain": 2.0}


def test_the_first_plan_hands_the_exposure_back() -> None:
    assert exposing(LIGHT_PLANS[0], BY_HAND, Exposure(20_000, 2.0)) == {"AeEnable": True}


@pytest.mark.parametrize("metered", [None, Exposure(20_000, 2.0)])
def test_a_camera_without_these_controls_is_told_nothing(metered: Exposure | None) -> None:
    assert exposing(DARKER, {"AfMode": (0, 2, 0)}, metered) == {}


def test_no_exposure_by_hand_is_longer_than_a_hand_holds_still() -> None:
    wanted = exposing(replace(DARKER, bias_ev=4.0), BY_HAND, Exposure(50_000, 8.0))
    assert wanted["ExposureTime"] == MAX_TIME_US
    assert wanted["AnalogueGain"] == 8.0
