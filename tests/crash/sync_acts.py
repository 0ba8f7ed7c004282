"""The smaller write paths of the sync: the record of the last visit, urgent items, the parcel that is handed over."""

from __future__ import annotations

import hashlib
from pathlib import Path

from firmware.sync import last
from firmware.sync.parcel import parcel_in, put_parcel
from firmware.sync.urgent import Taken, UrgentFolder
from tests.crash.told import Said, say
from tests.verify.test_urgent import item
from tests.world import NOW, World

VERSIONS = (7, 8, 9)


def least(said: Said) -> int:
    return int(said[-1]) if said else VERSIONS[0]


def save_visit(folder: Path, version: int = VERSIONS[0]) -> None:
    last.save(folder, last.Last(tried_s=float(version), what="x" * 900))


def save_visits(folder: Path) -> None:
    for version in VERSIONS[1:]:
        save_visit(folder, version)
        say(version)


def visit_holds(folder: Path, said: Said) -> None:
    found = last.load(folder).tried_s
    assert found in VERSIONS
    assert found >= least(said)
    save_visit(folder, 10)
    assert last.load(folder).tried_s == 10


def files_of(version: int) -> dict[str, bytes]:
    return {
        "trust.cwt": f"trust {version}".encode() * 100,
        "rules.cwt": b"rules",
        "status/1.cwt": bytes([version]) * 700,
    }


def lay_out(folder: Path, version: int = VERSIONS[0]) -> None:
    blobs = {hashlib.sha256(data).hexdigest(): (name, data) for name, data in files_of(version).items()}
    names = {name: digest for digest, (name, _) in blobs.items()}
    put_parcel(folder / "incoming", names, lambda digest: blobs[digest][1])


def lay_out_more(folder: Path) -> None:
    for version in VERSIONS[1:]:
        lay_out(folder, version)
        say(version)


def parcel_holds(folder: Path, said: Said) -> None:
    place = parcel_in(folder / "incoming")
    version = (place / "status/1.cwt").read_bytes()[0]
    assert version >= least(said)
    assert {name: (place / name).read_bytes() for name in files_of(version)} == files_of(version)
    lay_out(folder, 10)
    assert parcel_in(folder / "incoming").joinpath("status/1.cwt").read_bytes()[0] == 10


def take_items(folder: Path) -> None:
    made = World()
    for number in range(1, 4):
        data = item(made, cti=f"item-{number:03d}".encode())
        answer = UrgentFolder(folder / "state" / "urgent").take(data, made.trust(), made.anchors(), NOW)
        assert answer.what is Taken.NEW
        say(number)


def items_hold(folder: Path, said: Said) -> None:
    """Every item that was taken is there, whole: the terminal verifies each."""
    made, place = World(), UrgentFolder(folder / "state" / "urgent")
    found = place.read()
    assert len(found) >= len(said)
    kept = [place.take(data, made.trust(), made.anchors(), NOW).what for data in found]
    assert kept == [Taken.KNOWN] * len(found)
    more = item(made, cti=b"item-009")
    assert place.take(more, made.trust(), made.anchors(), NOW).what is Taken.NEW
