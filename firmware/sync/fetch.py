"""What may be fetched from, and why a fetch ended: a small port over a web server or a folder in the same layout.

A source gives bytes that nobody has checked yet: `updater` does. Every figure has a cap, every wait a deadline.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, Protocol

CHUNK_BYTES: Final = 64 << 10
NOT_FOUND: Final = 404

#: Tells of a long download: name, bytes that are here, bytes in all.
Tell = Callable[[str, int, int], None]


class Trouble(StrEnum):
    """Why a round of sync ended without new data. The first group is the way, the second what was shown, the third this machine."""

    OFFLINE = "offline"
    SLOW = "slow"
    TOO_LONG = "too-long"
    MISSING = "missing"
    EXPIRED = "expired"
    STEP_BACK = "step-back"
    WRONG_KEYS = "wrong-keys"
    MIXED = "mixed"
    MALFORMED = "malformed"
    NO_ROOT = "no-root"


class SyncError(Exception):
    """A round cannot go on. What was in force stays; `what` is one line for a person, without addresses of people or keys."""

    def __init__(self, trouble: Trouble, what: str) -> None:
        super().__init__(what)
        self.trouble = trouble
        self.what = what


class FetchError(SyncError):
    """Bytes did not come. `again`: another attempt may fare better; `status`: what the server said, if it spoke."""

    def __init__(self, trouble: Trouble, what: str, *, again: bool = False, status: int | None = None) -> None:
        super().__init__(trouble, what)
        self.again = again
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. `floor_bytes_s` is the slowest rate that is borne, on average, after `grace_s`."""

    connect_s: float = 10.0
    read_s: float = 20.0
    headers_s: float = 20.0
    grace_s: float = 10.0
    floor_bytes_s: float = 512.0
    attempts: int = 3
    run_bytes: int = 128 << 20


@dataclass(slots=True)
class Traffic:
    """What one round cost so far. Bodies only: headers are the server's and the proxies' to count."""

    requests: int = 0
    body_bytes: int = 0


class Source(Protocol):
    """A repository to fetch from: paths are relative, with forward slashes."""

    @property
    def name(self) -> str: ...

    @property
    def traffic(self) -> Traffic: ...

    def get(self, path: str, max_bytes: int) -> bytes:
        """A small file whole. Raises FetchError, with status 404 when there is none."""
        ...

    def download(self, path: str, length: int, part: Path, tell: Tell) -> None:
        """Bring `part` to `length` bytes, going on where it ends. Raises FetchError; what came by then stays in `part`."""
        ...

    def close(self) -> None: ...


class FolderSource:
    """A repository in a folder: a stick, a share. Its owner is a stranger: links out of it, pipes and huge files are refused."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)
        self.traffic = Traffic()

    def get(self, path: str, max_bytes: int) -> bytes:
        with self._open(path) as file:
            data = _read(file, max_bytes + 1, path)
        if len(data) > max_bytes:
            raise FetchError(Trouble.TOO_LONG, f"{path} is longer than {max_bytes} bytes")
        self.traffic.body_bytes += len(data)
        return data

    def download(self, path: str, length: int, part: Path, tell: Tell) -> None:
        have = 0
        with self._open(path) as file, part.open("wb") as target:
            while have <= length and (chunk := _read(file, CHUNK_BYTES, path)):
                have += len(chunk)
                target.write(chunk)
                tell(path, have, length)
        self.traffic.body_bytes += have
        if have != length:
            part.unlink()
            raise FetchError(Trouble.MIXED, f"{path} has not the {length} bytes that were signed")

    def close(self) -> None:
        """Nothing is held open."""

    def _open(self, path: str) -> BinaryIO:
        """A regular file inside the folder. O_NONBLOCK: a pipe of that name must not keep us waiting for a writer."""
        self.traffic.requests += 1
        place = (self._folder / path).resolve()
        if not place.is_relative_to(self._folder.resolve()):
            raise FetchError(Trouble.MALFORMED, f"{path} leads out of the repository")
        try:
            file = os.fdopen(os.open(place, os.O_RDONLY | os.O_NONBLOCK), "rb")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FetchError(Trouble.MISSING, f"there is no {path}", status=NOT_FOUND) from error
        except OSError as error:
            raise FetchError(Trouble.OFFLINE, f"{path}: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise FetchError(Trouble.MALFORMED, f"{path} is no file")
        return file


def _read(file: BinaryIO, amount: int, path: str) -> bytes:
    try:
        return file.read(amount)
    except OSError as error:  # the stick was pulled out
        raise FetchError(Trouble.OFFLINE, f"{path}: {error.strerror}") from error
