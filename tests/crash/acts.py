"""What a process does to its disk, one act at a time, and what must hold whenever the power goes off in it.

`python -m tests.crash.acts NAME FOLDER [MUTANT]` performs an act and says on standard output what it was acknowledged: one
word a line, written at once. `WRITE_PATHS` has for each act how its folder looks before, and the check of what is found after.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.clock import FloorFile
from firmware.ledger.store import LedgerStore
from firmware.model import ClockLevel, Family, Kind, LedgerEntry, Reason
from firmware.sync.blobs import Store
from firmware.sync.install import install
from firmware.sync.record import MANIFEST
from firmware.sync.store import load_trust
from tests.crash import mutants, receipt_acts, sync_acts
from tests.crash.told import Said, say
from tests.sync.bundles import ENVIRONMENT, world, write_anchors, write_bundle, write_older_form
from tests.world import NOW

FIRST, LAST = 7, 9
REGISTER = bytes(range(256)) * 600


@dataclass(frozen=True)
class WritePath:
    """`before` fills the folder; `after` raises where what a cut left is torn, or less than what was acknowledged."""

    before: Callable[[Path], None]
    act: Callable[[Path], None]
    after: Callable[[Path, Said], None]


def files_of(version: int) -> dict[str, bytes]:
    """What is put into the store for a version. The register stays the same."""
    lists = {f"status/{number}.cwt": f"list {number} of {version} ".encode() * 90 for number in (11, 12)}
    return {"trust.cwt": f"trust {version}".encode(), "register.bin": REGISTER, **lists}


def commit(store: Store, version: int) -> None:
    store.commit({name: store.put(data) for name, data in files_of(version).items()}, {"demo/trust": version})


def commit_first(folder: Path) -> None:
    with Store.open(folder / "trust") as store:
        commit(store, FIRST)


def commit_more(folder: Path) -> None:
    for version in range(FIRST + 1, LAST + 1):
        with Store.open(folder / "trust") as store:
            commit(store, version)
            say(version)


def store_holds(folder: Path, said: Said) -> None:
    """A reader, the next writer and a reader after it find one version whole, and none older than was acknowledged."""
    least = int(said[-1]) if said else FIRST
    place = folder / "trust"
    with Store.open(place, read_only=True) as reader:
        seen = version_in(reader)
    with Store.open(place) as store:
        found = version_in(store)
        assert least <= seen <= found <= LAST, (least, seen, found)
        assert dict(store.floors()) == {"demo/trust": found}
        assert not store.lacking()
        previous = store.previous()
        assert all(store.read(digest) for digest in (previous.entries if previous else {}).values())
        commit(store, LAST + 1)
    with Store.open(place, read_only=True) as reader:
        assert version_in(reader) == LAST + 1
    assert not list(place.rglob("*.new"))


def version_in(store: Store) -> int:
    """The version whose files are in force, all of them."""
    current = store.current()
    assert current is not None
    found = {name: store.read(digest) for name, digest in current.entries.items()}
    version = int(found["trust.cwt"].split()[1])
    assert found == files_of(version)
    return version


def commit_first_without_manifest(folder: Path) -> None:
    """The manifest's file is overwritten by rot; the log of an earlier day lies beside it."""
    manifest = folder / "trust" / MANIFEST
    log = manifest.with_name(f"{MANIFEST}-wal")
    with Store.open(folder / "trust") as store:
        commit(store, FIRST - 1)
        old_log = log.read_bytes()
    commit_first(folder)
    manifest.write_bytes(b"rot" * 3000)
    log.write_bytes(old_log)


def put_bundles(folder: Path) -> None:
    write_anchors(folder / "keys")
    for version in range(FIRST, LAST + 1):
        write_bundle(folder / f"stick{version}", world(version, NOW - 100 * (LAST + 1 - version)), (11, 12))


def bring(folder: Path, version: int) -> None:
    install(folder / f"stick{version}", folder / "trust", folder / "keys", ENVIRONMENT)


def install_first(folder: Path) -> None:
    put_bundles(folder)
    bring(folder, FIRST)


def copy_first_by_hand(folder: Path) -> None:
    put_bundles(folder)
    write_bundle(folder / "trust", world(FIRST, NOW - 300), (11, 12))


