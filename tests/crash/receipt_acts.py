"""Receipts on the disk, with pages and photographs, and their end: what must hold when the power goes off in it."""

from __future__ import annotations

from pathlib import Path

from firmware.attest.facts import sealed_photo
from firmware.ledger.receipts.folder import forget, receipts_from, verify_folder, writing
from tests.crash.told import Said, say
from tests.ledger.receipts.common import KEY, body, plain_page

SEALED = b"a sealed photograph " * 80
PHOTO = sealed_photo(SEALED, bytes(32))


def add_receipts(folder: Path) -> None:
    for _ in range(2):
        with writing(folder / "ledger" / "receipts", KEY, plain_page) as opened:
            say(opened.add(body()).code)
            say(opened.add(body(photo=PHOTO), SEALED).code)


def four_receipts(folder: Path) -> None:
    with writing(folder / "ledger" / "receipts", KEY, plain_page) as opened:
        for _ in range(4):
            opened.add(body(photo=PHOTO), SEALED)


def forget_receipts(folder: Path) -> None:
    place = folder / "ledger" / "receipts"
    say(forget(place, receipts_from(place, 1)))


def receipts_hold(folder: Path, said: Said) -> None:
    """Every code that was told has its receipt, whole; the row goes on, and nothing lies about."""
    place = folder / "ledger" / "receipts"
    with writing(place, KEY, plain_page) as opened:
        before = opened.last_number
        opened.add(body())
    receipts = verify_folder(place, KEY.note_key)
    assert len(said) <= before <= 4
    assert [receipt.code for receipt in receipts][: len(said)] == list(said)
    assert not list(place.glob("*.new"))


def newest_stays(folder: Path, said: Said) -> None:
    """Whatever is gone, what is left is a row to its end, from which it goes on."""
    place = folder / "ledger" / "receipts"
    with writing(place, KEY, plain_page) as opened:
        assert opened.last_number == 4
        opened.add(body())
    first = receipts_from(place, 1)[0].number
    assert [receipt.number for receipt in verify_folder(place, KEY.note_key, first)] == list(range(first, 6))
    assert first == 4 if said else first <= 4
