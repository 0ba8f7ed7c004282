"""What was fetched, laid out as a bundle for the installation: a folder that is swapped whole, by one rename.

incoming/parcels/HASH/{trust.cwt,rules.cwt,status/*.cwt}      named by the hash of what is in it; two are kept
incoming/current -> parcels/HASH                              what `yanma sync` follows (parcel_in)

Whoever fetches has a network and is believed as little as a stick: the installation verifies all of it again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from firmware.sync.disk import REAL_DISK, Disk, make_folders, remove_tree
from firmware.sync.record import CURRENT

PARCELS: Final = "parcels"
_NEXT: Final = "current.new"


def put_parcel(folder: Path, files: Mapping[str, str], read: Callable[[str], bytes], disk: Disk = REAL_DISK) -> bool:
    """Make `current` name a folder with exactly these files (name -> SHA-256); gives whether anything had to be done.

    `read` gives a blob's bytes. Raises OSError. After that, and after a power cut, `current` names the old parcel or the new.
    """
    listing = "".join(f"{digest} {name}\n" for name, digest in sorted(files.items()))
    label = hashlib.sha256(listing.encode()).hexdigest()[:32]
    target, link = folder / PARCELS / label, f"{PARCELS}/{label}"
    linked = folder / CURRENT
    if linked.is_symlink() and str(linked.readlink()) == link and _is_whole(target, files):
        return False
    make_folders(folder / PARCELS, disk)
    remove_tree(target, disk)
    _write(target, files, read, disk)
    disk.sync(folder / PARCELS)
    if (folder / _NEXT).is_symlink():
        disk.remove(folder / _NEXT)
    before = linked.readlink().name if linked.is_symlink() else ""
    disk.link(folder / _NEXT, link)
    disk.rename(folder / _NEXT, linked)
    disk.sync(folder)
    for old in sorted((folder / PARCELS).iterdir()):
        if old.name not in (label, before):  # somebody may be reading the one before
            remove_tree(old, disk)
    return True


def parcel_in(folder: Path) -> Path:
    """The parcel that `current` names now, or the folder itself: asked once, so that a swap never mixes two."""
    current = folder / CURRENT
    return current.resolve() if current.is_symlink() else folder


def _write(target: Path, files: Mapping[str, str], read: Callable[[str], bytes], disk: Disk) -> None:
    """All files, made durable from the leaves up."""
    inner = sorted({str(parent) for name in files for parent in PurePosixPath(name).parents if str(parent) != "."})
    disk.make_folder(target)
    for folder in inner:
        disk.make_folder(target / folder)
    for name, digest in sorted(files.items()):
        disk.write(target / name, (read(digest),))
        disk.sync(target / name)
    for folder in reversed(inner):
        disk.sync(target / folder)
    disk.sync(target)


def _is_whole(target: Path, files: Mapping[str, str]) -> bool:
    """A card forgets: the bytes are compared, not the names."""
    with contextlib.suppress(OSError):
        return all(hashlib.sha256((target / name).read_bytes()).hexdigest() == digest for name, digest in files.items())
    return False
