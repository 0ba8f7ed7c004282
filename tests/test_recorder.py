"""The ledger as `compose` fits it: with a collector where one is named, and an error with a next step where its key is none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from firmware.compose import ledger_writer
from firmware.config import ConfigError, Flag, load_config
from firmware.ledger.device import CREDENTIAL
from firmware.ledger.note import KeyType, NoteKey
from firmware.ledger.reader import LedgerReader
from tests.ledger.test_store import ENTRY

COLLECTOR = NoteKey("collector.example", KeyType.WITNESS, bytes(range(32)))


def configured(tmp_path: Path, **settings: str):
    flags = {"ledger.folder": f"{tmp_path}/ledger", "ledger.outbox": f"{tmp_path}/outbox"} | settings
    flags |= {"ledger.inbox": f"{tmp_path}/inbox"}
    return load_config(etc=tmp_path, flags=[Flag(key, word, "test") for key, word in flags.items()]).config


def test_without_a_collector_nothing_is_laid_out(tmp_path: Path) -> None:
    writer = ledger_writer(configured(tmp_path), {})
    writer.record(ENTRY, 0.0)
    writer.close()
    assert writer.counts().written == 1
    assert not (tmp_path / "outbox").exists()


def test_with_a_collector_batches_are_laid_out(tmp_path: Path) -> None:
    writer = ledger_writer(configured(tmp_path, **{"ledger.collector": COLLECTOR.text}), {})
    writer.record(ENTRY, ENTRY.utc_s + 7 * 3600)
    writer.close()
    assert (writer.counts().written, writer.counts().errors) == (1, 0)
    assert len(list((tmp_path / "outbox").glob("*.batch"))) == 1


def test_a_collectors_key_that_is_none_is_a_wrong_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ledger\.collector"):
        ledger_writer(configured(tmp_path, **{"ledger.collector": COLLECTOR.text[:-2]}), {})


def test_the_key_that_systemd_hands_in_signs_the_log(tmp_path: Path) -> None:
    (tmp_path / CREDENTIAL).write_bytes(bytes(range(32)))
    writer = ledger_writer(configured(tmp_path), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    writer.record(ENTRY, 0.0)
    writer.close()
    ends_s = time.monotonic() + 5
    while not (tmp_path / "ledger" / "ledger.sqlite").exists():
        assert time.monotonic() < ends_s
    with LedgerReader.in_folder(tmp_path / "ledger") as reader:
        assert reader.log().origin == "yanma/ledger/17ebc35e24a3a4f5"
    assert not (tmp_path / "ledger" / "device.key").exists()


def test_no_dump_of_the_configuration_shows_the_device_key(tmp_path: Path) -> None:
    writer = ledger_writer(configured(tmp_path), {})
    writer.record(ENTRY, 0.0)
    writer.close()
    private = (tmp_path / "ledger" / "device.key").read_bytes()
    said = repr(configured(tmp_path))
    assert private.hex() not in said
    assert "device.key" not in said
