"""Nothing personal on the disk: a thousand documents of all kinds through the terminal's own loop, then every field is looked for.

The whole data folder (records, write-ahead log, batches for the collector, keys) and all text that the terminal said are
searched for each field value as UTF-8, as UTF-16, as hexadecimal and as base64 at every alignment. Values of fewer than
six bytes are left out: four digits of a number occur by chance in a megabyte of digests.
"""

from __future__ import annotations

import base64
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware.attest.attestor import Attestor
from firmware.attest.maker import ReceiptMaker
from firmware.display.text import LANGUAGES
from firmware.ledger.device import open_device_key
from firmware.ledger.note import KeyType, NoteKey
from firmware.ledger.outbox import Exchange
from firmware.ledger.receipts.folder import verify_folder
from firmware.ledger.store import FILE_NAME, LedgerStore
from firmware.ledger.writer import LedgerWriter
from firmware.listeners import Journal, JsonLines
from firmware.model import ClockLevel
from firmware.remember import RememberingVerifier
from firmware.state import Settings
from firmware.verify.wire import Claim, Field, Ways
from tests.ledger.receipts.common import plain_page
from tests.test_app import Rig, scan
from tests.test_machine import POLICE
from tests.world import DELEGATED, DRIVER, LICENCE, MARK, TAG, World, text

SHORTEST = 6
WINDOW = 6
EACH = 200


def documents() -> Iterable[tuple[dict[int, Any], dict[int, Any]]]:
    """(document, claims) of a thousand: each of the five kinds, each with values of its own."""
    for n in range(EACH):
        plate, vin = f"京Q{n:05d}", f"LSVAA4182E{n:07d}"
        name = f"{chr(0x5000 + 2 * n)}{chr(0x7000 + 2 * n)}*"
        car = {Field.PLATE: plate, Field.VIN: vin}
        yield MARK | car, {}
        yield TAG | car | {Field.TAG_ID: b"\x00TG%05d" % n}, {}
        yield LICENCE | car | {Field.NAME: name}, {}
        yield DRIVER | {Field.NAME: name, Field.BAR_CODE: f"{4401000000000 + n}"}, {}
        yield DELEGATED | car | {Field.DELEGATION: {**DELEGATED[Field.DELEGATION], 1: name[::-1]}}, {}


def shown(world: World, number: int, document: Mapping[int, Any]) -> tuple[bytes, bytes]:
    """(what the code holds, the credential's id)."""
    cti = (0x7A31000000000000 + number).to_bytes(8, "big")
    claims = {Claim.CTI: cti}
    inner = world.credential(document, claims=claims)
    live = bool(document.get(Field.WAYS, 0) & Ways.LIVE)
    return text(world.live(inner, nonce=number.to_bytes(8, "big")) if live else inner), cti


def values_of(document: Any) -> Iterable[bytes]:
    """Every text and byte string in it that is long enough to be looked for."""
    if isinstance(document, dict):
        for value in document.values():
            yield from values_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from values_of(value)
    elif isinstance(document, str | bytes):
        value = document.encode() if isinstance(document, str) else document
        if len(value) >= SHORTEST:
            yield value


