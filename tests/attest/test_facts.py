"""The body of a receipt: the same form for a file and for a live view, which names nobody."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from firmware.attest.facts import MISSING_PHOTO, receipt_body, sealed_photo
from firmware.ledger import canonical
from firmware.ledger.receipts.body import FIRST_FORMAT, ReceiptError, credential_digest, parse, seal
from firmware.ledger.receipts.folder import verify_folder, writing
from firmware.model import CheckName, Outcome
from firmware.verify.wire import Field
from tests.attest.cases import FILE, case_of
from tests.ledger.receipts.common import KEY, body, plain_page
from tests.world import DELEGATED, LICENCE, MARK

PLATE, NAME, VIN = "京Q00017", "欧阳*", "LSVAA4182E2184847"


@pytest.mark.parametrize("document", [MARK, LICENCE, DELEGATED], ids=["mark", "licence", "delegated"])
def test_the_receipt_of_a_live_view_names_neither_car_nor_person_also_not_in_a_sentence(document) -> None:
    named = document | {Field.PLATE: PLATE, Field.VIN: VIN} | ({Field.NAME: NAME} if Field.NAME in document else {})
    case = case_of(named)
    assert case.verdict.facts.plate == PLATE
    said = json.dumps(receipt_body(case, KEY), ensure_ascii=False)
    assert [value for value in (PLATE, PLATE[1:], NAME, VIN, VIN[-4:], "王", "李") if value in said] == []


def test_the_receipt_of_a_file_names_them_as_before() -> None:
    facts = receipt_body(case_of(MARK | {Field.PLATE: PLATE}, file=FILE), KEY)
    assert facts["facts"]["plate"] == PLATE
    assert PLATE in facts["verdict"]["zh"]
    assert facts["file"] == {"name": "IMG_2041.png", "page": None, "sha256": "cd" * 32}


def test_the_digest_ties_the_receipt_to_the_code_for_whoever_has_the_code() -> None:
    case = case_of()
    held = receipt_body(case, KEY)["credential"]
    assert held["digest"] == credential_digest(base64.b64decode(held["salt"]), case.payload)
    assert receipt_body(case, KEY)["credential"]["salt"] != held["salt"]


@pytest.mark.parametrize("payload", ["京A12345".encode(), b"110101199003071234", b"JZ1:NOT A CREDENTIAL"])
def test_a_code_that_can_be_guessed_leaves_no_digest_to_try_guesses_on(payload: bytes) -> None:
    case = case_of(payload=payload)
    signatures = [check.outcome for check in case.verdict.checks if check.name is CheckName.SIGNATURE]
    assert Outcome.GOOD not in signatures
    assert receipt_body(case, KEY)["credential"] is None


def test_both_kinds_are_one_format_that_one_verifier_reads(tmp_path: Path) -> None:
    with writing(tmp_path, KEY, plain_page) as folder:
        folder.add(receipt_body(case_of(), KEY))
        folder.add(receipt_body(case_of(file=FILE), KEY))
        folder.add(receipt_body(case_of(payload=b"https://pay.example/1"), KEY))
    found = verify_folder(tmp_path, KEY.note_key)
    assert [receipt.body["file"] is None for receipt in found] == [True, False, True]


def test_receipts_of_the_first_form_still_hold_and_go_on_in_one_row_with_the_new_ones(tmp_path: Path) -> None:
    old = body(format=FIRST_FORMAT)
    del old["photo"]
    with writing(tmp_path, KEY, plain_page) as folder:
        folder.add(old)
        folder.add(receipt_body(case_of(), KEY))
    assert len(verify_folder(tmp_path)) == 2


@pytest.mark.parametrize("member", ["file", "credential"])
def test_the_first_form_has_no_live_views(member: str) -> None:
    old = body(format=FIRST_FORMAT, number=1, previous="") | {member: None}
    del old["photo"]
    with pytest.raises(ReceiptError, match=member):
        seal(old, "00" * 32, KEY)


@pytest.mark.parametrize(
    "photo",
    [
        {},
        [],
        "sealed",
        {"state": "sealed", "sha256": None, "binding": "00" * 32},
        {"state": "sealed", "sha256": "0" * 63, "binding": "00" * 32},
        {"state": "missing", "sha256": "00" * 32, "binding": None},
        {"state": "shown", "sha256": "00" * 32, "binding": "00" * 32},
    ],
    ids=json.dumps,
)
def test_a_photograph_that_is_neither_sealed_nor_missing_is_refused_though_signed(photo: object) -> None:
    with pytest.raises(ReceiptError, match="photograph"):
        seal(body(number=1, previous="", photo=photo), "00" * 32, KEY)


@pytest.mark.parametrize("photo", [None, MISSING_PHOTO, sealed_photo(b"sealed", bytes(32))])
def test_what_became_of_a_photograph_is_said(photo: object) -> None:
    receipt = seal(body(number=1, previous="", photo=photo), "00" * 32, KEY)
    assert parse(receipt.content).body["photo"] == photo
    assert canonical.decode(receipt.content[:-1])["receipt"]["photo"] == photo
