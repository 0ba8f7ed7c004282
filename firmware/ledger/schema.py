"""The ledger's tables, and how a ledger of an earlier form becomes one of this form.

One row `log` holds the ends of the tree: its edge, and the edge of what was forgotten. They change in one transaction
with the records. Nodes are kept from level 6 up (a byte a record); below it they are hashed again from 64 records.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Final

from firmware.ledger.lock import locked
from firmware.ledger.record import MAX_LANE, NO_LANE
from firmware.ledger.start import Before, Start
from firmware.ledger.tree import Edge, leaf_hash

FILE_NAME: Final = "ledger.sqlite"
BUSY_MS: Final = 2000
FORMAT: Final = 2
#: Nodes below this level are not stored: 64 records are hashed in a tenth of a millisecond.
STORED_LEVEL: Final = 6

_TABLES: Final = """
CREATE TABLE record (
    leaf INTEGER PRIMARY KEY,
    utc_ms INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE node (
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE receipt (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL,
    start_sequence INTEGER NOT NULL,
    size INTEGER NOT NULL,
    edge BLOB NOT NULL,
    gone_size INTEGER NOT NULL,
    gone_edge BLOB NOT NULL,
    floor_ms INTEGER NOT NULL
) STRICT;
"""
_NAMES: Final = ("record", "node", "checkpoint", "receipt", "log")
#: Apart from the others: it came later, and the numbers in the records mean the same in a log under another key.
_LANES: Final = "CREATE TABLE IF NOT EXISTS lane (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT"


def connect(path: Path) -> sqlite3.Connection:
    """The database for a writer, with nothing acknowledged before it is on the disk. Raises sqlite3.Error or OSError."""
    base = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        with locked(path.parent):  # SQLite waits for another process, but not in this one step
            base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("PRAGMA secure_delete = ON")  # a forgotten record leaves no bytes behind in the file
        base.execute("PRAGMA cache_size = -256")  # kB
    except sqlite3.Error:
        base.close()
        raise
    return base


def connect_read_only(path: Path) -> sqlite3.Connection:
    """The database for a reader beside the writer. Raises sqlite3.Error."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_MS / 1000
    )


def prepare(base: sqlite3.Connection, origin: str) -> None:
    """Tables of this form, for the log of this origin; an earlier ledger is taken over whole, in one transaction."""
    if _is_ready(base, origin) and _has_lanes(base):
        return
    with base:
        base.execute("BEGIN IMMEDIATE")
        base.execute(_LANES)
        if _is_ready(base, origin):  # what came before was done by another lane meanwhile
            return
        found = format_of(base)
        if found == FORMAT:
            _begin_again(base, origin)
        elif found == 1:
            _take_over_chain(base, origin)
        else:
            _create(base, origin, Start(), [], 0)


def _is_ready(base: sqlite3.Connection, origin: str) -> bool:
    """A tree of this origin. Without its row the ends are lost: that is damage, and is told when it is read."""
    return format_of(base) == FORMAT and base.execute("SELECT origin FROM log").fetchone() in (None, (origin,))


def lanes_of(base: sqlite3.Connection) -> dict[int, str]:
    """The lanes that write, or wrote, into this ledger: number -> name. Empty in one from before there were lanes."""
    if not _has_lanes(base):
        return {}
    return dict(base.execute("SELECT number, name FROM lane ORDER BY number"))


def number_of(base: sqlite3.Connection, lane: str) -> int:
    """The number of a lane, given now when it has none; NO_LANE for no name, and when all numbers are taken."""
    if not lane:
        return NO_LANE
    if lane not in lanes_of(base).values():
        with base:
            base.execute("BEGIN IMMEDIATE")
            base.execute(
                "INSERT OR IGNORE INTO lane SELECT (SELECT coalesce(max(number), 0) + 1 FROM lane), ?"
                " WHERE (SELECT count(*) FROM lane) < ?",
                (lane, MAX_LANE),
            )
    return next((number for number, name in lanes_of(base).items() if name == lane), NO_LANE)


def _has_lanes(base: sqlite3.Connection) -> bool:
    return "lane" in _tables(base)


def format_of(base: sqlite3.Connection) -> int:
    """0: nothing yet, 1: a chain, 2: a tree."""
    names = _tables(base)
    return FORMAT if "log" in names else 1 if "chain" in names else 0


def _tables(base: sqlite3.Connection) -> set[str]:
    return {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _take_over_chain(base: sqlite3.Connection, origin: str) -> None:
    rows = base.execute("SELECT utc_ms, body FROM record ORDER BY sequence").fetchall()
    row = base.execute("SELECT base_sequence, base_link, head_sequence, head_link, floor_ms FROM chain").fetchone()
    sequence, link, head_sequence, head_link, floor_ms = row or (0, bytes(32), -1, b"", 0)
    end = link
    for _, body in rows:
        end = hashlib.sha256(end + body).digest()
    held = (sequence + len(rows), end) == (head_sequence, head_link)
    base.execute("DROP TABLE record")
    base.execute("DROP TABLE chain")
    start = Start(sequence, Before.CHAIN if held else Before.BROKEN_CHAIN, link)
    _create(base, origin, start, rows, floor_ms)


def _begin_again(base: sqlite3.Connection, origin: str) -> None:
    """A log of another key ends here, and its kept records go on in a new one that names its last root."""
    rows = base.execute("SELECT leaf, utc_ms, body FROM record ORDER BY leaf").fetchall()
    start_sequence, size, edge, floor_ms = base.execute(
        "SELECT start_sequence, size, edge, floor_ms FROM log"
    ).fetchone()
    if rows and rows[0][0] == 0:
        rows = rows[1:]  # its own first leaf
    root = Edge(size, split(edge)).root()
    sequence = start_sequence + size - 1 - len(rows)
    for name in _NAMES:
        base.execute(f"DROP TABLE {name}")
    _create(base, origin, Start(sequence, Before.OTHER_KEY, root, size), [row[1:] for row in rows], floor_ms)


def _create(base: sqlite3.Connection, origin: str, start: Start, rows: list[tuple[int, bytes]], floor_ms: int) -> None:
    for statement in _TABLES.split(";\n"):
        base.execute(statement)
    edge = Edge()
    for utc_ms, body in [(0, start.encode()), *rows]:
        edge = add_leaf(base, edge, utc_ms, body)
    gone = (0, b"")
    base.execute(
        "INSERT INTO log VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
        (origin, start.sequence, edge.size, b"".join(edge.hashes), *gone, floor_ms),
    )


def add_leaf(base: sqlite3.Connection, edge: Edge, utc_ms: int, body: bytes) -> Edge:
    """Put one leaf and the nodes that it completes into their tables; gives the edge with it, which the caller keeps."""
    rising = edge.rise(leaf_hash(body))
    base.execute("INSERT INTO record VALUES (?, ?, ?)", (edge.size, utc_ms, body))
    for level in range(STORED_LEVEL, len(rising)):
        base.execute("INSERT INTO node VALUES (?, ?, ?)", (level, edge.size >> level, rising[level]))
    return edge.after(rising)


def split(hashes: bytes) -> tuple[bytes, ...]:
    """An edge's hashes, as they are kept end to end."""
    return tuple(hashes[at : at + 32] for at in range(0, len(hashes), 32))
