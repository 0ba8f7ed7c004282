"""Verdict -> notice, lamp, sound, vibration: a table by family, a table of outlines by reason, and the exceptions that police need.

Rhythm only, so that an active buzzer can play it; nothing is told by colour or pitch alone. Times are milliseconds.
"""

from __future__ import annotations

from firmware.display.text import NEUTRAL_POST, text_for
from firmware.model import Facts, Family, Icon, LampColour, Notice, Profile, Reason, Signal, Verdict, Word

#: Longest sound; a good verdict is over much sooner. Blinking faster than this can harm people.
MAX_PATTERN_MS = 900
MAX_GO_MS = 120
MAX_BLINK_HZ = 2.0

#: How each family is perceived.
_SIGNALS: dict[Family, Signal] = {
    Family.GO: Signal(LampColour.GREEN, lamp_ms=2000, sound_ms=(100,), vibration_ms=(80,)),
    Family.GO_NOTICE: Signal(
        LampColour.GREEN, lamp_ms=2000, after=LampColour.AMBER, sound_ms=(100, 60, 240), vibration_ms=(80, 100, 80)
    ),
    Family.RETRY: Signal(LampColour.AMBER, blink_hz=1.0, sound_ms=(60, 60, 60), vibration_ms=(40,)),
    Family.UNSURE: Signal(LampColour.AMBER, sound_ms=(160, 120, 160), vibration_ms=(350,)),
    Family.STOP: Signal(
        LampColour.RED, blink_hz=2.0, sound_ms=(140, 90, 140, 90, 140), vibration_ms=(80, 100, 80, 100, 80)
    ),
    Family.ALERT: Signal(LampColour.RED, blink_hz=2.0, sound_ms=(700,), vibration_ms=(350, 100, 80, 100, 270)),
    Family.SERVICE: Signal(),
}

#: At a discreet post. UNSURE is silent too: were it not, the silence of WANTED would speak.
_DISCREET_SIGNALS: dict[Family, Signal] = {
    Family.UNSURE: Signal(LampColour.AMBER, vibration_ms=_SIGNALS[Family.UNSURE].vibration_ms),
    Family.ALERT: Signal(vibration_ms=_SIGNALS[Family.ALERT].vibration_ms),
}

#: WANTED looks like UNSURE to everybody and sounds like nothing; only the hand that holds the terminal feels an ALERT.
_WANTED_SIGNAL = Signal(LampColour.AMBER, vibration_ms=_SIGNALS[Family.ALERT].vibration_ms)

#: An unattended lane that is out of service says so once a minute.
KIOSK_SERVICE_SIGNAL = Signal(sound_ms=(300,))
KIOSK_SERVICE_PERIOD_S = 60.0

_ICONS: dict[Reason, Icon] = {
    Reason.VALID: Icon.TICK,
    Reason.VALID_NOTICE: Icon.TICK_BADGE,
    Reason.EXPIRED: Icon.CROSS,
    Reason.NOT_YET_VALID: Icon.CLOCK,
    Reason.CODE_STALE: Icon.PHONE,
    Reason.REVOKED: Icon.CROSS,
    Reason.SUSPENDED: Icon.CROSS,
    Reason.BAD_SIGNATURE: Icon.TRIANGLE,
    Reason.STRIPPED: Icon.TRIANGLE,
    Reason.UNKNOWN_ISSUER: Icon.DIAMOND,
    Reason.NOT_A_CREDENTIAL: Icon.CARD,
    Reason.DATA_TOO_OLD: Icon.DIAMOND,
    Reason.CLOCK_NOT_TRUSTED: Icon.CLOCK,
    Reason.WRONG_DOCUMENT: Icon.CARD,
    Reason.DELEGATION_EXCEEDED: Icon.CROSS,
    Reason.REPLAYED: Icon.SQUARES,
    Reason.UNREADABLE: Icon.AGAIN,
    Reason.CANNOT_TELL: Icon.DIAMOND,
    Reason.OUT_OF_SERVICE: Icon.WRENCH,
    Reason.WANTED: Icon.DIAMOND,
}

_LIT_FAMILIES = frozenset({Family.STOP, Family.ALERT})


def shown_family(verdict: Verdict) -> Family:
    """The family a bystander may see: WANTED is shown as UNSURE."""
    return Family.UNSURE if verdict.reason is Reason.WANTED else verdict.family


def notice_for(verdict: Verdict, profile: Profile, language: str) -> Notice:
    """The screen of a verdict at this post. Raises ValueError for a language without words."""
    words, family = text_for(verdict, profile, language), shown_family(verdict)
    return Notice(
        family=family,
        icon=_ICONS[verdict.reason],
        headline=words.headline,
        detail=words.detail,
        footer=words.footer,
        lit=family in _LIT_FAMILIES,
        demo=verdict.facts.demo,
        asked=verdict.facts.asked.strftime("%m-%d") if verdict.facts.asked else "",
    )


def signal_for(verdict: Verdict, profile: Profile) -> Signal:
    """Lamp, sound and vibration of a verdict at this post."""
    if verdict.reason is Reason.WANTED:
        return _WANTED_SIGNAL
    if profile.discreet and verdict.family in _DISCREET_SIGNALS:
        return _DISCREET_SIGNALS[verdict.family]
    if profile.kiosk and verdict.family is Family.SERVICE:
        return KIOSK_SERVICE_SIGNAL
    return _SIGNALS[verdict.family]


def service_notice(word: Word | None, error: str | None, language: str) -> Notice:
    """The out-of-service screen that the machine itself shows, outside any verdict."""
    verdict = Verdict(Family.SERVICE, Reason.OUT_OF_SERVICE, facts=Facts(word=word, error=error))
    return notice_for(verdict, NEUTRAL_POST, language)
