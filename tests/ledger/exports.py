"""Logs of made-up verdicts for the tests of exports, uploads and reports."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from firmware.ledger.device import DeviceKey
from firmware.ledger.export import Export
from firmware.ledger.record import Record, encode
from firmware.ledger.start import Start
from firmware.ledger.store import LedgerStore
from firmware.ledger.tree import Edge
from firmware.model import Kind, LedgerEntry, Reason
from tests.ledger.test_store import ENTRY, NOON

REASONS = (Reason.VALID, Reason.VALID, Reason.VALID, Reason.VALID_NOTICE, Reason.EXPIRED, Reason.UNREADABLE)


def busy_entry(number: int, chance: random.Random) -> LedgerEntry:
    """A verdict such as a busy post makes: a car each ten seconds, a few issuers, now and then a refusal."""
    reason = chance.choice(REASONS)
    read = reason is not Reason.UNREADABLE
    return replace(
        ENTRY,
        utc_s=NOON + number * 10 + chance.random() * 8,
        family=reason.family,
        reason=reason,
        kind=chance.choice((Kind.INSPECTION_MARK, Kind.DRIVING_LICENCE)) if read else None,
        cti=chance.randbytes(8) if read else None,
        kid=bytes((chance.randrange(31),)) * 8 if read else None,
        trust_version=7 + number // 2000,
        elapsed_ms=chance.lognormvariate(3.5, 0.4),
    )


def fill(store: LedgerStore, count: int, *, seed: int = 1) -> None:
    chance = random.Random(seed)
    for number in range(count):
        store.append(busy_entry(number, chance))


def made_export(count: int, *, seed: int = 1) -> Export:
    """The same without a disk: for many records."""
    chance, key = random.Random(seed), DeviceKey.from_bytes(bytes(range(32)), "test")
    bodies = [Start().encode()]
    for number in range(count):
        entry = busy_entry(number, chance)
        bodies.append(
            encode(
                Record(
                    sequence=number + 1,
                    utc_s=entry.utc_s,
                    level=entry.level,
                    family=entry.family,
                    reason=entry.reason,
                    kind=entry.kind,
                    credential=chance.randbytes(16) if entry.cti else None,
                    kid=entry.kid,
                    trust_version=entry.trust_version,
                    rules_version=entry.rules_version,
                    elapsed_ms=entry.elapsed_ms,
                )
            )
        )
    root = Edge().extend(bodies).root()
    return Export(key.note_key, Edge(), bodies, key.sign_checkpoint(len(bodies), root))


def export_of(folder: Path, count: int, *, forget_days: float | None = None) -> Export:
    """What `yanma ledger export` writes of a ledger with so many records."""
    with LedgerStore(folder) as store:
        fill(store, count)
        if forget_days is not None:
            store.forget_before(NOON + forget_days * 86400)
        return store.export(store.key.note_key, store.log().gone.size, store.checkpoint())
