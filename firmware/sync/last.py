"""What the last rounds of sync came to, for people and for the next round: one small JSON file, written whole or not at all.

It decides nothing about trust: who writes here can make a terminal ask later or say another age, and no more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from firmware.model import Outcome
from firmware.sync.disk import REAL_DISK, Disk
from firmware.sync.fetch import Trouble

FILE_NAME: Final = "last.json"
MAX_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Last:
    """Instants are UTC seconds as this device knew them at the time. None: not yet."""

    tried_s: float | None = None
    succeeded_s: float | None = None
    next_s: float | None = None
    failures: int = 0
    trouble: Trouble | None = None
    what: str = ""
    source: str = ""
    freshness: Outcome | None = None
    issued_s: int | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    expires_s: Mapping[str, float] = field(default_factory=dict)
    requests: int = 0
    body_bytes: int = 0
    etags: Mapping[str, str] = field(default_factory=dict)
    upload: str | None = None  # why the last upload failed; None: it did not, or there is none


def load(folder: Path) -> Last:
    """The record in this folder; a fresh one where there is none, or where what lies there is none."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            table = json.loads(file.read(MAX_BYTES))
        return _last(table)
    except (OSError, ValueError, TypeError, RecursionError):
        return Last()


def save(folder: Path, last: Last, disk: Disk = REAL_DISK) -> None:
    """Raises OSError; the old record then stands."""
    path, draft = folder / FILE_NAME, folder / f"{FILE_NAME}.new"
    if draft.exists():
        disk.remove(draft)
    disk.write(draft, (json.dumps(asdict(last), ensure_ascii=False, indent=1).encode(),))
    disk.sync(draft)
    disk.rename(draft, path)
    disk.sync(folder)


def _last(table: Any) -> Last:
    """Raises ValueError or TypeError for anything that `save` did not write."""
    if not isinstance(table, dict) or table.keys() != {item.name for item in fields(Last)}:
        raise ValueError("other fields")
    for name in ("tried_s", "succeeded_s", "next_s", "issued_s"):
        if table[name] is not None and type(table[name]) not in (int, float):
            raise ValueError(name)
    for name, kind in (("versions", int), ("expires_s", float), ("etags", str)):
        if not isinstance(table[name], dict) or not all(isinstance(value, kind) for value in table[name].values()):
            raise ValueError(name)
    for name, kind in (("failures", int), ("requests", int), ("body_bytes", int), ("what", str), ("source", str)):
        if not isinstance(table[name], kind):
            raise ValueError(name)
    if not isinstance(table["upload"], str | None):
        raise ValueError("upload")
    trouble, freshness = table["trouble"], table["freshness"]
    return Last(
        **table
        | {
            "trouble": None if trouble is None else Trouble(trouble),
            "freshness": None if freshness is None else Outcome(freshness),
        }
    )
