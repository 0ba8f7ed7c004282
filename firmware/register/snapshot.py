"""A whole register in one file: opened and looked up where it lies, or written from marks in order."""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final

from firmware.register.bits import Bits, Numbers
from firmware.register.facts import MAX_FILE_BYTES, SNAPSHOT_MAGIC, RegisterError
from firmware.register.reader import Batch, SetReader
from firmware.register.shape import Shape
from firmware.register.table import MAX_TABLE_BYTES, ListTable, parse_table
from firmware.register.writer import Scratch, SetWriter

#: After so many lookups the pages that they touched are given back: what is resident stays small however long the terminal runs.
_LOOKUPS_KEPT: Final = 2


class Snapshot:
    """A register, mapped. Close it, or use it as a context. Whoever opens it has compared its hash (`sha256_of`)."""

    def __init__(self, path: Path) -> None:
        """Raises RegisterError when the file is no register, OSError when it cannot be read."""
        self._map = map_file(path)
        try:
            if self._map[: len(SNAPSHOT_MAGIC)] != SNAPSHOT_MAGIC:
                raise RegisterError("not a register: it begins with other bytes")
            start = len(SNAPSHOT_MAGIC)
            self.lists, size = parse_table(self._map[start : start + MAX_TABLE_BYTES])
            self._set = SetReader(self._map, start + size)
            if self._set.places != self.lists.places:
                raise RegisterError("a register with other places than its lists have")
            if self._set.end != len(self._map):
                raise RegisterError("bytes left over")
        except BaseException:
            self._map.close()
            raise
        self._lookups = 0
        self.forget()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._map.close()

    @property
    def marks(self) -> int:
        return self._set.marks

    @property
    def shape(self) -> Shape:
        return self._set.shape

    @property
    def cuts(self) -> tuple[int, ...]:
        return self._set.cuts

    def has_list(self, number: int) -> bool:
        return self.lists.size_of(number) is not None

    def state(self, number: int, index: int) -> int | None:
        """The state at [list, index], 0 for an unmarked place; None for a list that is not here, or that ends before the index."""
        position = self.lists.position(number, index)
        if position is None:
            return None
        self._lookups += 1
        if self._lookups % _LOOKUPS_KEPT == 0:
            self.forget()
        rank = self._set.find(position)
        return 0 if rank is None else self._set.state_at(rank)

    def batches(self) -> Iterator[Batch]:
        """Every mark in order."""
        for batch in self._set.batches():
            yield batch
            self.forget()

    def forget(self) -> None:
        """Give back the pages that were touched; they stay in the system's cache."""
        self._map.madvise(mmap.MADV_DONTNEED)


def write_snapshot(
    path: Path, lists: ListTable, marks: Iterable[tuple[Numbers, Bits]], *, expected: bytes | None = None
) -> bytes:
    """Write a register from marks in order, (positions, states) at a time, and give its SHA-256: the `expected` one, if named.

    Raises RegisterError and OSError; then no file is written.
    """
    with written(path) as (out, scratch), SetWriter(scratch) as writer:
        for positions, states in marks:
            if len(states) and states.min() == 0:
                raise RegisterError("a mark whose state is valid")
            writer.add(positions, states)
        out.write(SNAPSHOT_MAGIC + lists.encoded)
        writer.write_to(out, lists.places)
        out.flush()
        digest = sha256_of(Path(out.name))
        if expected is not None and digest != expected:
            raise RegisterError("a register that is not the one that was promised")
    return digest


@contextmanager
def written(path: Path) -> Iterator[tuple[IO[bytes], Scratch]]:
    """A file that appears under its name when it is whole, and a maker of nameless scratch files beside it.

    Nothing is synced: whoever keeps the file does that.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            yield out, partial(_scratch, path.parent)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _scratch(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def sha256_of(path: Path) -> bytes:
    """Of a file, streaming. Of a register it is the hash of its content too: one content has one form."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def map_file(path: Path) -> mmap.mmap:
    """A regular file as a read-only map. Raises RegisterError for one that is none, is empty or too long, and OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= MAX_FILE_BYTES:
            raise RegisterError("no file, an empty one, or one longer than a register may be")
        return mmap.mmap(handle, 0, prot=mmap.PROT_READ)
    finally:
        os.close(handle)