def forms(value: bytes) -> Iterable[bytes]:
    """The value as it may stand in a file."""
    yield value
    yield value.hex().encode()
    yield value.hex().upper().encode()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + value)
        first, end = -(-8 * before // 6), 8 * (before + len(value)) // 6
        yield coded[first:end]  # without the characters that share bits with its neighbours
    try:
        wide = value.decode()
    except UnicodeDecodeError:
        return
    yield wide.encode("utf-16-le")
    yield wide.encode("unicode_escape")


def found_in(haystack: bytes, values: Iterable[bytes]) -> list[bytes]:
    """The values that stand there in any form. A table of all windows first, because there are a hundred thousand to look for."""
    bytes_ = np.frombuffer(haystack, np.uint8)
    windows = np.zeros(len(bytes_) - WINDOW + 1, np.uint64)
    for place in range(WINDOW):
        windows = windows << np.uint64(8) | bytes_[place : len(bytes_) - WINDOW + 1 + place]
    known = set(np.unique(windows).tolist())
    return [
        value
        for value in values
        if any(
            int.from_bytes(form[:WINDOW], "big") in known and form in haystack
            for form in forms(value)
            if len(form) >= WINDOW
        )
    ]


def everything_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.slow
def test_after_a_thousand_documents_no_field_of_any_is_on_the_disk_or_in_the_journal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world, data = World(), tmp_path / "data"
    made = list(documents())
    codes = [shown(world, number, document) for number, (document, _) in enumerate(made)]
    assert len(made) == 1000
    with LedgerStore(data / "ledger"):
        pass
    holding = sqlite3.connect(data / "ledger" / FILE_NAME)  # so that the write-ahead log is still there at the end
    holding.execute("SELECT count(*) FROM record").fetchone()
    collector = NoteKey("collector.example", KeyType.WITNESS, bytes(range(32)))
    exchange = Exchange(data / "outbox", data / "inbox", collector)
    recorder = LedgerWriter(lambda: LedgerStore(data / "ledger"), 30, places=2000, exchange=exchange)
    events = (data / "events.jsonl").open("w", encoding="utf-8")
    caplog.set_level("DEBUG")
    # A page says what its receipt says, compressed: it is the receipts that are searched.
    maker = ReceiptMaker(
        data / "ledger" / "receipts",
        lambda: open_device_key(data / "ledger"),
        plain_page,
        places=2000,
        min_free_bytes=0,
    )
    rig = Rig(
        tmp_path / "trust",
        [],
        *([scan(code)] for code, _ in codes),
        verify=RememberingVerifier("lane"),
        recorder=recorder,
        receipts=Attestor(maker),
        listeners=(JsonLines(events, owned=True), Journal()),
        settings=Settings(POLICE, receipts=True),
    )
    rig.run()
    assert recorder.counts().written == rig.app.tally.verdicts >= 1000
    maker.close()
    ends_s = time.monotonic() + 60
    while maker.alive and time.monotonic() < ends_s:
        time.sleep(0.01)
    receipts = verify_folder(data / "ledger" / "receipts")
    assert (len(receipts), maker.counts().dropped) == (1000, 0)
    with LedgerStore(data / "ledger") as store:
        exchange.run(store)
        kinds = {record.kind for record in store.records()}
        assert len(kinds - {None}) == 5
        assert {record.level for record in store.records()} == {ClockLevel.T3}
    assert list((data / "outbox").glob("*.batch"))
    left = everything_in(data) + caplog.text.encode()
    assert (data / "ledger" / f"{FILE_NAME}-wal").stat().st_size > 100_000
    values = {value for document, _ in made for value in values_of(document)}
    values |= {value for code in codes for value in code}
    assert len(values) > 3000
    # What a receipt calls a kind of document is the same in all of them, and may hold the name of a purpose: 驾驶证, 驾驶.
    values -= {value for value in values if any(value in name.encode() for name in LANGUAGES["zh"].kinds.values())}
    assert len(values) > 3000
    assert found_in(left, values) == []
    holding.close()


@pytest.mark.parametrize("form", range(8))
def test_the_search_finds_a_value_that_was_planted_in_any_form(form: int) -> None:
    noise = np.random.default_rng(7).bytes(300_000)
    value = "京Q00042".encode()
    planted = noise[:1000] + list(forms(value))[form] + noise[1000:]
    assert found_in(planted, [value, "京P90042".encode()]) == [value]
    assert found_in(noise, [value]) == []


def test_the_search_finds_a_value_inside_a_longer_base64_text() -> None:
    value = b"LSVAA4182E0000042"
    for before in range(5):
        planted = bytes(100) + base64.b64encode(b"x" * before + value + b"tail")
        assert found_in(planted, [value]) == [value]


def test_a_plate_in_a_file_of_the_data_folder_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "x.sqlite-wal").write_bytes(bytes(5000) + "京Q00042".encode() + bytes(50))
    assert found_in(everything_in(tmp_path), ["京Q00042".encode()]) == ["京Q00042".encode()]
