"""One file -> its verdict: read the codes, confirm what needs a second look, judge each, and choose the one that leads.

The rule when a file holds several codes: credentials of our profile (payloads that begin with JZ1:) go before all other
codes; among them those that this post can use before those it did not ask for; then the worst family leads, so that a
good code beside a bad one never hides it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.model import (
    SEVERITY,
    Check,
    CheckName,
    Facts,
    Moment,
    Outcome,
    Profile,
    Reason,
    Scan,
    Verdict,
    Word,
)
from firmware.verify import wire
from firmware.verify.verifier import verify

if TYPE_CHECKING:
    from firmware.scanner.codes import Code, Gray
    from firmware.verify.trust import TrustView

#: A payload handed over as text was not read by a camera: nothing about it can have been misread.
TEXT_READS: Final = 2
TEXT_DECODER: Final = "text"
_ANOTHER_DOCUMENT: Final = frozenset({Reason.WRONG_DOCUMENT, Reason.NOT_A_CREDENTIAL})


@dataclass(frozen=True, slots=True)
class Judge:
    """All that a verdict depends on besides the code."""

    trust: TrustView
    moment: Moment
    profile: Profile

    def payload(self, payload: bytes) -> Verdict:
        """The verdict on bytes that were handed over as text."""
        return self._verify(Scan(payload, TEXT_DECODER, 0.0, reads=TEXT_READS))

    def code(self, gray: Gray, code: Code, beside: tuple[bytes, ...] = ()) -> Verdict:
        """The verdict on a code of a still picture; read a second time where a misreading could be the cause.

        `beside` are the bar codes of the same picture.
        """
        scan = Scan(code.payload, code.decoder, 0.0, format=code.format, beside=beside)
        verdict = self._verify(scan)
        if not _may_be_misread(code.payload, verdict):
            return verdict
        from firmware.scanner.opinion import confirm

        reads, second = confirm(gray, code)
        return self._verify(replace(scan, reads=reads, second=second))

    def _verify(self, scan: Scan) -> Verdict:
        return verify(scan, self.trust, self.moment, self.profile)


def leading(judged: Iterable[tuple[bytes, Verdict]]) -> tuple[bytes, Verdict]:
    """The code that stands for the file, by the rule above, and its verdict. Needs at least one."""
    return min(judged, key=_rank)


def cause_in(grays: Iterable[Gray]) -> Word | None:
    """Why the first code-like thing of these pictures could not be read; None when there is nothing like a code."""
    from firmware.scanner.quality import cause_of, find_candidate, measure

    for gray in grays:
        candidate = find_candidate(gray)
        if candidate is not None:
            return cause_of(measure(gray, candidate))
    return None


def unreadable(cause: Word | None) -> Verdict:
    """The verdict on a picture in which nothing could be read."""
    check = Check(CheckName.DECODE, Outcome.UNKNOWN, Reason.UNREADABLE, cause)
    return Verdict(Reason.UNREADABLE.family, Reason.UNREADABLE, (check,), Facts(word=cause))


def _rank(judged: tuple[bytes, Verdict]) -> tuple[bool, bool, int]:
    payload, verdict = judged
    ours = payload.startswith(wire.PREFIX)
    return (not ours, verdict.reason in _ANOTHER_DOCUMENT, SEVERITY.index(verdict.family))


def _may_be_misread(payload: bytes, verdict: Verdict) -> bool:
    """A signature that held proves every bit; a code that is not ours is judged the same however it was read."""
    held = any(check.name is CheckName.SIGNATURE and check.outcome is Outcome.GOOD for check in verdict.checks)
    return payload.startswith(wire.PREFIX) and not held
