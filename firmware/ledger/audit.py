"""Whether an export holds: what an auditor asks of somebody else's log. No key of ours, no ledger, no clock is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import Export
from firmware.ledger.lane_names import lane_name
from firmware.ledger.note import Checkpoint, Note, NoteKey
from firmware.ledger.record import ELAPSED_BITS, LAYOUT, NO_LANE, VERSION, Record, decode
from firmware.ledger.start import Start, decode_start, is_start
from firmware.ledger.tree import Edge


@dataclass(frozen=True, slots=True)
class Audit:
    """What held. `receipt_s` is when the collector signed, where it did and its key was given; `lanes` counts records."""

    checkpoint: Checkpoint
    first: int
    records: int
    oldest: Record | None
    newest: Record | None
    start: Start | None
    families: dict[str, int]
    lanes: dict[str, int]
    compared: int = 0
    receipt_s: float | None = None


def audit(
    export: Export, key: NoteKey | None = None, seen: Sequence[Note] = (), collector: NoteKey | None = None
) -> Audit:
    """Check an export to the last byte. Raises LedgerDamagedError naming the first thing that does not hold.

    1 the checkpoint is signed by the key: the one that the auditor knows, or else the one that the export carries
    2 the records, put onto the edge before them, give exactly the signed root
    3 every record can be read, and their numbers have no gap
    4 every earlier checkpoint in `seen` is a beginning of this very log
    5 the receipt, where a collector's key is given, is for this log too
    6 the names of the lanes, where there are any, are signed by that key
    """
    # 1
    signer = key or export.key
    if export.key != signer:
        raise LedgerDamagedError(f"the export is of {export.key.text}, expected {signer.text}")
    export.checkpoint.require(signer)
    found = export.checkpoint.checkpoint
    if (found.origin, found.size) != (signer.name, export.size):
        raise LedgerDamagedError(
            f"the checkpoint is of {found.size} leaves of {found.origin}, the export ends at {export.size}"
        )
    # 2
    roots = _roots(export, {note.checkpoint.size for note in seen} | _size_of(export.receipt))
    if roots[export.size] != found.root:
        raise LedgerDamagedError("the records do not give the signed root: one was changed, left out or moved")
    # 3
    start, families, lanes = _read_all(export)
    # 4
    for note in seen:
        note.require(signer)
        _require_beginning(note.checkpoint, roots, export)
    # 5
    receipt_s = None
    if collector is not None and export.receipt is not None:
        export.receipt.require(signer)
        receipt_s = export.receipt.require(collector)
        _require_beginning(export.receipt.checkpoint, roots, export)
    # 6
    names: dict[int, str] = {}
    if export.lanes is not None:
        export.lanes.require(signer)
        names = export.lanes.names
    records = export.bodies[1:] if start else export.bodies
    return Audit(
        checkpoint=found,
        first=export.edge.size,
        records=len(records),
        oldest=decode(records[0]) if records else None,
        newest=decode(records[-1]) if records else None,
        start=start,
        families=families,
        lanes={lane_name(names, lane): count for lane, count in sorted(lanes.items()) if lane != NO_LANE},
        compared=len(seen),
        receipt_s=receipt_s,
    )


def _size_of(note: Note | None) -> set[int]:
    return {note.checkpoint.size} if note else set()


def _roots(export: Export, sizes: set[int]) -> dict[int, bytes]:
    """The tree's root at each of these sizes that the export reaches, and at its end."""
    edge, roots = export.edge, {}
    for size in sorted({size for size in sizes if edge.size <= size <= export.size} | {export.size}):
        edge = edge.extend(export.bodies[edge.size - export.edge.size : size - export.edge.size])
        roots[size] = edge.root() if size else Edge().root()
    return roots


def _require_beginning(earlier: Checkpoint, roots: dict[int, bytes], export: Export) -> None:
    if earlier.size not in roots:
        raise LedgerDamagedError(
            f"the earlier checkpoint of {earlier.size} leaves cannot be compared: "
            f"the export has {export.edge.size} to {export.size}"
        )
    if earlier.root != roots[earlier.size]:
        raise LedgerDamagedError(
            f"this log does not begin with the one of the earlier checkpoint ({earlier.size} leaves)"
        )


def _read_all(export: Export) -> tuple[Start | None, dict[str, int], Counter[int]]:
    """The first leaf, where it is in here, and how often each family and each lane is said.

    Every record is read, each kind of head once.
    """
    bodies = export.bodies
    start = decode_start(bodies[0]) if export.edge.size == 0 and bodies else None
    heads: Counter[tuple[int, ...]] = Counter()
    examples: dict[tuple[int, ...], bytes] = {}
    expected = start.sequence + 1 if start else None
    for body in bodies[1:] if start else bodies:
        if is_start(body):
            raise LedgerDamagedError("a first leaf in the middle of a log")
        version, sequence, _, level, family, reason, kind, *_, last = LAYOUT.unpack(body)
        if expected is not None and sequence != expected:
            raise LedgerDamagedError(f"record {expected} expected, {sequence} found in its place")
        expected = sequence + 1
        head = (version, level, family, reason, kind, last >> ELAPSED_BITS if version == VERSION else NO_LANE)
        heads[head] += 1
        examples.setdefault(head, body)
    families: Counter[str] = Counter()
    lanes: Counter[int] = Counter()
    for kind_of_head, body in examples.items():
        record = decode(body)
        families[record.family.value] += heads[kind_of_head]
        lanes[record.lane] += heads[kind_of_head]
    return start, dict(families), lanes
