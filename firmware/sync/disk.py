"""What an installation does to a disk, step by step: one small port, so that a power cut can be tried after each step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

#: Trust data is public, and the terminal reads it as another user: whatever the umask, it may.
_FOLDER_MODE: Final = 0o755
_FILE_MODE: Final = 0o644


class Disk(Protocol):
    """The steps that change a disk. Each raises OSError; nothing is durable before `sync` of the file and of its folder."""

    def make_folder(self, path: Path) -> None: ...

    def write(self, path: Path, data: bytes) -> None: ...

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

    def write(self, path: Path, data: bytes) -> None:
        with path.open("xb") as file:
            file.write(data)
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
