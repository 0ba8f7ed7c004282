"""The records of one device: `000001.json`, `000002.json`, ... Written once each, numbered without a gap, one process at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from firmware.ledger.commissioning.body import MAX_RECORD_BYTES, CommissioningError, CommissioningRecord, parse, seal
from firmware.ledger.device import DeviceKey
from firmware.ledger.keys import make_folder, write_new
from firmware.ledger.lock import alone
from firmware.ledger.note import NoteKey

#: Below the ledger's folder, where the key lies that signs them.
FOLDER_NAME: Final = "commissioning"
MODE: Final = 0o444
_NAME: Final = re.compile(r"(\d{6})\.json")


class BusyError(Exception):
    """Another self-test is running."""


def folder_of(ledger: Path) -> Path:
    return ledger / FOLDER_NAME


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder, made if need be, for this process alone. Raises BusyError or OSError."""
    make_folder(folder)
    with alone(folder) as is_alone:
        if not is_alone:
            raise BusyError(f"another self-test holds {folder}")
        yield


def last(folder: Path, key: NoteKey | None = None, lane: str | None = None) -> CommissioningRecord | None:
    """The newest record, or the newest of a lane (lanes share a ledger, and so this row); None when there is none.

    Raises LedgerDamagedError when one that it had to read does not hold, or OSError.
    """
    records = (_read(folder, number, key) for number in sorted(_numbers(folder), reverse=True))
    return next((record for record in records if lane in (None, record.lane)), None)


def add(folder: Path, said: Mapping[str, Any], key: DeviceKey) -> CommissioningRecord:
    """Sign what was found as the next record of the row, and keep it: whole, or absent even when the power goes.

    `said` is the body without its place in the row. A last record that does not hold is followed all the same, by the digest of
    its bytes as they lie there: a device must not stay without a baseline because a card lost one. The caller holds the folder
    (`held`). Raises OSError or LedgerDamagedError.
    """
    newest = max(_numbers(folder), default=0)
    previous = hashlib.sha256(_content(folder, newest)).hexdigest() if newest else ""
    record = seal({**said, "number": newest + 1, "previous": previous}, key)
    write_new(folder / _name(record.number), record.content, MODE)
    return record


def verify_row(folder: Path, key: NoteKey | None = None) -> list[CommissioningRecord]:
    """All records, in order. Raises LedgerDamagedError naming the first that does not hold or does not follow its forerunner."""
    records: list[CommissioningRecord] = []
    for place, number in enumerate(sorted(_numbers(folder)), 1):
        record = _read(folder, number, key or (records[0].key if records else None))
        if number != place:
            raise CommissioningError(f"record {place} is missing")
        if record.body["previous"] != (records[-1].digest if records else ""):
            raise CommissioningError(f"record {number} does not name the one before it")
        records.append(record)
    return records


def _numbers(folder: Path) -> list[int]:
    try:
        named = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return [int(found[1]) for found in named if found]


def _name(number: int) -> str:
    return f"{number:06d}.json"


def _content(folder: Path, number: int) -> bytes:
    with (folder / _name(number)).open("rb") as file:
        return file.read(MAX_RECORD_BYTES + 1)


def _read(folder: Path, number: int, key: NoteKey | None) -> CommissioningRecord:
    record = parse(_content(folder, number), key)
    if record.number != number:
        raise CommissioningError(f"{_name(number)} holds the record {record.number}")
    return record
