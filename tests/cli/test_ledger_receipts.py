"""`yanma ledger receipts`: the terminal's own receipts, found by a code, copied whole, and only then forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.attest.facts import receipt_body
from firmware.ledger.device import open_device_key
from firmware.ledger.receipts.folder import verify_folder, writing
from firmware.refusal import ExitCode
from tests.attest.cases import case_of
from tests.cli.conftest import Answer
from tests.ledger.receipts.common import plain_page

Yanma = Callable[..., Answer]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    folder = tmp_path / "ledger"
    add(folder, 4)
    return folder


def add(ledger: Path, count: int) -> None:
    key = open_device_key(ledger)
    with writing(ledger / "receipts", key, plain_page) as opened:
        for _ in range(count):
            opened.add(receipt_body(case_of(), key))


def codes_in(ledger: Path, first: int = 1) -> list[str]:
    return [receipt.code for receipt in verify_folder(ledger / "receipts", first=first)]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_code_read_off_the_screen_finds_its_receipt_without_a_folder(yanma: Yanma, ledger: Path) -> None:
    code = codes_in(ledger)[2]
    [found] = yanma("ledger", "show", f"{code[:4]}-{code[4:]}".lower(), "--ledger", ledger, "--json").objects
    assert (found["code"], found["number"], found["dates"]) == (code, 3, "valid-that-day")
    assert Path(found["page"]).is_file()


def test_a_receipt_whose_page_was_exchanged_is_not_shown_as_if_it_held(yanma: Yanma, ledger: Path) -> None:
    next((ledger / "receipts").glob("000002-*.pdf")).write_bytes(b"another page")
    assert yanma("ledger", "show", codes_in_unchecked(ledger)[1], "--ledger", ledger).code == ExitCode.DATA


def codes_in_unchecked(ledger: Path) -> list[str]:
    return [path.name[7:15] for path in sorted((ledger / "receipts").glob("*.json"))]


def test_all_of_them_are_copied_with_what_is_needed_to_check_them(yanma: Yanma, ledger: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    [said] = yanma("ledger", "receipts", "--to", stick, "--ledger", ledger, "--json").objects
    copied = Path(said["folder"])
    assert copied.parent == stick
    assert names(copied) == names(ledger / "receipts") | {"device.pub"}
    assert (said["receipts"], said["first"], said["last"], said["forgotten"]) == (4, 1, 4, None)
    checked = yanma("ledger", "verify", copied, "--key", copied / "device.pub", "--json")
    assert (checked.code, checked.objects[0]["codes"]) == (0, codes_in(ledger))
    assert not list(copied.glob("*.new"))


def test_chosen_ones_are_copied_and_each_checked_by_itself(yanma: Yanma, ledger: Path, tmp_path: Path) -> None:
    codes = codes_in(ledger)
    [said] = yanma("ledger", "receipts", codes[3], codes[0], "--to", tmp_path, "--ledger", ledger, "--json").objects
    files = sorted(Path(said["folder"]).glob("*.json"))
    assert [path.name[7:15] for path in files] == [codes[0], codes[3]]
    key = Path(said["folder"]) / "device.pub"
    assert yanma("ledger", "verify", *files, "--key", key).code == ExitCode.OK
    files[0].with_suffix(".pdf").write_bytes(b"another page")
    assert yanma("ledger", "verify", files[0]).code == ExitCode.DATA


def test_what_was_copied_is_forgotten_the_newest_stays_and_the_row_goes_on(
    yanma: Yanma, ledger: Path, tmp_path: Path
) -> None:
    words = ("ledger", "receipts", "--to", tmp_path / "stick", "--forget", "--ledger", ledger, "--json")
    [first] = yanma(*words).objects
    assert first["forgotten"] == 3
    assert [path.name[:6] for path in sorted((ledger / "receipts").iterdir())] == ["000004", "000004"]
    add(ledger, 2)
    [second] = yanma(*words).objects
    assert (second["first"], second["last"], second["forgotten"]) == (4, 6, 2)
    assert [receipt.number for receipt in verify_folder(Path(second["folder"]))] == [1, 2, 3, 4, 5, 6]
    later = yanma("ledger", "verify", ledger / "receipts", "--first", 6)
    assert later.code == ExitCode.OK
    assert yanma("ledger", "verify", ledger / "receipts").code == ExitCode.DATA, "a later start must be told"


def test_nothing_is_forgotten_that_was_not_copied(yanma: Yanma, ledger: Path, tmp_path: Path) -> None:
    answer = yanma("ledger", "receipts", "--forget", "--ledger", ledger)
    assert (answer.code, "--to" in answer.err) == (ExitCode.USAGE, True)
    (tmp_path / "stick").write_text("a file where the stick should be")
    answer = yanma("ledger", "receipts", "--to", tmp_path / "stick", "--forget", "--ledger", ledger)
    assert (answer.code, "Traceback" in answer.err) == (ExitCode.IO, False)
    words = ("ledger", "receipts", codes_in(ledger)[1], "--to", tmp_path / "other", "--forget", "--ledger", ledger)
    [said] = yanma(*words, "--json").objects
    assert said["forgotten"] == 0, "one in the middle would leave a gap"
    assert len(codes_in(ledger)) == 4


def test_a_copy_never_replaces_another_file_and_one_that_is_there_already_is_left(
    yanma: Yanma, ledger: Path, tmp_path: Path
) -> None:
    words = ("ledger", "receipts", "--to", tmp_path / "stick", "--ledger", ledger, "--json")
    [said] = yanma(*words).objects
    assert yanma(*words).objects[0]["bytes"] == 0
    page = next(Path(said["folder"]).glob("000002-*.pdf"))
    page.write_bytes(b"notes of somebody")
    answer = yanma(*words, "--forget")
    assert (answer.code, "another file" in answer.err) == (ExitCode.DATA, True)
    assert page.read_bytes() == b"notes of somebody"
    assert len(codes_in(ledger)) == 4


@pytest.mark.parametrize("words", [("00000000",), ("4K7Q2M9Y",), ("--since", "9")], ids=" ".join)
def test_receipts_that_are_not_there_are_66(yanma: Yanma, ledger: Path, words: tuple[str, ...]) -> None:
    answer = yanma("ledger", "receipts", *words, "--ledger", ledger)
    assert (answer.code, "next step" in answer.err) == (ExitCode.NO_INPUT, True)


def test_without_a_folder_of_receipts_the_way_to_one_is_told(yanma: Yanma, tmp_path: Path) -> None:
    answer = yanma("ledger", "receipts", "--ledger", tmp_path / "none")
    assert (answer.code, "receipts.made" in answer.err) == (ExitCode.NO_INPUT, True)


def test_the_list_has_a_line_for_each(yanma: Yanma, ledger: Path) -> None:
    lines = yanma("ledger", "receipts", "--ledger", ledger).lines
    code = codes_in(ledger)[0]
    assert len(lines) == 4
    assert lines[0].startswith(f"000001  {code[:4]} {code[4:]}  20")


def test_a_cut_in_the_middle_of_forgetting_leaves_no_page_behind_after_the_next_start(ledger: Path) -> None:
    folder = ledger / "receipts"
    next(folder.glob("000001-*.json")).unlink()
    add(ledger, 1)
    assert not list(folder.glob("000001-*"))
    assert len(codes_in(ledger, first=2)) == 4
