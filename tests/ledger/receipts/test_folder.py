"""A folder of receipts: everything in it holds together, and everything that was touched is found."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ledger import canonical
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.receipts.body import ReceiptError, parse, seal
from firmware.ledger.receipts.code import code_of
from firmware.ledger.receipts.folder import BusyError, find_code, verify_folder, writing
from firmware.ledger.signed import SignedError
from tests.ledger.receipts.common import KEY, OTHER, body, fill, plain_page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "receipts", 5)
    return tmp_path / "receipts"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_receipts_are_numbered_chained_and_hold(folder: Path) -> None:
    receipts = verify_folder(folder)
    assert [receipt.number for receipt in receipts] == [1, 2, 3, 4, 5]
    assert receipts[0].body["previous"] == ""
    assert [receipt.body["previous"] for receipt in receipts[1:]] == [receipt.digest for receipt in receipts[:-1]]
    assert verify_folder(folder, KEY.note_key) == receipts


def test_a_later_run_goes_on_where_the_last_one_ended(folder: Path) -> None:
    fill(folder, 2)
    assert len(verify_folder(folder)) == 7


def test_a_receipt_is_found_by_its_code(folder: Path) -> None:
    third = verify_folder(folder)[2]
    assert find_code(folder, third.code) == [third]
    assert find_code(folder, "00000000") == []


def test_every_changed_byte_of_a_receipt_is_found(folder: Path) -> None:
    path = sorted(folder.glob("*.json"))[2]
    good = path.read_bytes()
    chance = random.Random(3)
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes((good[place] ^ 1 << chance.randrange(8),)) + good[place + 1 :])
        with pytest.raises(LedgerDamagedError):
            verify_folder(folder)
    path.write_bytes(good)
    assert len(verify_folder(folder)) == 5


def test_every_changed_byte_of_a_page_is_found(folder: Path) -> None:
    path = sorted(folder.glob("*.pdf"))[4]
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :])
        with pytest.raises(ReceiptError, match="not the page"):
            verify_folder(folder)


def remove_both(folder: Path, number: int) -> None:
    for path in folder.glob(f"{number:06d}-*"):
        path.unlink()


def exchange(folder: Path) -> None:
    two, three = sorted(folder.glob("00000[23]*.json"))
    swapped = two.read_bytes()
    two.write_bytes(three.read_bytes())
    three.write_bytes(swapped)


def renumber(folder: Path) -> None:
    for path in folder.glob("000005-*"):
        path.rename(folder / path.name.replace("000005", "000006"))


def of_another_device(folder: Path) -> None:
    other = folder.parent / "other"
    fill(other, 6, OTHER)
    for path in other.glob("000006-*"):
        shutil.copy(path, folder)


def a_receipt_made_again(folder: Path) -> None:
    """With the device's own key, in the place of an earlier one: the next one does not name it."""
    remove_both(folder, 3)
    previous = parse(next(folder.glob("000002-*.json")).read_bytes()).digest
    again = seal(body(number=3, previous=previous, trust_version=99), "00" * 32, KEY)
    (folder / f"000003-{again.code}.json").write_bytes(again.content)
    (folder / f"000003-{again.code}.pdf").write_bytes(b"")


TAMPERS = {
    "the first removed": lambda folder: remove_both(folder, 1),
    "one in the middle removed": lambda folder: remove_both(folder, 3),
    "a page removed": lambda folder: next(folder.glob("000003-*.pdf")).unlink(),
    "a receipt removed and its page left": lambda folder: next(folder.glob("000005-*.json")).unlink(),
    "two exchanged": exchange,
    "one given another number": renumber,
    "one of another device added": of_another_device,
    "one made again": a_receipt_made_again,
    "a stranger's file under a number": lambda folder: (folder / "000006.json").write_text("{}"),
    "an empty receipt": lambda folder: next(folder.glob("000004-*.json")).write_bytes(b""),
}


@pytest.mark.parametrize("tamper", TAMPERS.values(), ids=TAMPERS)
def test_verification_finds(folder: Path, tamper) -> None:
    tamper(folder)
    with pytest.raises(LedgerDamagedError):
        verify_folder(folder)


def test_receipts_of_another_device_are_refused_where_the_key_is_known(folder: Path) -> None:
    with pytest.raises(ReceiptError, match="expected"):
        verify_folder(folder, OTHER.note_key)
    with pytest.raises(ReceiptError, match="are of the device"):
        fill(folder, 1, OTHER)


def test_a_signature_over_other_facts_does_not_pass(folder: Path) -> None:
    """Somebody changes the facts and computes the code anew: only the signature stands against that."""
    said = canonical.decode(next(folder.glob("000005-*.json")).read_bytes()[:-1])
    changed = said["receipt"] | {"answer": {"dates": "expired-that-day", "status": "good"}}
    swapped = said | {"receipt": changed, "code": code_of(canonical.encode(changed))}
    with pytest.raises(SignedError, match="signature does not hold"):
        parse(canonical.encode(swapped) + b"\n")
    with pytest.raises(SignedError, match="signature does not hold"):
        seal(changed, said["page"], OTHER)  # the other device signs and names this one


def test_a_cut_between_page_and_receipt_leaves_nothing_behind(folder: Path) -> None:
    (folder / "000006-00000000.pdf").write_bytes(b"half")
    with pytest.raises(ReceiptError, match="page of no receipt"):
        verify_folder(folder)
    fill(folder, 1)
    assert len(verify_folder(folder)) == 6


def test_two_processes_never_write_one_folder(folder: Path) -> None:
    with writing(folder, KEY, plain_page), pytest.raises(BusyError), writing(folder, KEY, plain_page):
        pytest.fail("both were let in")
    assert len(verify_folder(folder)) == 5


def test_other_files_in_the_folder_do_no_harm(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "photo.pdf").write_text("mine")
    assert len(verify_folder(folder)) == 5


STRANGE = (
    *(None, True, 0, -1, "x", [], {}, ["x"], {"x": 1}, {"time": 5}, 2**52),
    *({"dates": [], "status": {}}, {"dates": "valid-that-day", "status": []}),
    *({"exempt": 0, "applied_late": 1}, {"exempt": "", "applied_late": None}),
)


@pytest.mark.parametrize("member", sorted(body(number=1, previous="")))
def test_a_receipt_whose_member_is_something_else_is_whole_or_refused_even_when_it_is_signed(member: str) -> None:
    """A device of a stranger may sign what it likes; whoever reads it meets no surprise."""
    for strange in STRANGE:
        try:
            receipt = seal(body(number=1, previous="") | {member: strange}, "00" * 32, KEY)
        except LedgerDamagedError:
            continue
        for name in ("made", "as_of"):
            assert isinstance(receipt.body[name]["time"], str)
        assert isinstance(receipt.body["verdict"]["zh"], str)
        assert receipt.body["answer"]["dates"]
        assert receipt.body["inspection"]["exempt"] in (True, False, None)
        assert type(receipt.body["inspection"]["applied_late"]) is not int


@given(st.binary(max_size=300))
def test_any_bytes_are_a_receipt_or_are_refused(content: bytes) -> None:
    for each in (content, content + b"\n"):
        with pytest.raises(LedgerDamagedError):
            parse(each)
