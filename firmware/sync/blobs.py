"""The trust folder as a store: immutable blobs named by their SHA-256, and generations that name them.

trust/blobs/<sha256>          each written once: draft, sync, rename, sync of the folder; checked whenever it is read
trust/manifest.sqlite         what is in force, what was before it, and the floors (manifest.py); the sync's alone
trust/generations/00000008    the same for readers (record.py), named by the link `current`

One writer holds the folder's lock; any number of readers, of any user, need no lock and write nothing. A power cut at any
instant leaves the old generation in force or the new one, whole; what was acknowledged stays. docs/decisions/0021-blob-store.md
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType

from firmware.sync.disk import REAL_DISK, Disk, make_folders
from firmware.sync.errors import MissingBlobError, TrustError
from firmware.sync.manifest import Manifest
from firmware.sync.record import (
    BLOBS,
    Generation,
    linked_number,
    numbered,
    path_of,
    read_record,
    require_entries,
    require_floors,
)
from firmware.sync.recovery import follow, older_form, only_writer, open_manifest, point, publish, sweep
from firmware.sync.shelf import MAX_BLOB_BYTES, Shelf, parts_of


class Store:
    """The door. `open` gives a writer (one at a time) or a reader; a reader never blocks, and never writes.

    What changes the store may raise OSError: the disk is full, read-only or failing. After it, and after a power cut,
    readers find what they found before or the new generation, and nothing half.
    """

    def __init__(self, folder: Path, disk: Disk, wall_s: Callable[[], float]) -> None:
        self._folder = folder
        self._disk = disk
        self._wall_s = wall_s
        self._shelf = Shelf(folder / BLOBS, disk)
        self._held = ExitStack()
        self._manifest: Manifest | None = None
        self.repairs: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        folder: Path,
        disk: Disk = REAL_DISK,
        read_only: bool = False,
        *,
        wall_s: Callable[[], float] = time.time,
    ) -> Store:
        """The store of this trust folder; for a writer it is made where there is none.

        A writer takes the lock (BusyError when somebody has it), finishes what a power cut left (`repairs` says in words
        what more was mended), and collects what nothing names. `wall_s` only dates generations for people.
        """
        store = cls(folder, disk, wall_s)
        if not read_only:
            try:
                store._take()
            except BaseException:
                store.close()
                raise
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._manifest = None
        self._held.close()

    def put(self, data: bytes) -> str:
        """Keep these bytes; their SHA-256 in hex comes back when they are safe on the disk."""
        if len(data) > MAX_BLOB_BYTES:
            raise OSError(errno.EFBIG, f"a blob of more than {MAX_BLOB_BYTES} bytes")
        return self._shelf.put(lambda: (data,), self._named())

    def put_file(self, path: Path) -> str:
        """As `put`, from a file that need not fit into memory."""
        return self._shelf.put(lambda: parts_of(path), self._named())

    def read(self, digest: str, max_bytes: int = MAX_BLOB_BYTES) -> bytes:
        """The bytes of a blob, checked. Raises MissingBlobError; a writer drops a damaged one, to be fetched again."""
        try:
            return self._shelf.read(digest, max_bytes)
        except MissingBlobError:
            self._drop_if_damaged(digest)
            raise

    def path(self, digest: str) -> Path:
        """Where this blob lies, if it is there: not checked. A map of it stays readable when the blob is collected."""
        return self._shelf.path(digest)

    def lacking(self) -> Mapping[str, str]:
        """The entries in force whose blob is missing or damaged (name -> digest): put them again and all is whole."""
        current = self.current()
        found = {} if current is None else current.entries
        lacking = {name: digest for name, digest in found.items() if not self._shelf.is_whole(digest)}
        for digest in lacking.values():
            self._drop_if_damaged(digest)
        return MappingProxyType(lacking)

    def floors(self) -> Mapping[str, int]:
        """What may never fall, by name. For a reader: as they were when the generation in force was committed."""
        if self._manifest is not None:
            return self._manifest.floors()
        current = self.current()
        return MappingProxyType({}) if current is None else current.floors

    def commit(self, entries: Mapping[str, str], floors: Mapping[str, int]) -> int:
        """Bring these entries into force, whole, and raise these floors, in one transaction; gives the generation's number.

        The same entries again only raise the floors. Raises StepBackError when any floor would fall, MissingBlobError for
        an entry whose blob was not put, ValueError for names or numbers off their form: then nothing has changed.
        """
        manifest = self._writer()
        require_entries(entries)
        require_floors(floors)
        for digest in set(entries.values()):
            if not self._shelf.path(digest).is_file():
                raise MissingBlobError(f"the blob {digest[:16]} was never put", "put it before the commit")
        current = self.current()
        if current is not None and current.entries == entries:
            with manifest.change():
                manifest.raise_floors(floors)
            follow(self._folder, manifest.generations(), self._disk)
            return current.number
        number = max([0, linked_number(self._folder) or 0, *numbered(self._folder)]) + 1
        with manifest.change():
            manifest.raise_floors(floors)
            generation = Generation(number, MappingProxyType(dict(entries)), self._wall_s(), manifest.floors())
            manifest.keep(generation)
            publish(
                self._folder, generation, self._disk
            )  # before the transaction: after it, only the link is to be moved
        point(self._folder, number, self._disk)
        return number

    def current(self) -> Generation | None:
        """The generation in force; None before the first commit. A reader raises TrustError where its record is damaged."""
        if self._manifest is not None:
            return next(iter(self._manifest.generations()), None)
        number = linked_number(self._folder)
        if number is None or path_of(self._folder, number).is_dir():  # a folder: the form before this store
            return None
        return read_record(self._folder, number)

    def previous(self) -> Generation | None:
        """The newest whole generation before the one in force, if it is still kept."""
        if self._manifest is not None:
            return next(iter(self._manifest.generations()[1:]), None)
        linked = linked_number(self._folder) or 0
        for number in sorted((number for number in numbered(self._folder) if number < linked), reverse=True):
            try:
                return read_record(self._folder, number)
            except TrustError:
                continue
        return None

    def collect(self) -> int:
        """Remove what neither the generation in force nor the one before it names; gives how many blobs went."""
        sweep(self._folder, self._writer().generations(), self._disk)
        return self._shelf.collect(self._named())

    def _take(self) -> None:
        make_folders(self._folder, self._disk)
        self._held.enter_context(only_writer(self._folder))
        self._manifest, self.repairs = open_manifest(self._folder, self._disk)
        self._held.callback(self._manifest.close)
        follow(self._folder, self._manifest.generations(), self._disk)
        older = {} if self._manifest.generations() else older_form(self._folder)
        self.collect()
        if older:
            self.commit({name: self.put_file(path) for name, path in older.items()}, {})

    def _writer(self) -> Manifest:
        if self._manifest is None:
            raise OSError(errno.EROFS, "this store was opened only to be read", str(self._folder))
        return self._manifest

    def _named(self) -> frozenset[str]:
        """The digests that durable generations name."""
        return frozenset(
            digest for generation in self._writer().generations() for digest in generation.entries.values()
        )

    def _drop_if_damaged(self, digest: str) -> None:
        if self._manifest is not None and not self._shelf.is_whole(digest):
            self._shelf.drop(digest)
