"""What readers go by: one small file a generation, and the link `current` that names the one in force.

trust/current -> generations/00000008            swapped by rename; a reader follows it once a load
trust/generations/00000008                       line 1: SHA-256 of the rest; then JSON: number, entries, floors, time

The manifest (manifest.py) is the writer's truth and these files are derived from it, because a reader of another user can
neither recover nor lock a SQLite file (docs/decisions/0021-blob-store.md). A record that does not fit its first line is as
good as none. Before that decision a generation was a folder of that name; `linked_number` knows both.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from firmware.sync.errors import MissingError, TrustError

CURRENT: Final = "current"
GENERATIONS: Final = "generations"
BLOBS: Final = "blobs"
MANIFEST: Final = "manifest.sqlite"
MAX_RECORD_BYTES: Final = 4 << 20
MAX_ENTRIES: Final = 8192
MAX_NAME_CHARS: Final = 128
MAX_FLOOR: Final = (1 << 63) - 1
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = frozenset({"number", "committed_s", "entries", "floors"})
_AGAIN: Final = "run the sync, or copy the trust data again"


@dataclass(frozen=True, slots=True)
class Generation:
    """What was in force together: name -> SHA-256 of its blob. `floors` as they were then; `committed_s` by an unproven clock."""

    number: int
    entries: Mapping[str, str]
    committed_s: float
    floors: Mapping[str, int]


def encode(generation: Generation) -> bytes:
    body = json.dumps(
        {
            "number": generation.number,
            "committed_s": generation.committed_s,
            "entries": dict(sorted(generation.entries.items())),
            "floors": dict(sorted(generation.floors.items())),
        },
        separators=(",", ":"),
    ).encode("ascii")
    return hashlib.sha256(body).hexdigest().encode("ascii") + b"\n" + body + b"\n"


def decode(data: bytes) -> Generation:
    """Raises ValueError for anything that `encode` does not give."""
    first, _, rest = data.partition(b"\n")
    body = rest[:-1]
    if rest[-1:] != b"\n" or hashlib.sha256(body).hexdigest().encode("ascii") != first:
        raise ValueError("the record does not fit its hash")
    table: dict[str, Any] = json.loads(body)
    if not isinstance(table, dict) or table.keys() != _FIELDS:
        raise ValueError("other fields than a record has")
    number, committed_s, entries, floors = (table[name] for name in ("number", "committed_s", "entries", "floors"))
    if not isinstance(number, int) or not isinstance(committed_s, float | int):
        raise ValueError("a record without its number or its time")
    if not isinstance(entries, dict) or not isinstance(floors, dict):
        raise ValueError("a record without its tables")
    require_entries(entries)
    require_floors(floors)
    return Generation(number, MappingProxyType(entries), float(committed_s), MappingProxyType(floors))


def require_entries(entries: Mapping[str, str]) -> None:
    """Raises ValueError: a name that could leave its folder, a digest that is none, too many."""
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"more than {MAX_ENTRIES} entries")
    for name, digest in entries.items():
        if len(name) > MAX_NAME_CHARS or not _NAME.fullmatch(name) or not is_digest(digest):
            raise ValueError(f"no entry of a generation: {name[:MAX_NAME_CHARS]!r}")


def require_floors(floors: Mapping[str, int]) -> None:
    """Raises ValueError."""
    if len(floors) > MAX_ENTRIES:
        raise ValueError(f"more than {MAX_ENTRIES} floors")
    for name, value in floors.items():
        if len(name) > MAX_NAME_CHARS or not _NAME.fullmatch(name) or type(value) is not int:
            raise ValueError(f"no floor: {name[:MAX_NAME_CHARS]!r}")
        if not 0 <= value <= MAX_FLOOR:
            raise ValueError(f"the floor {name} is out of range: {value}")


def is_digest(text: object) -> bool:
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def path_of(folder: Path, number: int) -> Path:
    return folder / GENERATIONS / f"{number:08d}"


def read_record(folder: Path, number: int) -> Generation:
    """The record of this generation. Raises MissingError where there is none, TrustError where it is damaged."""
    path = path_of(folder, number)
    data = read_file(path, MAX_RECORD_BYTES)
    try:
        generation = decode(data)
    except (ValueError, RecursionError) as error:
        raise TrustError(f"{path} is damaged", _AGAIN) from error
    if generation.number != number:
        raise TrustError(f"{path} is the record of another generation", _AGAIN)
    return generation


def linked_number(folder: Path) -> int | None:
    """The generation that `current` names, whether it is there or not; None before the first installation."""
    current = folder / CURRENT
    name = current.readlink().name if current.is_symlink() else ""
    return int(name) if name.isdecimal() else None


def numbered(folder: Path) -> dict[int, Path]:
    """Number -> place of every generation, whole or not; a record is a file, an older form is a folder."""
    return {int(place.name): place for place in (folder / GENERATIONS).glob("*") if place.name.isdecimal()}


def read_file(path: Path, max_bytes: int) -> bytes:
    """A regular file's bytes. O_NONBLOCK: a pipe under that name must not keep us waiting for a writer."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read(max_bytes + 1) if regular else b""
    except OSError as error:
        raise MissingError(f"{path}: {error.strerror}", _AGAIN) from error
    if not regular:
        raise TrustError(f"{path} is no file", "remove what does not belong there")
    if len(data) > max_bytes:
        raise TrustError(f"{path} is longer than {max_bytes} bytes", "get the trust data again from its publisher")
    return data
