"""The device's key: made once, readable by its owner alone, never shown."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from firmware.ledger.device import CREDENTIAL, FILE_NAME, credential_file, open_device_key, sealed_by
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.store import LedgerStore


def test_it_is_made_on_the_first_start_and_the_same_ever_after(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    key = open_device_key(folder)
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o400
    assert open_device_key(folder).public == key.public
    assert open_device_key(tmp_path / "other").public != key.public
    assert len(key.id) == 16


def test_the_private_half_is_never_printed(tmp_path: Path) -> None:
    key = open_device_key(tmp_path)
    private = (tmp_path / FILE_NAME).read_bytes()
    for said in (repr(key), str(key), key.note_key.text, key.id):
        assert private.hex() not in said
        assert repr(private)[2:-1] not in said


def test_what_systemd_hands_in_goes_before_the_file(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / CREDENTIAL).write_bytes(bytes(range(32)))
    handed = credential_file({"CREDENTIALS_DIRECTORY": str(credentials)})
    assert handed == credentials / CREDENTIAL
    with LedgerStore(tmp_path / "ledger", handed) as store:
        assert store.key.public == open_device_key(tmp_path, handed).public
    assert not (tmp_path / "ledger" / FILE_NAME).exists()


def test_without_a_credential_there_is_none(tmp_path: Path) -> None:
    assert credential_file({}) is None
    assert credential_file({"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None


def test_a_key_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    open_device_key(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(LedgerDamagedError, match="chmod 400"):
        open_device_key(tmp_path)


def test_a_key_of_another_length_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"short")
    (tmp_path / FILE_NAME).chmod(0o400)
    with pytest.raises(LedgerDamagedError, match="32 bytes, this one 5"):
        open_device_key(tmp_path)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("5a1c6a86df9d4096b1d5a65e0862f19a", "host"),
        ("0c7cc07b117645919c4b0bea08bc20fe", "tpm2"),
        ("93a894094874449090caf2fc93cab553", "host and tpm2"),
        ("00" * 16, "an unknown way"),
        ("00", "an unknown way"),
    ],
)
def test_what_seals_a_credential_is_read_from_its_head(tmp_path: Path, head: str, expected: str) -> None:
    sealed = tmp_path / "sealed"
    sealed.write_bytes(base64.encodebytes(bytes.fromhex(head) + bytes(100)))
    assert sealed_by(sealed) == expected


def test_the_published_example_of_systemd_is_sealed_by_host_and_tpm(tmp_path: Path) -> None:
    (tmp_path / "sealed").write_text("k6iUCUh0RJCQyvL8k8q1UyAAAAABAAAADAAAABAAAAC1lFmbWAqWZ8dCCQkAAAAAgAAA")
    assert sealed_by(tmp_path / "sealed") == "host and tpm2"


def test_a_key_that_no_one_sealed_is_plain(tmp_path: Path) -> None:
    assert sealed_by(tmp_path / "none") == "plain"
