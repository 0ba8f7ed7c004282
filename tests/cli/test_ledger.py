"""`yanma ledger`: what is shown, exported and checked, and what a person is told when it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from firmware.ledger.store import LedgerStore
from firmware.refusal import ExitCode
from tests.cli.conftest import Answer, Demo
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


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_batch_gives_a_receipt_a_file_and_a_line_for_what_cannot_be_read(
    yanma: Yanma, demo: Demo, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (400, 400), 255).save(blank)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    receipts = tmp_path / "receipts"
    pictures = [
        demo.code("mark-downloaded"),
        demo.code("mark-expired"),
        str(blank),
        str(broken),
        str(tmp_path / "gone.png"),
    ]
    pdf = demo.folder / "print" / "mark.pdf"
    words = ("--at", demo.at, "--profile", "insurer", "--trust", demo.trust, "--ledger", tmp_path / "ledger", "--json")
    answer = yanma("verify", *words, "--receipt", receipts, *pictures, pdf)
    assert answer.code == ExitCode.NO_INPUT
    codes = [found.get("receipt") for found in answer.objects]
    assert [code is not None for code in codes] == [True, True, False, False, False, True]
    assert "[6/6]" in answer.err
    assert "receipts: 3 (1 expired-that-day, 2 valid-that-day); files without one: 3" in answer.err
    assert len(files_in(receipts)) == 6
    checked = yanma("ledger", "verify", receipts, "--json")
    assert (checked.code, checked.objects[0]["codes"]) == (ExitCode.OK, [code for code in codes if code])
    [shown] = yanma("ledger", "show", str(codes[1]).lower(), receipts, "--json").objects
    assert (shown["dates"], shown["status"], shown["number"]) == ("expired-that-day", "good", 2)
    evidence = shown["receipt"]
    assert evidence["as_of"]["time"] == answer.objects[0]["at"]
    assert len(evidence["status_list"]["sha256"]) == 64
    assert evidence["document"]["kind"]["name"] == "inspection-mark"
    page = next(receipts.glob("000001-*.pdf"))
    page.write_bytes(page.read_bytes()[:-1] + b"X")
    assert yanma("ledger", "verify", receipts).code == ExitCode.DATA


def test_each_page_of_a_pdf_gives_its_own_receipt(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    pages = [Image.open(demo.code(name)).convert("RGB") for name in ("mark-downloaded", "mark-revoked")]
    pages[0].save(tmp_path / "two.pdf", save_all=True, append_images=pages[1:])
    words = ("--at", demo.at, "--profile", "insurer", "--trust", demo.trust, "--ledger", tmp_path / "ledger", "--json")
    answer = yanma("verify", *words, "--receipt", tmp_path / "receipts", tmp_path / "two.pdf")
    assert [(found["page"], found["reason"]) for found in answer.objects] == [(1, "VALID"), (2, "REVOKED")]
    assert len(files_in(tmp_path / "receipts")) == 4


def test_receipts_are_made_of_pictures_only(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    text = tmp_path / "codes.txt"
    text.write_text("JZ1:X")
    answer = yanma("verify", "--trust", demo.trust, "--receipt", tmp_path / "receipts", text)
    assert (answer.code, "pictures and PDFs" in answer.err) == (ExitCode.USAGE, True)


@pytest.mark.parametrize("code", ["4K7Q2M9Y", "AAAA", "京"])
def test_a_code_that_was_mistyped_is_66(yanma: Yanma, tmp_path: Path, code: str) -> None:
    (tmp_path / "receipts").mkdir()
    assert yanma("ledger", "show", code, tmp_path / "receipts").code == ExitCode.NO_INPUT


GOLDEN = """\
Shift report
==============================================
Device                        {device}
From                 2026-06-09T18:13:24+08:00
To                   2026-06-09T18:24:55+08:00
Verdicts                                    70
Codes not read                      9 (12.9 %)
Time to a verdict (median)               39 ms
From car to car (median)                10.1 s

By outcome
----------------------------------------------
GO go                                       40
GO+ go, with a notice                        8
RETRY show it again                          9
STOP not good today                         13

By reason
----------------------------------------------
VALID                                       40
EXPIRED                                     13
UNREADABLE                                   9
VALID_NOTICE                                 8

Nothing in this report is about a person or a car.
"""


def test_the_shift_report_is_the_golden_one(yanma: Yanma, folder: Path) -> None:
    device = yanma("ledger", "show", "--ledger", folder, "--json").objects[0]["device"]
    answer = yanma("ledger", "report", "--ledger", folder, "--lang", "en")
    assert (answer.code, answer.out) == (0, GOLDEN.format(device=device))


def test_the_shift_report_is_of_the_time_that_was_asked_for(yanma: Yanma, folder: Path) -> None:
    words = ("--since", "2026-06-09T18:14:00", "--until", "2026-06-09T18:15:00", "--json")
    [found] = yanma("ledger", "report", "--ledger", folder, *words).objects
    assert found["total"] == 6
    assert "2026-06-09T18:14:" in found["first"]
    zh = yanma("ledger", "report", "--ledger", folder, "--since", "2027-01-01").out
    assert "无记录" in zh
    assert yanma("ledger", "report", "--ledger", folder, "--since", "noon").code == ExitCode.USAGE


def test_the_privacy_report_says_what_why_and_until_when_in_both_languages(yanma: Yanma, folder: Path) -> None:
    zh = yanma("ledger", "privacy", "--ledger", folder).out
    en = yanma("ledger", "privacy", "--ledger", folder, "--lang", "en").out
    [found] = yanma("ledger", "privacy", "--ledger", folder, "--json").objects
    assert [item["name"] for item in found["kept"]] == [
        "records",
        "monthly_keys",
        "batches",
        "receipts",
        "photos",
        "device_key",
    ]
    for item in found["kept"]:
        assert item["what"][0] in zh
        assert item["why"][1] in en
        assert item["until"][1] in en
    assert "30 days" in en
    assert "70 2026-06-09T18:13:24+08:00" in en
    assert "now: 2026-06" in en
    assert "Never kept: names" in en
    assert "不保存：姓名" in zh
