"""One small file a lane in memory (tmpfs), written by it alone and read by the others.

    magic 4 | boot 16 | key 16 | since f64 | then entries, oldest first: digest 16 | instant f64 | note u8   (big-endian)

A code or a car stands there as a digest under the writer's own key. The key is random and stands in the file, which only the
terminal's user may read; a reader digests with each writer's key. Instants are of the steady clock, which all processes of
one boot share. `since`: from then on nothing is missing. Bounded: so many places, each for so long.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.clock import boot_id, steady_s

_log = logging.getLogger("yanma")

MAX_LANES: Final = 16
DIGEST_BYTES: Final = 16
_KEY_BYTES: Final = 16
_SINCE: Final = struct.Struct(">d")
_HEAD: Final = struct.Struct(f">4s16s{_KEY_BYTES}sd")
_ENTRY: Final = struct.Struct(f">{DIGEST_BYTES}sdB")
_INSTANT: Final = struct.Struct(">d")


@dataclass(frozen=True, slots=True)
class Form:
    """Of one kind of file: how it is called and begins, how much it holds, and how long an entry serves."""

    file_name: str
    magic: bytes
    places: int
    keep_s: float

    @property
    def max_bytes(self) -> int:
        return _HEAD.size + self.places * _ENTRY.size


@dataclass(frozen=True, slots=True)
class Entry:
    """This lane told of it, at this instant of the steady clock."""

    lane: str
    at_s: float
    note: int


@dataclass(frozen=True, slots=True)
class Others:
    """What the other lanes told. Before `since_s` something that they told may be missing."""

    entries: tuple[Entry, ...]
    since_s: float


class LaneLog:
    """One lane's own file, and a look at those of the others. None of it raises: what cannot be written or read is not told.

    A lane that starts again in the same boot goes on with its own file.
    """

    def __init__(
        self,
        folder: Path,
        lane: str,
        form: Form,
        steady: Callable[[], float] = steady_s,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self._folder = folder
        self._lane = lane
        self._form = form
        self._steady = steady
        self._boot = hashlib.sha256(boot().encode()).digest()[:16]
        self._known: set[str] = set()
        self._missing: set[str] = set()
        self._complained = False
        before = self._read(self._path)
        self._key, self._since_s = before.head if before else (secrets.token_bytes(_KEY_BYTES), steady())
        self._entries = bytearray(before.data[_HEAD.size :] if before else b"")
        self._publish()

    def __len__(self) -> int:
        return len(self._entries) // _ENTRY.size

    def mark(self, what: bytes) -> bytes:
        """What stands in this lane's file for a thing."""
        return _digest(self._key, what)

    def add(self, mark: bytes, note: int = 0) -> float:
        """Tell the others; gives the instant. Written before this returns."""
        now_s = self._steady()
        self._forget(now_s)
        self._entries += _ENTRY.pack(mark, now_s, note)
        self._publish()
        return now_s

    def own(self, what: bytes) -> tuple[Entry, ...]:
        """What this lane told of a thing, oldest first."""
        oldest_s = self._steady() - self._form.keep_s
        found = _find(self._lane, self.mark(what), self._entries, 0)
        return tuple(entry for entry in found if entry.at_s >= oldest_s)

    def others(self, what: bytes) -> Others:
        """What the other lanes told of a thing, in no order. A lane whose file has gone may have told anything."""
        now_s = self._steady()
        entries: list[Entry] = []
        since_s, present = float("-inf"), set()
        for path in sorted(self._folder.glob(f"*/{self._form.file_name}"))[:MAX_LANES]:
            lane, file = path.parent.name, None if path == self._path else self._read(path)
            if file is None:
                continue
            present.add(lane)
            key, lane_since_s = file.head
            since_s = max(since_s, lane_since_s)
            entries += _find(lane, _digest(key, what), file.data, _HEAD.size)
        if missing := self._known - present:
            since_s = now_s
            if missing != self._missing:
                _log.warning("no longer told of %s by lane %s", self._form.file_name, ", ".join(sorted(missing)))
        self._missing = missing
        self._known |= present
        return Others(
            tuple(entry for entry in entries if now_s - entry.at_s <= self._form.keep_s), max(since_s, self._since_s)
        )

    @property
    def _path(self) -> Path:
        return self._folder / self._lane / self._form.file_name

    def _forget(self, now_s: float) -> None:
        """Room for one more: what is too old goes, and then the oldest; what goes before its time leaves a gap."""
        size, end = _ENTRY.size, len(self._entries)
        first = max(0, end - (self._form.places - 1) * size)
        if first:
            self._since_s = max(self._since_s, self._instant(first - size))
        while first < end and now_s - self._instant(first) > self._form.keep_s:
            first += size
        del self._entries[:first]

    def _instant(self, at: int) -> float:
        (at_s,) = _INSTANT.unpack_from(self._entries, at + DIGEST_BYTES)
        return float(at_s)

    def _publish(self) -> None:
        """By rename, without a flush to any disk: it is memory, and gone with the power as it should be."""
        draft = self._path.with_name(f"{self._form.file_name}.new")
        try:
            draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_HEAD.pack(self._form.magic, self._boot, self._key, self._since_s))
                file.write(self._entries)
            draft.replace(self._path)
        except OSError as error:
            if not self._complained:
                self._complained = True
                _log.warning("other lanes are not told of %s: %s", self._form.file_name, error)
            self._admit_gap()

    def _admit_gap(self) -> None:
        """The file that still stands there lacks something: in its place it says so, which needs no room."""
        self._since_s = self._steady()
        try:
            with self._path.open("r+b") as file:
                file.seek(_HEAD.size - _SINCE.size)
                file.write(_SINCE.pack(self._since_s))
        except OSError:
            return  # then there is no file, and who knew it finds it missing

    def _read(self, path: Path) -> _File | None:
        """The file of a lane of this boot; None for one that is absent, torn or foreign."""
        try:
            with path.open("rb") as file:
                data = file.read(self._form.max_bytes + 1)
        except OSError:
            return None
        if not _HEAD.size <= len(data) <= self._form.max_bytes or (len(data) - _HEAD.size) % _ENTRY.size:
            return None
        magic, boot, key, since_s = _HEAD.unpack_from(data)
        return _File((key, since_s), data) if (magic, boot) == (self._form.magic, self._boot) else None


@dataclass(frozen=True, slots=True)
class _File:
    head: tuple[bytes, float]  # key, since
    data: bytes


def _find(lane: str, mark: bytes, data: bytes | bytearray, start: int) -> Iterator[Entry]:
    """The entries with this mark. A search for bytes, many times as fast as unpacking them all."""
    at = data.find(mark, start)
    while at >= 0:
        if (at - start) % _ENTRY.size == 0:
            _, at_s, note = _ENTRY.unpack_from(data, at)
            yield Entry(lane, at_s, note)
        at = data.find(mark, at + 1)


def _digest(key: bytes, what: bytes) -> bytes:
    return hashlib.blake2b(what, key=key, digest_size=DIGEST_BYTES).digest()
