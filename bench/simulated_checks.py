"""What is done to a simulated terminal, and what one check of it gave beside what an oracle says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from firmware.model import CheckName, Family, Moment, Outcome, Reason, Verdict


class Attack(Enum):
    """What somebody, or bad luck, does to one life. One thing a life."""

    NONE = "nobody"
    SYSTEM_CLOCK = "system clock set at will"
    DEAD_RTC = "RTC battery dies"
    FAST_RTC = "RTC exchanged, a day fast"
    SPOOFED_GNSS = "GNSS spoofed"
    SPOOFED_NTP = "NTP spoofed"
    OLD_REPLIES = "old signed replies replayed"
    OWN_REPLIES = "replies signed by another key"
    FAST_PHONE = "a genuine phone months ahead"
    OLD_CODES = "recorded live codes replayed"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one check gave. `stale` and `early` are what an oracle with true time says of the code; `good` is neither.

    `decided` is whether the terminal said yes or no at once.
    """

    attack: Attack
    by_phone: bool
    stale: bool
    early: bool
    verdict: Verdict
    moment: Moment
    true_s: float

    @property
    def good(self) -> bool:
        return not self.stale and not self.early

    @property
    def early_pass(self) -> bool:
        """Of a phone that is ahead by more than its allowance, and let through within our doubt (docs/decisions/0009)."""
        return self.early and self.went

    @property
    def decided(self) -> bool:
        return self.verdict.reason is not Reason.CLOCK_NOT_TRUSTED

    @property
    def went(self) -> bool:
        return self.verdict.family in (Family.GO, Family.GO_NOTICE)

    @property
    def wrong(self) -> str:
        """Empty, or what must never be."""
        if self.stale and self.went:
            return "a code that was over was let through"
        if self.good and not self.went and self.decided:
            return f"a fresh genuine code got {self.verdict.reason}"
        signature = next(check for check in self.verdict.checks if check.name is CheckName.SIGNATURE)
        if signature.outcome is not Outcome.GOOD:
            return "the result of the signature was lost"
        return ""
