"""Files are written beside their place and renamed, so that nobody ever reads half of one."""

from __future__ import annotations

import os
from pathlib import Path

from issuer.errors import cannot_create


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Write, flush to the disk, rename. Raises OfficeError.

    Not `durable`: for pictures that can be made again, and that live for a minute: the flush costs more than the picture.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise cannot_create(f"cannot write {path}: {error.strerror}") from None


def make_folder(path: Path) -> Path:
    """The folder, made if missing. Raises OfficeError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_create(f"cannot make the folder {path}: {error.strerror}") from None
    return path
