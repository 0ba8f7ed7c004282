"""What the ledger is given of a verdict, and of a pass that a newer list refuses: no name, no plate, no payload."""

from __future__ import annotations

from firmware.model import Family, LedgerEntry, Moment, Verdict
from firmware.retro import Late
from firmware.verify.trust import TrustView


def ledger_entry(verdict: Verdict, moment: Moment, elapsed_ms: float) -> LedgerEntry:
    """What is kept of a verdict: no name, no plate, no payload."""
    identity = verdict.identity
    return LedgerEntry(
        utc_s=moment.utc_s,
        level=moment.level,
        family=verdict.family,
        reason=verdict.reason,
        kind=verdict.facts.kind,
        cti=identity.cti if identity else None,
        kid=identity.kid if identity else None,
        trust_version=verdict.trust_version,
        rules_version=verdict.rules_version,
        elapsed_ms=elapsed_ms,
        word=verdict.facts.word,
    )


def late_entry(late: Late, moment: Moment, trust: TrustView) -> LedgerEntry:
    """A pass that a newer list refuses: the machine's own word, so SERVICE, with the list's reason; no credential."""
    return LedgerEntry(
        utc_s=moment.utc_s,
        level=moment.level,
        family=Family.SERVICE,
        reason=late.reason,
        kind=late.kind,
        cti=None,
        kid=None,
        trust_version=trust.version,
        rules_version=trust.rules.version,
        elapsed_ms=0.0,
    )
