"""Verdict, payload, trust -> the body of a receipt. One form for `yanma verify --receipt` and for the terminal itself.

A receipt that the terminal makes names nobody (L6): neither plate nor name nor VIN is in it, also not inside a sentence. The
salted digest ties it to the code, for whoever has the code, and only where a signature held: those bytes nobody can guess. Of
anything else, a plate in a home-made code for example, a digest beside its salt would be the thing itself to whoever tries
all plates; so there is none.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from firmware import __version__
from firmware.attest.times import spoken_time
from firmware.display.text import LANGUAGES, sentence
from firmware.ledger.device import DeviceKey
from firmware.ledger.receipts.body import FORMAT, SALT_BYTES, PhotoState, credential_digest, dates_answer
from firmware.model import Check, CheckName, Facts, Moment, Outcome, Profile, Verdict
from firmware.verify.sources import Layered
from firmware.verify.statuslist import StatusList

if TYPE_CHECKING:
    from firmware.verify.sources import StatusEntries
    from firmware.verify.trust import TrustView

ZH, EN = LANGUAGES["zh"], LANGUAGES["en"]
FACTS: Final = ("plate", "name", "classes", "vin_tail", "begins", "ends")


@dataclass(frozen=True, slots=True)
class FileSource:
    """The picture or PDF page that was judged."""

    name: str
    page: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Case:
    """One verdict that gets a receipt. Without `file` it was a live view: then nothing personal goes into the receipt."""

    verdict: Verdict
    payload: bytes
    profile: Profile
    trust: TrustView
    at: Moment  # the moment that the verdict speaks of
    made: Moment
    file: FileSource | None = None


def receipt_body(case: Case, key: DeviceKey, photo: dict[str, str | None] | None = None) -> dict[str, Any]:
    """All members of a receipt but its place in the row."""
    verdict = case.verdict if case.file else anonymous(case.verdict)
    facts, made, trust = verdict.facts, case.made, case.trust
    status = _check(verdict, CheckName.STATUS)
    return {
        "format": FORMAT,
        "environment": trust.environment,
        "device": {"id": key.id, "key": key.note_key.text, "firmware": __version__},
        "made": {
            "time": spoken_time(made.utc_s),
            "clock": made.level,
            "doubt_ms": None if made.hi_s == float("inf") else round(made.doubt_s * 1000),
        },
        "as_of": {"time": spoken_time(case.at.utc_s)},
        "file": case.file and {"name": case.file.name, "page": case.file.page, "sha256": case.file.sha256},
        "document": _document(facts),
        "answer": {"dates": dates_answer(verdict), "status": status.outcome if status else Outcome.UNKNOWN},
        "verdict": _verdict(verdict, case.profile),
        "credential": _credential(case),
        "issuer": _issuer(verdict),
        "status_list": _status_list(verdict, trust, case.at),
        "trust_version": trust.version,
        "rules": {"version": trust.rules.version},
        "facts": {name: _plain(getattr(facts, name)) for name in FACTS},
        "inspection": {
            "exempt": facts.exempt,
            "issued": _plain(facts.issued),
            "due_before": _plain(facts.due_before),
            "applied_late": _late(facts),
        },
        "photo": photo,
    }


def anonymous(verdict: Verdict) -> Verdict:
    """The verdict without anything that names a person or a car."""
    nobody = replace(
        verdict.facts,
        plate=None,
        name=None,
        vin_tail=None,
        id_tail=None,
        letters=None,
        purpose=None,
        grantee=None,
        grantee_id_tail=None,
        tag_tail=None,
    )
    return replace(verdict, facts=nobody)


def sealed_photo(sealed: bytes, binding: bytes) -> dict[str, str | None]:
    """The member `photo` of a receipt beside which this sealed photograph stands."""
    return {"state": PhotoState.SEALED, "sha256": hashlib.sha256(sealed).hexdigest(), "binding": binding.hex()}


#: The member `photo` of a receipt whose photograph could not be had.
MISSING_PHOTO: Final[dict[str, str | None]] = {"state": PhotoState.MISSING, "sha256": None, "binding": None}


def _check(verdict: Verdict, name: CheckName) -> Check | None:
    return next((check for check in verdict.checks if check.name is name), None)


def _credential(case: Case) -> dict[str, str] | None:
    signature = _check(case.verdict, CheckName.SIGNATURE)
    if case.file is None and (signature is None or signature.outcome is not Outcome.GOOD):
        return None
    salt = secrets.token_bytes(SALT_BYTES)
    return {"salt": base64.b64encode(salt).decode(), "digest": credential_digest(salt, case.payload)}


def _document(facts: Facts) -> dict[str, Any] | None:
    if facts.kind is None:
        return None
    kind = {"name": facts.kind, "zh": ZH.kinds[facts.kind], "en": EN.kinds[facts.kind]}
    way = {"name": facts.way, "zh": ZH.ways[facts.way], "en": EN.ways[facts.way]} if facts.way else None
    return {"kind": kind, "way": way}


def _verdict(verdict: Verdict, profile: Profile) -> dict[str, Any]:
    return {
        "family": verdict.family,
        "reason": verdict.reason,
        "word": verdict.facts.word,
        "zh": sentence(verdict, "zh", profile),
        "en": sentence(verdict, "en", profile),
        "profile": profile.name,
        "checks": [
            {"name": check.name, "outcome": check.outcome, "reason": check.reason, "word": check.word}
            for check in verdict.checks
        ],
    }


def _issuer(verdict: Verdict) -> dict[str, Any] | None:
    identity = verdict.identity
    return None if identity is None else {"key": identity.kid.hex(), "name": verdict.facts.issuer}


def _status_list(verdict: Verdict, trust: TrustView, at: Moment) -> dict[str, Any] | None:
    """The list that the status was read from: its number, when it was issued, its age then, and the digest of its entries."""
    identity = verdict.identity
    if identity is None or identity.status_list is None:
        return None
    found = trust.status_list(identity.status_list, at)
    if found is None:
        return None
    return {
        "number": found.number,
        "sha256": _list_digest(found, trust),
        "issued": spoken_time(found.issued_s),
        "age_s": max(0, round(at.utc_s - found.issued_s)),
    }


def _list_digest(found: StatusEntries, trust: TrustView) -> str:
    """SHA-256 of a list's decoded entries, or of its register's content; of two sources in force, both."""
    if isinstance(found, Layered):
        return f"{_list_digest(found.later, trust)}+{_list_digest(found.earlier, trust)}"
    if isinstance(found, StatusList):
        return hashlib.sha256(found.entries).hexdigest()
    return trust.register.token.content.hex() if trust.register is not None else ""


def _late(facts: Facts) -> bool | None:
    """Applied for late: signed after the month in which the inspection was due. None where either is not known."""
    if facts.issued is None or facts.due_before is None:
        return None
    return facts.issued > facts.due_before


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
