"""Blobs in one folder, each named by the SHA-256 of its bytes, and checked against that name whenever it is read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from firmware.sync.disk import Disk, make_folders, remove_tree
from firmware.sync.errors import MissingBlobError
from firmware.sync.record import is_digest

#: A nation's register is some 10 MB; a terminal has 512 MB of memory and a card of 8 GB.
MAX_BLOB_BYTES: Final = 256 << 20
_CHUNK_BYTES: Final = 1 << 20
_DRAFT: Final = "draft.new"
_FETCH: Final = "the next sync brings it again"


class Shelf:
    """The blobs of one folder. Reading needs no lock; writing is for the one who holds the store's."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def path(self, digest: str) -> Path:
        """Where this blob lies, if it is there. Raises ValueError for a text that is no digest."""
        if not is_digest(digest):
            raise ValueError(f"no SHA-256 in hex: {digest[:80]!r}")
        return self._folder / digest

    def put(self, parts: Callable[[], Iterable[bytes]], known: Collection[str]) -> str:
        """Keep these bytes; durable when the digest comes back. Raises OSError, and leaves no draft behind.

        `parts` gives the bytes anew at each call. A blob of `known`, which durable generations name, is not written again
        while it is whole.
        """
        digest = _digest(parts())
        if digest in known and self.is_whole(digest):
            return digest
        make_folders(self._folder, self._disk)
        draft = self._folder / _DRAFT
        remove_tree(draft, self._disk)
        written = hashlib.sha256()  # of what is written: a file may change between two readings
        try:
            self._disk.write(draft, _through(written.update, parts()))
            self._disk.sync(draft)
            digest = written.hexdigest()
            self._disk.rename(draft, self._folder / digest)
        except BaseException:
            with suppress(OSError):  # the first fault is the one to tell of; a draft is also removed at the next start
                remove_tree(draft, self._disk)
            raise
        self._disk.sync(self._folder)
        return digest

    def read(self, digest: str, max_bytes: int = MAX_BLOB_BYTES) -> bytes:
        """All bytes. Raises MissingBlobError: not there, not readable, longer than that, or not what its name says."""
        try:
            with os.fdopen(_open(self.path(digest)), "rb") as file:
                data = file.read(max_bytes + 1)
        except OSError as error:
            raise _missing(digest, error.strerror or "cannot be read") from error
        if len(data) > max_bytes:
            raise _missing(digest, f"longer than {max_bytes} bytes")
        if hashlib.sha256(data).hexdigest() != digest:
            raise _missing(digest, "damaged: its bytes do not fit its name")
        return data

    def is_whole(self, digest: str) -> bool:
        """True where the blob is there and its bytes fit its name."""
        try:
            with os.fdopen(_open(self.path(digest)), "rb") as file:
                return _digest(iter(lambda: file.read(_CHUNK_BYTES), b"")) == digest
        except OSError:
            return False

    def drop(self, digest: str) -> None:
        """Remove a blob that is no good; one that is not there is fine."""
        if self.path(digest).exists():
            self._disk.remove(self.path(digest))
            self._disk.sync(self._folder)

    def collect(self, named: Collection[str]) -> int:
        """Remove all that is not named, drafts too; gives how many went."""
        gone = [path for path in self._folder.glob("*") if path.name not in named]
        for path in gone:
            remove_tree(path, self._disk)
        return len(gone)


def parts_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, a megabyte at a time. Raises OSError, also for what is no file or longer than MAX_BLOB_BYTES."""
    size_bytes = 0
    with os.fdopen(_open(path), "rb") as file:
        while part := file.read(_CHUNK_BYTES):
            size_bytes += len(part)
            if size_bytes > MAX_BLOB_BYTES:
                raise OSError(f"{path} is longer than {MAX_BLOB_BYTES} bytes")
            yield part


def _open(path: Path) -> int:
    """A handle of a regular file. O_NONBLOCK: a pipe under that name must not keep us waiting for a writer."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is no file")
    return handle


def _digest(parts: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def _through(look: Callable[[bytes], object], parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        look(part)
        yield part


def _missing(digest: str, why: str) -> MissingBlobError:
    return MissingBlobError(f"the blob {digest[:16]} of the trust folder: {why}", _FETCH)
