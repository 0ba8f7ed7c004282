"""`yanma verify --receipt DIR`: a verdict on a picture -> a receipt in a folder, and what is said when there is none."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firmware import __version__
from firmware.commands.ledgers import own_key, spoken_time, told
from firmware.commands.moments import spoken
from firmware.commands.output import hint
from firmware.commands.trusting import open_clock
from firmware.config import Config
from firmware.display.text import LANGUAGES, sentence
from firmware.ledger.device import DeviceKey
from firmware.ledger.receipts.body import FORMAT, SALT_BYTES, credential_digest, dates_answer
from firmware.ledger.receipts.folder import BusyError, ReceiptFolder, writing
from firmware.ledger.receipts.page import draw_page
from firmware.model import CheckName, Facts, Moment, Outcome, Profile, Verdict
from firmware.refusal import UnavailableError

if TYPE_CHECKING:
    from firmware.verify.sources import StatusEntries
    from firmware.verify.trust import TrustView

ZH, EN = LANGUAGES["zh"], LANGUAGES["en"]
FACTS: Final = ("plate", "name", "classes", "vin_tail", "begins", "ends")


@dataclass(slots=True)
class Batch:
    """One run over many files: what it judges with, and what became of the files so far."""

    config: Config
    trust: TrustView
    at: Moment
    profile: Profile
    key: DeviceKey
    folder: ReceiptFolder
    done: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, page: int | None, payload: bytes | None, verdict: Verdict) -> str | None:
        """The code of the receipt; None when nothing could be read, for which there is none."""
        if payload is None:
            self.done["unread"] += 1
            return None
        body = self._body(Path(file), page, payload, verdict)
        with told():
            receipt = self.folder.add(body)
        self.done[body["answer"]["dates"]] += 1
        return receipt.code

    def lose(self) -> None:
        """A file that could not be opened or is no picture."""
        self.done["unread"] += 1

    def progress(self, number: int, total: int) -> None:
        hint(f"[{number}/{total}]")

    def summary(self) -> str:
        """One line: how many receipts with which answer, and how many files gave none."""
        unread = self.done["unread"]
        made = ", ".join(f"{count} {answer}" for answer, count in sorted(self.done.items()) if answer != "unread")
        return f"receipts: {self.done.total() - unread} ({made or 'none'}); files without one: {unread}"

    def _body(self, file: Path, page: int | None, payload: bytes, verdict: Verdict) -> dict[str, Any]:
        facts, salt = verdict.facts, secrets.token_bytes(SALT_BYTES)
        checks = {check.name: check for check in verdict.checks}
        status = checks[CheckName.STATUS].outcome if CheckName.STATUS in checks else Outcome.UNKNOWN
        now = _now(self.config, self.trust)
        return {
            "format": FORMAT,
            "environment": self.trust.environment,
            "device": {"id": self.key.id, "key": self.key.note_key.text, "firmware": __version__},
            "made": {
                "time": spoken(now),
                "clock": now.level,
                "doubt_ms": None if now.hi_s == float("inf") else round(now.doubt_s * 1000),
            },
            "as_of": {"time": spoken(self.at)},
            "file": {"name": file.name, "page": page, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()},
            "document": _document(facts),
            "answer": {"dates": dates_answer(verdict), "status": status},
            "verdict": _verdict(verdict, self.profile),
            "credential": {"salt": base64.b64encode(salt).decode(), "digest": credential_digest(salt, payload)},
            "issuer": _issuer(verdict),
            "status_list": _status_list(verdict, self.trust, self.at),
            "trust_version": self.trust.version,
            "rules": {"version": self.trust.rules.version},
            "facts": {name: _plain(getattr(facts, name)) for name in FACTS},
            "inspection": {
                "exempt": facts.exempt,
                "issued": _plain(facts.issued),
                "due_before": _plain(facts.due_before),
                "applied_late": _late(facts),
            },
        }


@contextmanager
def receipts_in(folder: Path, config: Config, trust: TrustView, at: Moment, profile: Profile) -> Iterator[Batch]:
    """A run that writes into this folder. Raises UnavailableError or BadDataError with the next step."""
    try:
        with told():
            key = own_key(Path(config.ledger.folder), make=True)
            with writing(folder, key, draw_page) as opened:
                yield Batch(config, trust, at, profile, key, opened)
    except BusyError as error:
        raise UnavailableError(str(error), "wait for it to end, or name another folder") from error


def _now(config: Config, trust: TrustView) -> Moment:
    clock = open_clock(config)
    clock.raise_floor(trust.newest_issued_s)
    return clock.moment()


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
    from firmware.verify.sources import Layered
    from firmware.verify.statuslist import StatusList

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
