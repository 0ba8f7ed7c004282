"""The ledger's file, read: records, the tree over them, its checkpoints and receipts; and whether all of it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.note import Note, NoteKey, parse_note
from firmware.ledger.record import Record, decode, milliseconds
from firmware.ledger.schema import FILE_NAME, FORMAT, STORED_LEVEL, connect_read_only, format_of, lanes_of, split
from firmware.ledger.start import Start, decode_start, is_start
from firmware.ledger.tree import Edge, Nodes, edge_of, leaf_hash, node_hash

if TYPE_CHECKING:
    from firmware.ledger.export import Export
    from firmware.ledger.lane_names import LaneNames


@dataclass(frozen=True, slots=True)
class Log:
    """The ends of the tree: `edge` of all leaves, `gone` of the forgotten ones."""

    origin: str
    start_sequence: int
    edge: Edge
    gone: Edge
    floor_ms: int

    @property
    def size(self) -> int:
        return self.edge.size


class LedgerReader:
    """Reads. All of it may raise sqlite3.Error, OSError or LedgerDamagedError."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    @classmethod
    def in_folder(cls, folder: Path) -> LedgerReader:
        """The ledger of a folder, beside whoever writes it. FileNotFoundError when there is none."""
        path = folder / FILE_NAME
        path.stat()
        base = connect_read_only(path)
        base.execute("BEGIN")  # all that is read is of one moment, whatever the writer does meanwhile
        found = format_of(base)
        if found != FORMAT:
            base.close()
            raise LedgerDamagedError(
                f"{path.name} is of form {found}; starting the terminal once brings it to {FORMAT}"
            )
        return LedgerReader(base)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._base.close()

    def log(self) -> Log:
        row = self._base.execute(
            "SELECT origin, start_sequence, size, edge, gone_size, gone_edge, floor_ms FROM log"
        ).fetchone()
        if row is None:
            raise LedgerDamagedError("the ends of the log are missing")
        origin, start, size, edge, gone_size, gone_edge, floor_ms = row
        try:
            return Log(origin, start, Edge(size, split(edge)), Edge(gone_size, split(gone_edge)), floor_ms)
        except ValueError as error:
            raise LedgerDamagedError(f"the ends of the log are damaged: {error}") from error

    def floor_s(self) -> float:
        """An instant that is certainly past; 0 when nothing is known yet."""
        return self.log().floor_ms / 1000

    def count(self) -> int:
        """How many records are kept."""
        log = self.log()
        return log.size - max(log.gone.size, 1)

    def lanes(self) -> dict[int, str]:
        """The numbers of lanes in the records, and the names that they have."""
        return lanes_of(self._base)

    def bodies(self, first: int = 0, size: int | None = None) -> Iterator[bytes]:
        """The kept leaves from place `first` to below `size`, as their bytes."""
        rows = self._base.execute(
            "SELECT body FROM record WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
            (first, 1 << 62 if size is None else size),
        )
        return (body for (body,) in rows)

    def records(self) -> Iterator[Record]:
        """All kept records, oldest first. Raises LedgerDamagedError at the first that cannot be read."""
        return (decode(body) for body in self.bodies() if not is_start(body))

    def newest(self) -> Record | None:
        """The newest record; None when none is kept."""
        row = self._base.execute("SELECT body FROM record WHERE leaf > 0 ORDER BY leaf DESC LIMIT 1").fetchone()
        return None if row is None else decode(row[0])

    def start(self) -> Start | None:
        """What the first leaf says; None when it is forgotten."""
        row = self._base.execute("SELECT body FROM record WHERE leaf = 0").fetchone()
        return None if row is None else decode_start(row[0])

    def nodes(self) -> Nodes:
        """The perfect subtrees of the tree as it is now. LedgerDamagedError for one that needs what is forgotten."""
        kept = self.log().gone.parts()

        def node(level: int, place: int) -> bytes:
            found = kept.get((level, place)) or self._node(level, place)
            return found or node_hash(node(level - 1, 2 * place), node(level - 1, 2 * place + 1))

        return node

    def edge_at(self, size: int) -> Edge:
        """The edge that the tree had at `size` leaves, which may not lie inside what is forgotten."""
        log = self.log()
        if not log.gone.size <= size <= log.size:
            raise LedgerDamagedError(f"the tree of {size} leaves is not here: {log.gone.size} to {log.size} are")
        return edge_of(self.nodes(), size)

    def export(self, key: NoteKey, first: int, checkpoint: Note, lanes: LaneNames | None = None) -> Export:
        """The leaves from `first` to the checkpoint, with all that is needed to check them."""
        from firmware.ledger.export import (
            Export,  # here: it loads zstandard, which a terminal without a collector does without
        )

        edge = self.edge_at(first)
        bodies = list(self.bodies(first, checkpoint.checkpoint.size))
        receipts = self.receipts()
        return Export(key, edge, bodies, checkpoint, receipts[-1] if receipts else None, lanes)

    def checkpoints(self) -> list[Note]:
        """The signed checkpoints that are kept, oldest first."""
        return [parse_note(text) for (text,) in self._base.execute("SELECT note FROM checkpoint ORDER BY size")]

    def receipts(self) -> list[Note]:
        """The checkpoints that a collector has signed, oldest first."""
        return [parse_note(text) for (text,) in self._base.execute("SELECT note FROM receipt ORDER BY size")]

    def verify(self, key: NoteKey | None = None) -> int:
        """Walk the whole log; gives how many records hold. LedgerDamagedError names the first thing that does not.

        With `key` the checkpoints must also be signed by it.
        """
        log = self.log()
        notes = {note.checkpoint.size: note for note in self.checkpoints()}
        edge, place = log.gone, log.gone.size
        if place in notes:
            _require_checkpoint(notes.pop(place), edge, log.origin, key)
        for leaf, utc_ms, body in self._base.execute("SELECT leaf, utc_ms, body FROM record ORDER BY leaf"):
            if leaf != place:
                raise LedgerDamagedError(f"record {log.start_sequence + place} is missing")
            _require_in_place(log, leaf, utc_ms, body)
            rising = edge.rise(leaf_hash(body))
            self._require_nodes(rising, leaf)
            edge, place = edge.after(rising), place + 1
            if place in notes:
                _require_checkpoint(notes.pop(place), edge, log.origin, key)
        if edge != log.edge:
            raise LedgerDamagedError(f"the tree of {place} leaves is not the one that was written ({log.size})")
        if beyond := [size for size in notes if size > log.size]:
            raise LedgerDamagedError(f"a checkpoint of {beyond[0]} leaves, and the log has {log.size}")
        return self.count()

    def _node(self, level: int, place: int) -> bytes | None:
        """The stored hash; below the stored levels None, for the caller to combine, and of a leaf the hash of its record."""
        if level == 0:
            row = self._base.execute("SELECT body FROM record WHERE leaf = ?", (place,)).fetchone()
            if row is None:
                raise LedgerDamagedError(f"the leaf at place {place} is not here")
            return leaf_hash(row[0])
        if level < STORED_LEVEL:
            return None
        row = self._base.execute("SELECT hash FROM node WHERE level = ? AND place = ?", (level, place)).fetchone()
        return None if row is None else bytes(row[0])

    def _require_nodes(self, rising: tuple[bytes, ...], leaf: int) -> None:
        for level in range(STORED_LEVEL, len(rising)):
            if self._node(level, leaf >> level) != rising[level]:
                raise LedgerDamagedError(f"the stored node over leaf {leaf} at level {level} is not its hash")


def _require_in_place(log: Log, leaf: int, utc_ms: int, body: bytes) -> None:
    if leaf == 0:
        if decode_start(body).sequence != log.start_sequence:
            raise LedgerDamagedError("the first leaf does not begin where the log does")
        return
    record, expected = decode(body), log.start_sequence + leaf
    if record.sequence != expected:
        raise LedgerDamagedError(f"record {expected} expected, {record.sequence} found in its place")
    if milliseconds(record.utc_s) != utc_ms:
        raise LedgerDamagedError(f"record {expected} is filed under another time than its own")


def _require_checkpoint(note: Note, edge: Edge, origin: str, key: NoteKey | None) -> None:
    found = note.checkpoint
    if found.origin != origin or found.root != edge.root():
        raise LedgerDamagedError(f"the checkpoint of {found.size} leaves has another root than the records")
    if key is not None:
        note.require(key)
