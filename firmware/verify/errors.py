"""The one exception family of this room. It never leaves: the door turns it into a Verdict."""

from __future__ import annotations

from firmware.model import CheckName, Outcome, Reason, Word


class VerifyError(Exception):
    """Stops the judging at one check: what it argues for, in which word, and whether that is a no or a cannot-tell.

    Carries no data of the person: it is safe to log.
    """

    def __init__(
        self, check: CheckName, reason: Reason, word: Word | None = None, outcome: Outcome = Outcome.BAD
    ) -> None:
        super().__init__(f"{check}: {reason}" + (f" ({word})" if word else ""))
        self.check = check
        self.reason = reason
        self.word = word
        self.outcome = outcome


class UntrustedError(Exception):
    """Trust data that must not be used. The text says what was expected and what came; it holds nothing personal."""


class MalformedError(ValueError):
    """Bytes that are not what the profile says. Raised by the parsers; whoever called knows what they were to be."""
