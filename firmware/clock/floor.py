"""The floor of time where it survives a reboot: one number in a file, written whole or not at all."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

MAX_FLOOR_FILE_BYTES: Final = 64


class FloorStore(Protocol):
    """Where the floor survives a reboot."""

    def load(self) -> float | None: ...

    def save(self, floor_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class FloorFile:
    """The floor as one number in a file. A torn or foreign file is as good as none: the floor is then the build's."""

    path: Path

    def load(self) -> float | None:
        try:
            with self.path.open("rb") as file:
                value = float(file.read(MAX_FLOOR_FILE_BYTES))
        except (OSError, ValueError):
            return None
        return value if math.isfinite(value) else None

    def save(self, floor_s: float) -> None:
        """Raises OSError when it cannot be written; the old floor then stands."""
        write_whole(self.path, f"{floor_s:.3f}\n")


def write_whole(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """The file is the old one or the new one, whenever the power goes. Raises OSError."""
    temporary = path.with_name(path.name + ".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask says
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
