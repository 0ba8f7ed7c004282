"""The ledger that a command speaks of, and its faults as refusals with a next step."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from firmware.attest.times import spoken_time
from firmware.config import Config
from firmware.ledger.device import FILE_NAME as KEY_NAME
from firmware.ledger.device import DeviceKey, credential_file, open_device_key, read_device_key
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.lane_names import lane_name
from firmware.ledger.note import NoteKey
from firmware.ledger.reader import LedgerReader
from firmware.ledger.receipts.code import read_code
from firmware.ledger.record import NO_LANE, Record
from firmware.refusal import BadDataError, NoInputError, UnavailableError

MAX_KEY_FILE_BYTES: Final = 1024
MAX_FILE_BYTES: Final = 1 << 30


@contextmanager
def opened(config: Config) -> Iterator[tuple[LedgerReader, DeviceKey]]:
    """The configured ledger, for reading, and this device's key. Raises UnavailableError or BadDataError."""
    folder = Path(config.ledger.folder)
    with told():
        try:
            reader = LedgerReader.in_folder(folder)
        except FileNotFoundError:
            raise UnavailableError(
                f"no ledger in {folder}", "name its folder with --ledger DIR; the first verdict makes it"
            ) from None
        with reader:
            yield reader, own_key(folder)


def own_key(folder: Path, *, make: bool = False) -> DeviceKey:
    """This device's key: the credential that systemd handed in, else the ledger's; made now where `make` says so."""
    handed = credential_file(os.environ)
    if make or handed is not None:
        return open_device_key(folder, handed)
    return read_device_key(folder / KEY_NAME)


@contextmanager
def told() -> Iterator[None]:
    """Faults of the ledger as refusals."""
    try:
        yield
    except LedgerDamagedError as error:
        raise BadDataError(
            f"does not hold: {error}", "keep the file as it is, and compare with an earlier copy"
        ) from error
    except sqlite3.Error as error:
        raise BadDataError(
            f"the ledger cannot be read: {error}", "copy the folder away before anything else"
        ) from error
    except PermissionError as error:
        raise UnavailableError(
            f"{error.filename}: may not be read",
            "run it as the terminal's user: sudo -u yanma-terminal yanma ledger ...",
        ) from error


def read_bytes(path: Path) -> bytes:
    """A file's content. Raises NoInputError or BadDataError (too large)."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadDataError(f"{path}: more than {MAX_FILE_BYTES >> 20} MiB", "give the export itself")
        return path.read_bytes()
    except OSError as error:
        raise NoInputError(f"{path}: cannot be opened ({error.strerror})", "check the path and its rights") from error


def read_code_or_refuse(word: str) -> str:
    """The receipt code that a person typed. Raises NoInputError for one that cannot be a code."""
    code = read_code(word)
    if code is None:
        raise NoInputError(
            f"{word} is no receipt code: a character is wrong", "eight characters; I and L are 1, O is 0"
        )
    return code


def public_key(word: str | None) -> NoteKey | None:
    """The key that a flag names: the key's own line, or a file that holds it."""
    if word is None:
        return None
    path = Path(word)
    if path.is_file():
        word = read_bytes(path)[:MAX_KEY_FILE_BYTES].decode("utf-8", "replace").strip()
    with told():
        return NoteKey.parse(word)


def record_fields(record: Record, names: Mapping[int, str]) -> dict[str, Any]:
    """A record as JSON has it. `names` of the lanes, as far as they are known."""
    return {
        "sequence": record.sequence,
        "time": spoken_time(record.utc_s),
        "clock": record.level,
        "family": record.family,
        "reason": record.reason,
        "word": record.word,
        "kind": record.kind,
        "credential": record.credential.hex() if record.credential else None,
        "issuer_key": record.kid.hex() if record.kid else None,
        "trust_version": record.trust_version,
        "rules_version": record.rules_version,
        "elapsed_ms": record.elapsed_ms,
        "lane": lane_name(names, record.lane) if record.lane != NO_LANE else None,
    }
