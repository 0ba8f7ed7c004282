"""`yanma verify --receipt DIR`: a verdict on a picture -> a receipt in a folder, and what is said when there is none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.attest.facts import Case, FileSource, receipt_body
from firmware.commands.ledgers import own_key, told
from firmware.commands.output import hint
from firmware.commands.trusting import open_clock
from firmware.config import Config
from firmware.ledger.device import DeviceKey
from firmware.ledger.receipts.folder import BusyError, ReceiptFolder, writing
from firmware.ledger.receipts.page import draw_page
from firmware.model import Moment, Profile, Verdict
from firmware.refusal import UnavailableError

if TYPE_CHECKING:
    from firmware.verify.trust import TrustView


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
        source = FileSource(file.name, page, hashlib.sha256(file.read_bytes()).hexdigest())
        now = _now(self.config, self.trust)
        return receipt_body(Case(verdict, payload, self.profile, self.trust, self.at, now, source), self.key)


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
