"""What a writer does before anything else: take the lock, finish what a power cut left, remove what nothing names.

The manifest is the truth. Records and the link `current` follow it; where the manifest itself is lost or damaged, it is made
again from the records. Order of a commit: record N+1 durable, then the manifest's transaction, then the link.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from firmware.sync.disk import Disk, remove_tree
from firmware.sync.errors import BusyError, TrustError
from firmware.sync.manifest import COMPANIONS, DamagedManifestError, Manifest
from firmware.sync.record import (
    CURRENT,
    GENERATIONS,
    MANIFEST,
    Generation,
    encode,
    linked_number,
    numbered,
    path_of,
    read_record,
)

_NEXT: Final = "current.new"
#: A bundle that was copied into the folder by hand: in force until there is a generation, and read until there are two.
BY_HAND: Final = ("trust.cwt", "rules.cwt", "status")


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of the trust folder. Raises BusyError at once when somebody else has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"another sync is writing {folder}", "wait for it, then try again") from error
        yield
    finally:
        os.close(handle)


def open_manifest(folder: Path, disk: Disk) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest, with a durable name and at least as new as the records; and what had to be mended, in words."""
    path, repairs = folder / MANIFEST, []
    if not path.exists():
        _forget_manifest(path, disk)
    try:
        manifest = Manifest(path)
    except DamagedManifestError as error:
        repairs.append(f"{error}; made again from the records")
        _forget_manifest(path, disk)
        manifest = Manifest(path)
    try:
        disk.sync(folder)
        repairs += _import_records(folder, manifest)
    except BaseException:
        manifest.close()
        raise
    return manifest, tuple(repairs)


def _forget_manifest(path: Path, disk: Disk) -> None:
    """Remove it with what SQLite left beside it: the log of one file must never be replayed into another."""
    for companion in (*(path.with_name(path.name + ending) for ending in COMPANIONS), path):
        remove_tree(companion, disk)
    disk.sync(path.parent)


def _import_records(folder: Path, manifest: Manifest) -> list[str]:
    """Where readers are ahead of the manifest, it was lost: take over the linked record and the one before it."""
    linked, known = linked_number(folder), manifest.generations()
    newest = known[0].number if known else 0
    found: list[Generation] = []
    if linked is None or linked <= newest:
        return []
    for number in sorted((number for number in numbered(folder) if newest < number <= linked), reverse=True)[:2]:
        try:
            found.append(read_record(folder, number))
        except TrustError:  # damaged too, or a folder of the older form
            continue
    for generation in reversed(found):
        with manifest.change():
            manifest.keep(generation)
            manifest.lift_floors(generation.floors)
    return [f"generation {generation.number} was taken over from its record" for generation in found]


def publish(folder: Path, generation: Generation, disk: Disk) -> None:
    """Write the record of a generation, durable. Nobody reads it before `current` names it."""
    generations, path = folder / GENERATIONS, path_of(folder, generation.number)
    if not generations.is_dir():
        disk.make_folder(generations)
        disk.sync(folder)
    remove_tree(path, disk)
    disk.write(path, (encode(generation),))
    disk.sync(path)
    disk.sync(generations)


def point(folder: Path, number: int, disk: Disk) -> None:
    """Let `current` name this generation: the one step that brings it into force for readers."""
    remove_tree(folder / _NEXT, disk)
    disk.link(folder / _NEXT, f"{GENERATIONS}/{path_of(folder, number).name}")
    disk.rename(folder / _NEXT, folder / CURRENT)
    disk.sync(folder)


def follow(folder: Path, generations: Sequence[Generation], disk: Disk) -> None:
    """Make records and link say what the manifest says (newest first)."""
    for generation in generations:
        if not _has_record(folder, generation):
            publish(folder, generation, disk)
    if generations and linked_number(folder) != generations[0].number:
        point(folder, generations[0].number, disk)


def _has_record(folder: Path, generation: Generation) -> bool:
    try:
        return read_record(folder, generation.number).entries == generation.entries
    except TrustError:
        return False


def older_form(folder: Path) -> dict[str, Path]:
    """The files of a generation in force that is still a folder (entry name -> file); empty where there is none, or half."""
    linked = linked_number(folder)
    place = None if linked is None else path_of(folder, linked)
    if place is None or not all((place / name).is_file() for name in BY_HAND[:2]):
        return {}
    found = {name: place / name for name in BY_HAND[:2]}
    return found | {f"status/{path.name}": path for path in (place / "status").glob("*.cwt")}


def sweep(folder: Path, generations: Sequence[Generation], disk: Disk) -> None:
    """Remove a link that was not renamed, records that the manifest does not name, and older forms that had their time.

    Of the older forms (a folder a generation; files copied by hand) one is kept as the generation before the first two,
    so that whoever is reading it now can finish.
    """
    remove_tree(folder / _NEXT, disk)
    places, linked = numbered(folder), linked_number(folder)
    kept = {generation.number for generation in generations}
    if len(kept) < 2:
        newest = max(kept, default=linked)
        kept.add(max((number for number in places if newest is not None and number < newest), default=0))
    if not generations and linked is not None:
        kept.add(linked)
    for number, place in places.items():
        if number not in kept:
            remove_tree(place, disk)
    if len(kept & places.keys()) > 1:
        for name in BY_HAND:
            remove_tree(folder / name, disk)
