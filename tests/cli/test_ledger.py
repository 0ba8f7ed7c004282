"""`yanma ledger`: what is shown, exported and checked, and what a person is told when it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.ledger.store import LedgerStore
from firmware.refusal import ExitCode
from tests.cli.conftest import Answer
from tests.ledger.exports import fill

Yanma = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with LedgerStore(tmp_path / "ledger") as store:
        fill(store, 70)
    return tmp_path / "ledger"


def key_of(yanma: Yanma, folder: Path) -> str:
    [found] = yanma("ledger", "show", "--ledger", folder, "--json").objects
    return str(found["key"])


def test_show_says_how_many_records_and_whose(yanma: Yanma, folder: Path) -> None:
    answer = yanma("ledger", "show", "--ledger", folder, "--json")
    [found] = answer.objects
    assert (answer.code, found["records"], found["first"], found["last"]) == (0, 70, 1, 70)
    assert found["key"].startswith(f"yanma/ledger/{found['device']}+")
    assert "records     70" in yanma("ledger", "show", "--ledger", folder).lines


def test_one_record_is_shown_and_proved_to_somebody_who_has_only_the_key(
    yanma: Yanma, folder: Path, tmp_path: Path
) -> None:
    proof = tmp_path / "17.tlog-proof"
    [shown] = yanma("ledger", "show", "17", "--proof", proof, "--ledger", folder, "--json").objects
    key = key_of(yanma, folder)
    [checked] = yanma("ledger", "verify", proof, "--key", key, "--json").objects
    assert checked["holds"] is True
    assert {name: checked[name] for name in shown if name != "proof"} == {
        name: shown[name] for name in shown if name != "proof"
    }
    without = yanma("ledger", "verify", proof)
    assert (without.code, "--key" in without.err) == (ExitCode.DATA, True)


def test_a_record_that_is_not_kept_is_66(yanma: Yanma, folder: Path) -> None:
    for word in ("0", "71", "x", "-1"):
        words = ("ledger", "show", "--ledger", folder, "--", word)
        assert yanma(*words).code == ExitCode.NO_INPUT


def test_an_export_is_checked_by_anybody_and_continues_an_earlier_checkpoint(
    yanma: Yanma, folder: Path, tmp_path: Path
) -> None:
    file, checkpoint = tmp_path / "all.yanma-log", tmp_path / "seen.checkpoint"
    with LedgerStore(folder) as store:
        checkpoint.write_text(store.checkpoint().text, encoding="utf-8")
        fill(store, 5)
    assert yanma("ledger", "export", file, "--ledger", folder).code == ExitCode.OK
    answer = yanma("ledger", "verify", file, "--since", checkpoint, "--key", key_of(yanma, folder), "--json")
    [found] = answer.objects
    assert (answer.code, found["holds"], found["records"], found["compared"]) == (0, True, 75, 1)
    plain = yanma("ledger", "verify", file)
    assert (plain.code, "compare this key" in plain.err) == (0, True)


def test_an_export_with_a_changed_byte_is_65_and_says_so(yanma: Yanma, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.yanma-log"
    yanma("ledger", "export", file, "--ledger", folder)
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(bytes(data))
    answer = yanma("ledger", "verify", file, tmp_path / "absent", "--json")
    assert answer.code == ExitCode.NO_INPUT
    assert [found["holds"] for found in answer.objects] == [False, False]
    assert "does not hold" in answer.err
    assert "Traceback" not in answer.err


def test_the_own_log_is_checked_without_a_file(yanma: Yanma, folder: Path) -> None:
    answer = yanma("ledger", "verify", "--ledger", folder)
    assert answer.code == ExitCode.OK
    assert answer.lines[0] == f"{folder}: holds (own log)"


def test_no_ledger_is_69_and_makes_none(yanma: Yanma, tmp_path: Path) -> None:
    for action in (["show"], ["verify"], ["export", str(tmp_path / "x")]):
        answer = yanma("ledger", *action, "--ledger", tmp_path / "none")
        assert (answer.code, "no ledger in" in answer.err) == (ExitCode.UNAVAILABLE, True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"YANMALG1", b"c2sp.org/tlog-proof@v1\n"], ids=repr)
def test_a_file_that_is_something_else_is_65(yanma: Yanma, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    answer = yanma("ledger", "verify", file)
    assert answer.code == ExitCode.DATA
    assert "next step" in answer.err


def test_a_key_with_a_wrong_character_is_65(yanma: Yanma, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_text(key_of(yanma, folder)[:-1] + "!", encoding="utf-8")
    assert yanma("ledger", "verify", "--key", file, "--ledger", folder).code == ExitCode.DATA
