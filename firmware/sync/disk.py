"""What the sync does to a disk, step by step: one small port, so that a power cut and a full disk can be tried at each step."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

#: Trust data is public, and the terminal reads it as another user: whatever the umask, it may.
_FOLDER_MODE: Final = 0o755
_FILE_MODE: Final = 0o644


class Disk(Protocol):
    """The steps that change a disk. Each raises OSError; nothing is durable before `sync` of the file and of its folder."""

    def make_folder(self, path: Path) -> None: ...

    def write(self, path: Path, parts: Iterable[bytes]) -> None: ...

    def link(self, path: Path, target: str) -> None: ...

    def rename(self, old: Path, new: Path) -> None: ...

    def remove(self, path: Path) -> None: ...

    def remove_folder(self, path: Path) -> None: ...

    def sync(self, path: Path) -> None: ...


class RealDisk:
    """The file system, as it is."""

    def make_folder(self, path: Path) -> None:
        path.mkdir()
        path.chmod(_FOLDER_MODE)

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        """A new file, part after part: what is large is never in memory at once."""
        with path.open("xb") as file:
            for part in parts:
                file.write(part)
        path.chmod(_FILE_MODE)

    def link(self, path: Path, target: str) -> None:
        path.symlink_to(target)

    def rename(self, old: Path, new: Path) -> None:
        old.replace(new)

    def remove(self, path: Path) -> None:
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        path.rmdir()

    def sync(self, path: Path) -> None:
        """A file or a folder. Opened anew: since Linux 4.13 a failed write-back is still told to a later opener."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


REAL_DISK: Final = RealDisk()


def make_folders(path: Path, disk: Disk) -> None:
    """This folder and those above it that are missing, each with a durable name."""
    if path.is_dir():
        return
    make_folders(path.parent, disk)
    disk.make_folder(path)
    disk.sync(path.parent)


def remove_tree(path: Path, disk: Disk) -> None:
    """A file, or a folder with all in it; a link is removed, never followed; what is not there is fine."""
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            remove_tree(inner, disk)
        disk.remove_folder(path)
    elif path.is_symlink() or path.exists():
        disk.remove(path)
