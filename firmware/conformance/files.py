"""Vector files -> vectors: a JSON object with the list `vectors`, each entry with an id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from firmware.conformance.vector import Vector
from firmware.refusal import BadDataError, NoInputError

PACK: Final = "pack.json"
MAX_FILE_BYTES: Final = 256 << 20


def expand(names: Iterable[str]) -> Iterator[Path]:
    """The files as named; a folder stands for its pack.json, or else for all *.json in it, by name."""
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield path
        elif (path / PACK).is_file():
            yield path / PACK
        else:
            yield from sorted(path.glob("*.json")) or [path]


def read_vectors(path: Path) -> list[Vector]:
    """The vectors of one file. Raises NoInputError or BadDataError."""
    if path.is_dir():
        raise NoInputError(f"{path}: a folder without vector files", "name *.json files, or a folder that holds some")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadDataError(f"{path}: more than {MAX_FILE_BYTES >> 20} MB of vectors", "split it")
        document = json.loads(path.read_bytes())
    except OSError as error:
        why = error.strerror or error
        raise NoInputError(f"{path}: cannot be opened ({why})", "check the path and its rights") from error
    except (ValueError, RecursionError) as error:
        raise _no_vectors(path) from error
    entries = document.get("vectors") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise _no_vectors(path)
    suite = document.get("suite", path.stem)
    return [_vector(path, suite, entry) for entry in entries]


def _vector(path: Path, suite: Any, entry: Any) -> Vector:
    name = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(name, str | int):
        raise _no_vectors(path)
    return Vector(str(entry.get("suite", suite)), str(name), entry, path.parent)


def lend_keys(vectors: Iterable[Vector]) -> list[Vector]:
    """Suites that cut one message in steps give its key in one of them: the same id elsewhere borrows it."""
    given = list(vectors)
    keys: dict[str, Mapping[str, Any]] = {vector.id: vector.key for vector in given if vector.key is not None}
    return [vector if vector.key is not None else replace(vector, borrowed_key=keys.get(vector.id)) for vector in given]


def _no_vectors(path: Path) -> BadDataError:
    return BadDataError(
        f"{path}: no vector file",
        'a vector file is a JSON object {"suite": ..., "vectors": [{"id": ..., "input_hex": ..., "expected": ...}]}',
    )
