"""Where the files of a bundle lie: in a folder (a stick, a share, copied by hand), or as blobs that a generation names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from firmware.sync.disk import REAL_DISK
from firmware.sync.errors import MissingBlobError, MissingError, TrustError
from firmware.sync.record import BLOBS, Generation, linked_number, numbered, path_of, read_file, read_record
from firmware.sync.shelf import Shelf

TRUST: Final = "trust.cwt"
RULES: Final = "rules.cwt"
STATUS: Final = "status/"
SUFFIX: Final = ".cwt"
REGISTER_CWT: Final = "register.cwt"
REGISTER: Final = "register.bin"
MAX_LISTS: Final = 4096


@dataclass(frozen=True, slots=True)
class FolderBundle:
    """A folder, as somebody else filled it."""

    folder: Path

    @property
    def label(self) -> str:
        return str(self.folder)

    def lists(self) -> Sequence[str]:
        """The names of the status lists; TrustError above MAX_LISTS.

        What begins with a dot is no list: some computers leave such a file beside every other.
        """
        if not (self.folder / STATUS).is_dir():
            return []
        found = []
        with os.scandir(self.folder / STATUS) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX) and not entry.name.startswith("."):
                    found.append(STATUS + entry.name)
                if len(found) > MAX_LISTS:
                    raise _too_many(str(self.folder / STATUS))
        return sorted(found)

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def read(self, name: str, max_bytes: int) -> bytes:
        return read_file(self.folder / name, max_bytes)

    def path(self, name: str) -> Path:
        return self.folder / name


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """A generation of the store, read without a lock: each blob is checked against its hash."""

    folder: Path
    generation: Generation

    @property
    def label(self) -> str:
        return str(path_of(self.folder, self.generation.number))

    def lists(self) -> Sequence[str]:
        found = sorted(name for name in self.generation.entries if name.startswith(STATUS) and name.endswith(SUFFIX))
        if len(found) > MAX_LISTS:
            raise _too_many(self.label)
        return found

    def has(self, name: str) -> bool:
        return name in self.generation.entries

    def read(self, name: str, max_bytes: int) -> bytes:
        with self._named(name):
            return self._shelf().read(self._digest(name), max_bytes)

    def path(self, name: str) -> Path:
        """Where the bytes lie, for what is mapped; whoever opens them compares their hash."""
        return self._shelf().path(self._digest(name))

    def _shelf(self) -> Shelf:
        return Shelf(self.folder / BLOBS, REAL_DISK)

    @contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """Say which file it is, and not only which blob."""
        try:
            yield
        except MissingBlobError as error:
            raise MissingBlobError(f"{self.label}: {name} is {error.what}", error.next_step) from error

    def _digest(self, name: str) -> str:
        digest = self.generation.entries.get(name)
        if digest is None:
            raise MissingError(f"{self.label} names no {name}", "run the sync, or copy the trust data again")
        return digest


#: Files by name; reading one that is not there, or whose bytes are no good, raises TrustError.
Bundle: TypeAlias = FolderBundle | StoredBundle


def bundle_in(folder: Path) -> Bundle:
    """The bundle in force: what `current` names, or the folder itself. Raises TrustError where its record is damaged.

    Asked once a load: a `current` that is swapped meanwhile must not give half of each.
    """
    number = linked_number(folder)
    return FolderBundle(folder) if number is None else _bundle(folder, number)


def bundles_before(folder: Path) -> Iterator[Bundle]:
    """The bundles that were in force before it and are still kept, newest first; what is damaged is left out."""
    linked = linked_number(folder) or 0
    for number in sorted((number for number in numbered(folder) if number < linked), reverse=True):
        try:
            yield _bundle(folder, number)
        except TrustError:
            continue


def _bundle(folder: Path, number: int) -> Bundle:
    place = path_of(folder, number)
    return FolderBundle(place) if place.is_dir() else StoredBundle(folder, read_record(folder, number))


def _too_many(where: str) -> TrustError:
    return TrustError(f"{where} holds more than {MAX_LISTS} lists", "remove what does not belong there")
