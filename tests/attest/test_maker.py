"""The receipts' thread: chained and whole, told only when on the disk, and never in the way of a verdict."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.attest.attestor import PHOTO_WAIT_S, Attestor
from firmware.attest.maker import Job, Made, ReceiptMaker
from firmware.ledger.device import DeviceKey, open_device_key
from firmware.ledger.receipts.folder import find_code, verify_folder, writing
from firmware.ledger.store import LedgerStore
from tests.attest.cases import case_of
from tests.ledger.receipts.common import KEY, plain_page


def maker_in(folder: Path, page=plain_page, **changes) -> ReceiptMaker:
    return ReceiptMaker(folder, lambda: KEY, page, **({"min_free_bytes": 0} | changes))


def wait_for(holds: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends_s, "it did not come about"
        time.sleep(0.005)


def finished(maker: ReceiptMaker, cases: int) -> list[Made]:
    """All that was made, once every case was made or dropped."""
    wait_for(lambda: maker.counts().made + maker.counts().dropped >= cases)
    return maker.made()


def test_two_in_a_row_are_chained_and_found_by_their_codes(tmp_path: Path) -> None:
    maker, first, second = maker_in(tmp_path), case_of(), case_of(payload=b"https://pay.example/1")
    maker.hand(Job(first))
    maker.hand(Job(second))
    made = finished(maker, 2)
    maker.close()
    assert [each.verdict for each in made] == [first.verdict, second.verdict]
    assert made[0].verdict is first.verdict
    receipts = verify_folder(tmp_path, KEY.note_key)
    assert [receipt.code for receipt in receipts] == [each.code for each in made]
    assert find_code(tmp_path, made[1].code) == [receipts[1]]


def test_after_a_restart_the_row_goes_on(tmp_path: Path) -> None:
    for _ in range(2):
        maker = maker_in(tmp_path)
        maker.hand(Job(case_of()))
        maker.close()
    wait_for(lambda: len(verify_folder(tmp_path)) == 2)


def test_a_code_is_told_only_when_its_receipt_is_on_the_disk(tmp_path: Path) -> None:
    drawing, go_on = threading.Event(), threading.Event()

    def slow_page(placed: dict, code: str) -> bytes:
        drawing.set()
        assert go_on.wait(20)
        return plain_page(placed, code)

    maker = maker_in(tmp_path, slow_page)
    maker.hand(Job(case_of()))
    assert drawing.wait(20)
    assert maker.made() == []
    assert list(tmp_path.glob("*.json")) == []
    go_on.set()
    [made] = finished(maker, 1)
    assert find_code(tmp_path, made.code) != []
    maker.close()


def test_a_full_queue_loses_the_oldest_and_counts_it_and_never_blocks(tmp_path: Path) -> None:
    drawing, go_on = threading.Event(), threading.Event()

    def stuck_page(placed: dict, code: str) -> bytes:
        drawing.set()
        assert go_on.wait(20)
        return plain_page(placed, code)

    maker = maker_in(tmp_path, stuck_page, places=2)
    cases = [case_of() for _ in range(5)]
    maker.hand(Job(cases[0]))
    assert drawing.wait(20)
    for case in cases[1:]:
        maker.hand(Job(case))
    assert maker.counts().dropped == 2
    go_on.set()
    made = finished(maker, 5)
    assert [each.verdict is case.verdict for each, case in zip(made, [cases[0], *cases[3:]], strict=True)] == [True] * 3
    assert len(verify_folder(tmp_path)) == 3
    maker.close()


def test_a_full_disk_costs_receipts_and_nothing_else_and_is_tried_again(tmp_path: Path) -> None:
    full = True

    def page(placed: dict, code: str) -> bytes:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain_page(placed, code)

    maker = maker_in(tmp_path, page, retry_s=0.0)
    maker.hand(Job(case_of()))
    finished(maker, 1)
    assert (maker.counts().dropped, maker.alive) == (1, True)
    assert "No space left" in maker.counts().last_error
    full = False
    maker.hand(Job(case_of()))
    assert len(finished(maker, 2)) == 1
    assert len(verify_folder(tmp_path)) == 1
    maker.close()


def test_the_last_room_on_the_disk_is_left_to_the_ledger(tmp_path: Path) -> None:
    maker = maker_in(tmp_path, min_free_bytes=1 << 62)
    maker.hand(Job(case_of()))
    assert finished(maker, 1) == []
    assert "MiB are free" in maker.counts().last_error
    assert list(tmp_path.glob("*.*")) == []
    maker.close()


def test_a_folder_that_another_process_writes_is_left_alone(tmp_path: Path) -> None:
    with writing(tmp_path, KEY, plain_page):
        maker = maker_in(tmp_path)
        maker.hand(Job(case_of()))
        assert finished(maker, 1) == []
        assert "another process" in maker.counts().last_error
        maker.close()


def test_a_new_device_has_one_key_though_ledger_and_receipts_begin_at_the_same_verdict(tmp_path: Path) -> None:
    keys: list[DeviceKey] = []
    together = threading.Barrier(8)

    def open_it() -> None:
        together.wait()
        keys.append(open_device_key(tmp_path))

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.public for key in keys}) == 1


def test_the_receipts_are_signed_with_the_ledgers_own_key(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    with LedgerStore(ledger):
        pass
    maker = ReceiptMaker(ledger / "receipts", lambda: open_device_key(ledger), plain_page, min_free_bytes=0)
    maker.hand(Job(case_of()))
    finished(maker, 1)
    maker.close()
    assert verify_folder(ledger / "receipts", open_device_key(ledger).note_key) != []
    with LedgerStore(ledger) as store:  # the ledger does not mind the folder inside its own
        assert store.verify() == 0


def test_the_log_says_nothing_of_what_a_page_was_drawn_with(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    maker = maker_in(tmp_path, None)
    maker.hand(Job(case_of()))
    assert len(finished(maker, 1)) == 1
    maker.close()
    assert [record.name for record in caplog.records] == []


class SlowCamera:
    """Gives what it is told to give."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes]] = []
        self.answers: list[tuple[bytes, bytes]] = []

    def ask_photo(self, payload_sha256: bytes, binding: bytes) -> None:
        self.asked.append((payload_sha256, binding))

    def photo(self) -> tuple[bytes, bytes] | None:
        return self.answers.pop(0) if self.answers else None


@pytest.mark.parametrize(("answer", "state"), [(b"sealed bytes", "sealed"), (b"", "missing"), (None, "missing")])
def test_a_photograph_that_does_not_come_in_time_is_not_waited_for_and_that_is_said(
    tmp_path: Path, answer: bytes | None, state: str
) -> None:
    camera = SlowCamera()
    attestor = Attestor(maker := maker_in(tmp_path), camera)
    attestor.make(case_of(), 100.0)
    assert attestor.turn(100.0 + PHOTO_WAIT_S / 2) == []
    assert (maker.counts().made, list(tmp_path.glob("*"))) == (0, [])
    if answer is not None:
        camera.answers.append((bytes(32), b"of somebody else"))
        camera.answers.append((camera.asked[0][1], answer))
    attestor.turn(100.0 + (PHOTO_WAIT_S if answer is None else 0.1))
    wait_for(lambda: maker.counts().made == 1)
    attestor.close()
    [receipt] = verify_folder(tmp_path)
    assert receipt.body["photo"]["state"] == state
    assert [path.read_bytes() for path in tmp_path.glob("*.photo")] == ([answer] if state == "sealed" else [])