def lay_first_in_older_form(folder: Path) -> None:
    put_bundles(folder)
    write_older_form(folder / "trust", world(FIRST, NOW - 300), (11, 12))


def install_more(folder: Path) -> None:
    for version in range(FIRST + 1, LAST + 1):
        bring(folder, version)
        say(version)


def bundle_holds(folder: Path, said: Said) -> None:
    """What a terminal loads is one bundle, verified, none older than was acknowledged; and the next sync brings the last."""
    least = int(said[-1]) if said else FIRST
    place, keys = folder / "trust", folder / "keys"
    view = load_trust(place, keys, ENVIRONMENT)
    assert least <= view.version <= LAST
    issued = {NOW - 100 * (LAST + 1 - view.version)}
    assert {entry.number: {entry.issued_s} for entry in view.newest_lists} == {11: issued, 12: issued}
    bring(folder, LAST)
    assert load_trust(place, keys, ENVIRONMENT).version == LAST


def save_floor(folder: Path) -> None:
    FloorFile(folder / "clock-floor").save(FIRST)


def raise_floor(folder: Path) -> None:
    for value in range(FIRST + 1, LAST + 1):
        FloorFile(folder / "clock-floor").save(value)
        say(value)


def floor_holds(folder: Path, said: Said) -> None:
    found = FloorFile(folder / "clock-floor").load()
    assert found is not None
    assert (int(said[-1]) if said else FIRST) <= found <= LAST
    FloorFile(folder / "clock-floor").save(LAST + 1)
    assert FloorFile(folder / "clock-floor").load() == LAST + 1


def entry(number: int) -> LedgerEntry:
    return LedgerEntry(
        utc_s=float(NOW + number),
        level=ClockLevel.T2,
        family=Family.GO,
        reason=Reason.VALID,
        kind=Kind.INSPECTION_MARK,
        cti=b"the same",
        kid=b"8 bytes!",
        trust_version=7,
        rules_version=3,
        elapsed_ms=30.0,
    )


def nothing(folder: Path) -> None:
    """The folder is empty."""


def append(folder: Path) -> None:
    with LedgerStore(folder / "state" / "ledger") as ledger:
        for number in range(4):
            say(ledger.append(entry(number), float(NOW + number)))
    with LedgerStore(folder / "state" / "ledger") as ledger:
        say(ledger.append(entry(4), float(NOW + 4)))


def ledger_holds(folder: Path, said: Said) -> None:
    """Every acknowledged record is there, once, in order, chained, with its floor; and one key made all their digests."""
    with LedgerStore(folder / "state" / "ledger") as ledger:
        records = list(ledger.records())
        assert [record.sequence for record in records] == list(range(1, len(records) + 1))
        assert len(said) <= len(records) <= 5
        assert ledger.verify(ledger.key.note_key) == len(records)
        if records:
            assert ledger.floor_s() >= records[-1].utc_s
        ledger.append(entry(5), float(NOW + 5))
        assert len({record.credential for record in ledger.records()}) == 1


WRITE_PATHS = {
    "store": WritePath(commit_first, commit_more, store_holds),
    "store-without-manifest": WritePath(commit_first_without_manifest, commit_more, store_holds),
    "install": WritePath(install_first, install_more, bundle_holds),
    "install-over-files-by-hand": WritePath(copy_first_by_hand, install_more, bundle_holds),
    "install-over-the-older-form": WritePath(lay_first_in_older_form, install_more, bundle_holds),
    "clock-floor": WritePath(save_floor, raise_floor, floor_holds),
    "last-visit": WritePath(sync_acts.save_visit, sync_acts.save_visits, sync_acts.visit_holds),
    "parcel": WritePath(sync_acts.lay_out, sync_acts.lay_out_more, sync_acts.parcel_holds),
    "urgent": WritePath(nothing, sync_acts.take_items, sync_acts.items_hold),
    "ledger": WritePath(nothing, append, ledger_holds),
    "receipts": WritePath(nothing, receipt_acts.add_receipts, receipt_acts.receipts_hold),
    "receipts-forgotten": WritePath(
        receipt_acts.four_receipts, receipt_acts.forget_receipts, receipt_acts.newest_stays
    ),
}


if __name__ == "__main__":
    if len(sys.argv) > 3:
        mutants.MUTANTS[sys.argv[3]]()
    WRITE_PATHS[sys.argv[1]].act(Path(sys.argv[2]))
