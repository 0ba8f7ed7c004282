"""Where a fetch keeps what it has verified: blobs by hash, names for them, and floors that never fall.

tuf's own folder is only a working copy for one round: it is written without fsync, and a device whose copy was emptied
would believe an older repository. What counts is here. On a disk the keeper is `blobs.Store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, Protocol

from firmware.sync.errors import MissingBlobError, StepBackError
from firmware.sync.record import require_entries, require_floors

_AGAIN: Final = "fetch it again"


class Kept(Protocol):
    """What is in force in a keeper."""

    @property
    def entries(self) -> Mapping[str, str]: ...


class Keeper(Protocol):
    """Raises OSError where the disk cannot be written; a commit is whole or not at all."""

    def put(self, data: bytes) -> str:
        """Keep these bytes durably and give their SHA-256 in hex."""
        ...

    def read(self, digest: str) -> bytes:
        """The bytes, checked against their hash. Raises MissingBlobError."""
        ...

    def floors(self) -> Mapping[str, int]: ...

    def commit(self, entries: Mapping[str, str], floors: Mapping[str, int]) -> int:
        """Name these blobs and raise these floors, in one step. Raises StepBackError where one would fall."""
        ...

    def current(self) -> Kept | None: ...


class MemoryKeeper:
    """A keeper without a disk: for demonstrations and fleets that are only played."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._floors: dict[str, int] = {}
        self._number = 0
        self.entries: Mapping[str, str] = {}

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self._blobs[digest] = data
        return digest

    def read(self, digest: str) -> bytes:
        if digest not in self._blobs:
            raise MissingBlobError(f"the blob {digest[:16]} is not here", _AGAIN)
        return self._blobs[digest]

    def floors(self) -> Mapping[str, int]:
        return dict(self._floors)

    def commit(self, entries: Mapping[str, str], floors: Mapping[str, int]) -> int:
        require_entries(entries)
        require_floors(floors)
        falling = [name for name, value in floors.items() if value < self._floors.get(name, 0)]
        if falling:
            raise StepBackError(f"{falling[0]} is older than what was seen before", _AGAIN)
        self._floors.update(floors)
        self.entries = dict(entries)
        self._blobs = {digest: self._blobs[digest] for digest in entries.values()}
        self._number += 1
        return self._number

    def current(self) -> Kept | None:
        return self if self._number else None
