"""The files that were named on the command line -> pictures and payloads. What cannot be read is a row of its own.

A picture or PDF gives pages; a `.txt` file and `-` (standard input) give payloads, one a line. Their bytes are kept
exactly as they came: only the line's own newline is taken off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.refusal import BadDataError, NoInputError

if TYPE_CHECKING:
    from firmware.scanner.codes import Picture

STDIN: Final = "-"
TEXT_SUFFIX: Final = ".txt"
#: A year of one post's codes; a payload itself is at most 1540 bytes, which `verify` checks.
MAX_TEXT_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TextLine:
    """One payload of a text, and its line from 1."""

    payload: bytes
    number: int


def expand(names: list[str]) -> Iterator[str]:
    """The names as given; a folder stands for the pictures, PDFs and texts in it, by name, if it holds any."""
    for name in names:
        folder = Path(name)
        if name == STDIN or not folder.is_dir():
            yield name
            continue
        from firmware.scanner.picture import SUFFIXES

        wanted = SUFFIXES | {TEXT_SUFFIX}
        try:
            found = sorted(str(path) for path in folder.iterdir() if path.suffix.lower() in wanted)
        except OSError:
            found = []
        yield from found or [name]


def is_text(name: str) -> bool:
    return name == STDIN or name.lower().endswith(TEXT_SUFFIX)


def read_lines(name: str) -> list[TextLine]:
    """The payloads of a text, at least one. Raises NoInputError or BadDataError."""
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise _no_input(name, error) from error
    if len(content) > MAX_TEXT_BYTES:
        raise BadDataError(f"{name}: more than {MAX_TEXT_BYTES // 2**20} MB of text", "split it")
    lines = [TextLine(line, number) for number, line in enumerate(content.split(b"\n"), 1) if line]
    if not lines:
        raise BadDataError(f"{name}: holds no payload", "give one payload a line")
    return lines


def read_pages(name: str) -> list[tuple[str, Picture]]:
    """The pages of a picture or PDF, in colour where there is some, each with a label. Raises NoInputError or BadDataError."""
    from firmware.scanner.child import one_thread

    one_thread()
    from firmware.scanner.picture import PictureError, read_coloured  # here: it loads numpy

    path = Path(name)
    if path.is_dir():
        raise NoInputError(f"{name}: a folder without pictures", "name files, or a folder that holds some")
    try:
        path.stat()  # not opened: a named pipe would wait for a writer
    except OSError as error:
        raise _no_input(name, error) from error
    if not os.access(path, os.R_OK):
        raise NoInputError(f"{name}: may not be read", "check its rights")
    try:
        return read_coloured(path)
    except PictureError as error:
        raise BadDataError(f"{name}: {error.what}", error.next_step) from error


def _no_input(name: str, error: OSError) -> NoInputError:
    return NoInputError(f"{name}: cannot be opened ({error.strerror or error})", "check the path and its rights")
