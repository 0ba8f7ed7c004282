from __future__ import annotations

from firmware.scanner.exposure import FLICKER_PERIOD_US, LIGHT_PLANS, light_plan


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
