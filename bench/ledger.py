"""The ledger beside a plain SQLite insert, in one run: appending, signing, exporting, verifying; and how many bytes go out.

    python -m bench.ledger [--json FILE] [--records 100000] [--rounds 5]

Appends are durable ones (WAL, synchronous FULL), one transaction each, taken in turn with a plain insert of the same 53
bytes. An export of RECORDS is verified beside a plain insert of as many rows in one transaction. Quote ratios, not times.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from bench.report import Row, emit_tables
from firmware.ledger.audit import audit
from firmware.ledger.device import DeviceKey
from firmware.ledger.export import Export, read, write
from firmware.ledger.lane_names import sign_names
from firmware.ledger.outbox import LEAST_LEAVES
from firmware.ledger.record import Record, encode
from firmware.ledger.start import Start
from firmware.ledger.store import LedgerStore
from firmware.ledger.tree import Edge
from firmware.model import ClockLevel, Family, Kind, LedgerEntry, Reason

APPENDS_A_ROUND = 200
NOON_S = 1_781_000_000.0
LANES = {1: "entry", 2: "exit"}
BATCHES = (100, LEAST_LEAVES, 1000, 4095)
REASONS = (Reason.VALID, Reason.VALID, Reason.VALID, Reason.VALID_NOTICE, Reason.EXPIRED, Reason.UNREADABLE)


def entry(number: int, chance: random.Random) -> LedgerEntry:
    """A verdict such as a busy post makes: a car each ten seconds, thirty-one issuers, every credential another."""
    reason = chance.choice(REASONS)
    is_read = reason is not Reason.UNREADABLE
    return LedgerEntry(
        utc_s=NOON_S + number * 10 + chance.random() * 8,
        level=ClockLevel.T3,
        family=reason.family,
        reason=reason,
        kind=chance.choice((Kind.INSPECTION_MARK, Kind.DRIVING_LICENCE)) if is_read else None,
        cti=chance.randbytes(8) if is_read else None,
        kid=bytes((chance.randrange(31),)) * 8 if is_read else None,
        trust_version=7 + number // 2000,
        rules_version=1,
        elapsed_ms=chance.lognormvariate(3.5, 0.4),
    )


def made_export(count: int) -> Export:
    """An export of so many records of two lanes, made without a disk. Every verdict names a credential, the dearest case."""
    chance, key = random.Random(1), DeviceKey.from_bytes(bytes(range(32)), "bench")
    bodies = [Start().encode()]
    for number in range(count):
        each = entry(number, chance)
        record = Record(
            sequence=number + 1,
            utc_s=each.utc_s,
            level=each.level,
            family=Family.GO if each.cti is None else each.family,
            reason=each.reason,
            kind=each.kind,
            credential=chance.randbytes(16),
            kid=each.kid or bytes((1,)) * 8,
            trust_version=each.trust_version,
            rules_version=each.rules_version,
            elapsed_ms=each.elapsed_ms,
            lane=chance.choice(tuple(LANES)),
        )
        bodies.append(encode(record))
    root = Edge().extend(bodies).root()
    return Export(key.note_key, Edge(), bodies, key.sign_checkpoint(len(bodies), root), lanes=sign_names(key, LANES))


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def plain_base(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute("CREATE TABLE plain (n INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    return base


def appends(folder: Path, rounds: int) -> list[Row]:
    """A durable append, a plain durable insert and a checkpoint, in turn."""
    chance, plain = random.Random(2), plain_base(folder / "plain.sqlite")
    bare, whole, signed = [], [], []
    with LedgerStore(folder / "ledger") as store:
        for round_ in range(rounds):
            entries = [entry(round_ * APPENDS_A_ROUND + number, chance) for number in range(APPENDS_A_ROUND)]
            bare.append(seconds(partial(_insert_all, plain, chance)))
            whole.append(seconds(partial(_append_all, store, entries)))
            store.append(entries[0])
            signed.append(seconds(store.checkpoint))
    plain.close()
    ratio = median(w / b for w, b in zip(whole, bare, strict=True))
    each = [
        ("plain SQLite insert", median(bare) / APPENDS_A_ROUND, 1.0),
        ("append", median(whole) / APPENDS_A_ROUND, ratio),
        ("checkpoint", median(signed), median(s * APPENDS_A_ROUND / b for s, b in zip(signed, bare, strict=True))),
    ]
    return [
        {"what": name, "us": round(each_s * 1e6, 1), "beside a plain insert": round(r, 2)} for name, each_s, r in each
    ]


def _insert_all(base: sqlite3.Connection, chance: random.Random) -> None:
    for _ in range(APPENDS_A_ROUND):
        base.execute("INSERT INTO plain (body) VALUES (?)", (chance.randbytes(53),))


def _append_all(store: LedgerStore, entries: list[LedgerEntry]) -> None:
    for each in entries:
        store.append(each)


def verification(folder: Path, count: int, rounds: int) -> list[Row]:
    """An export of so many records: packed, read and verified, beside a plain insert of them all in one transaction."""
    export = made_export(count)
    packed: list[bytes] = []
    pack_s = seconds(lambda: packed.append(b"".join(write(export))))
    bare, whole, tree = [], [], []
    for round_ in range(rounds):
        base = plain_base(folder / f"bulk{round_}.sqlite")
        bare.append(seconds(partial(_bulk, base, export.bodies)))
        base.close()
        whole.append(seconds(lambda: audit(read(packed[0]))))
        tree.append(seconds(lambda: Edge().extend(export.bodies)))
    rows = [
        ("plain insert of all, one transaction", median(bare), 1.0),
        ("verify the export, whole", median(whole), median(w / b for w, b in zip(whole, bare, strict=True))),
        ("of it the tree", median(tree), median(t / b for t, b in zip(tree, bare, strict=True))),
        ("make the export", pack_s, pack_s / median(bare)),
    ]
    return [
        {"what": name, "s": round(each_s, 3), "records a second": round(count / each_s), "ratio": round(ratio, 2)}
        for name, each_s, ratio in rows
    ]


def _bulk(base: sqlite3.Connection, bodies: list[bytes]) -> None:
    base.execute("BEGIN")
    base.executemany("INSERT INTO plain (body) VALUES (?)", ((body,) for body in bodies))
    base.execute("COMMIT")


def sizes(count: int) -> list[Row]:
    """Bytes a record on the wire, head and signatures included, by the size of the batch; and on the card."""
    rows: list[Row] = []
    for size in (*BATCHES, count):
        export = made_export(size)
        sent = sum(len(piece) for piece in write(export))
        rows.append({"records in a batch": size, "bytes": sent, "bytes a record": round(sent / size, 2)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--records", type=int, default=100_000, help="records in the export, %(default)s by default")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of %(default)s by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = [
            ("append, each safe on the disk", appends(Path(folder), options.rounds)),
            (f"an export of {options.records} records", verification(Path(folder), options.records, options.rounds)),
            ("bytes that go out", sizes(options.records)),
        ]
    emit_tables("ledger", tables, options.json)


if __name__ == "__main__":
    main()
