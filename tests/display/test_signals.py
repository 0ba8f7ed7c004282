"""Cues: the families' table, its limits, and what police and kiosks change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.display.signals import (
    KIOSK_SERVICE_SIGNAL,
    MAX_BLINK_HZ,
    MAX_GO_MS,
    MAX_PATTERN_MS,
    notice_for,
    service_notice,
    shown_family,
    signal_for,
)
from firmware.model import Family, Icon, LampColour, Profile, Reason, Signal, Verdict, Word
from tests.screens.cases import BY_REASON, GATE, POST

POLICE = replace(POST, discreet=True, wanted=True)


@pytest.mark.parametrize("profile", [POST, POLICE, GATE], ids=["plain", "discreet", "kiosk"])
@pytest.mark.parametrize("reason", Reason)
def test_every_signal_keeps_the_limits(reason: Reason, profile: Profile) -> None:
    signal = signal_for(BY_REASON[reason], profile)
    assert sum(signal.sound_ms) <= MAX_PATTERN_MS
    assert sum(signal.vibration_ms) <= MAX_PATTERN_MS
    assert signal.blink_hz <= MAX_BLINK_HZ
    assert len(signal.sound_ms) % 2 == len(signal.sound_ms[:1]), "a pattern ends with an on"
    if reason.family is Family.GO:
        assert sum(signal.sound_ms) <= MAX_GO_MS


@pytest.mark.parametrize(
    ("reason", "lamp", "blink_hz", "sound_ms"),
    [
        (Reason.VALID, LampColour.GREEN, 0, (100,)),
        (Reason.VALID_NOTICE, LampColour.GREEN, 0, (100, 60, 240)),
        (Reason.UNREADABLE, LampColour.AMBER, 1, (60, 60, 60)),
        (Reason.DATA_TOO_OLD, LampColour.AMBER, 0, (160, 120, 160)),
        (Reason.EXPIRED, LampColour.RED, 2, (140, 90, 140, 90, 140)),
        (Reason.BAD_SIGNATURE, LampColour.RED, 2, (700,)),
        (Reason.OUT_OF_SERVICE, None, 0, ()),
    ],
)
def test_each_family_has_its_cues(
    reason: Reason, lamp: LampColour | None, blink_hz: float, sound_ms: tuple[int, ...]
) -> None:
    signal = signal_for(BY_REASON[reason], POST)
    assert (signal.lamp, signal.blink_hz, signal.sound_ms) == (lamp, blink_hz, sound_ms)


def test_no_two_families_share_a_rhythm_or_a_vibration() -> None:
    heard = {reason.family: signal_for(BY_REASON[reason], POST) for reason in Reason if reason is not Reason.WANTED}
    assert len({signal.sound_ms for signal in heard.values()}) == len(Family)
    assert len({signal.vibration_ms for signal in heard.values()}) == len(Family)


@pytest.mark.parametrize("profile", [POST, POLICE], ids=["plain", "discreet"])
def test_wanted_looks_like_unsure_sounds_like_nothing_and_feels_like_an_alert(profile: Profile) -> None:
    wanted = signal_for(BY_REASON[Reason.WANTED], profile)
    unsure = signal_for(BY_REASON[Reason.DATA_TOO_OLD], profile)
    alert = signal_for(BY_REASON[Reason.BAD_SIGNATURE], profile)
    assert wanted == Signal(unsure.lamp, vibration_ms=alert.vibration_ms)
    assert shown_family(BY_REASON[Reason.WANTED]) is Family.UNSURE
    assert notice_for(BY_REASON[Reason.WANTED], profile, "zh").icon is Icon.DIAMOND


def test_at_a_discreet_post_the_silence_of_wanted_says_nothing() -> None:
    assert signal_for(BY_REASON[Reason.DATA_TOO_OLD], POLICE).sound_ms == ()
    assert signal_for(BY_REASON[Reason.EXPIRED], POLICE).sound_ms != ()


def test_a_discreet_alert_is_felt_only() -> None:
    signal = signal_for(BY_REASON[Reason.REPLAYED], POLICE)
    assert (signal.lamp, signal.sound_ms) == (None, ())
    assert signal.vibration_ms


def test_a_kiosk_out_of_service_beeps() -> None:
    assert signal_for(BY_REASON[Reason.OUT_OF_SERVICE], GATE) == KIOSK_SERVICE_SIGNAL


@pytest.mark.parametrize("reason", Reason)
def test_a_notice_is_lit_for_stop_and_alert_only(reason: Reason) -> None:
    notice = notice_for(BY_REASON[reason], POST, "zh")
    assert notice.lit == (notice.family in (Family.STOP, Family.ALERT))
    assert notice.family == (Family.UNSURE if reason is Reason.WANTED else reason.family)


def test_a_verdict_of_another_family_than_its_reason_is_shown_as_the_verdict_says() -> None:
    verdict = Verdict(Family.STOP, Reason.VALID_NOTICE)
    assert notice_for(verdict, POST, "zh").lit
    assert signal_for(verdict, POST).lamp is LampColour.RED


@pytest.mark.parametrize(("word", "detail"), [(Word.NO_FRAMES, "E21无画面"), (None, "故障E21")])
def test_the_machine_can_say_that_it_is_out_of_service(word: Word | None, detail: str) -> None:
    notice = service_notice(word, "E21", "zh")
    assert (notice.family, notice.icon, notice.detail) == (Family.SERVICE, Icon.WRENCH, detail)
