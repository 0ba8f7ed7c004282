"""Records go out in batches and are deleted only under a receipt: terminal, carrier and collector together, on loopback."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.export import read, write
from firmware.ledger.note import KeyType, NoteKey
from firmware.ledger.outbox import Exchange
from firmware.ledger.store import DAY_S, LedgerStore
from firmware.ledger.writer import LedgerWriter
from firmware.sync import upload as carrier
from firmware.sync.fetch import SyncError
from firmware.sync.upload import upload
from firmware.verify.wire import Alg
from issuer.collector import Collector
from issuer.collector_server import application, make_server
from issuer.keys import SigningKey
from tests.ledger.exports import fill, made_export
from tests.ledger.test_store import ENTRY, NOON, entry_at

KEY = SigningKey.from_private("collector", Alg.ED25519, bytes(range(32)))
OTHER = SigningKey.from_private("other", Alg.ED25519, bytes(range(1, 33)))


class Office:
    """A collector behind its door, on a port of its own."""

    def __init__(self, folder: Path, *, accept_new: bool = True, key: SigningKey = KEY) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.collector = Collector(folder, key, "collector.example", lambda: NOON, accept_new=accept_new)
        self._server = make_server(self.collector, "127.0.0.1", 0, self.said.append)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path / "collected")
    yield opened
    opened.close()


@pytest.fixture
def exchange(tmp_path: Path, office: Office) -> Exchange:
    return Exchange(tmp_path / "outbox", tmp_path / "inbox", office.collector.public)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LedgerStore]:
    with LedgerStore(tmp_path / "ledger") as opened:
        yield opened


def carry(exchange: Exchange, office: Office) -> carrier.UploadReport:
    return upload(exchange.outbox, exchange.inbox, office.url)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_records_go_out_come_back_receipted_and_only_then_are_deleted(
    store: LedgerStore, exchange: Exchange, office: Office
) -> None:
    fill(store, 100)
    assert exchange.run(store) == 1
    assert store.forget_before(NOON + DAY_S, under_receipt=True) == 0  # past retention, and not receipted
    report = carry(exchange, office)
    assert (report.delivered, report.waiting, report.why) == (1, 0, "")
    assert store.forget_before(NOON + DAY_S, under_receipt=True) == 0  # the receipt has not been read yet
    assert exchange.run(store) == 0
    assert names(exchange.outbox) == []
    (receipt,) = store.receipts()
    assert receipt.require(exchange.collector) == NOON
    assert receipt.checkpoint.size == 101
    assert store.forget_before(NOON - DAY_S, under_receipt=True) == 0  # receipted, and not past retention
    fill(store, 5, seed=2)
    assert store.forget_before(NOON + DAY_S, under_receipt=True) == 100
    assert store.verify(store.key.note_key) == 5


def test_later_batches_continue_where_the_receipts_end(store: LedgerStore, exchange: Exchange, office: Office) -> None:
    for seed in range(3):
        fill(store, 30, seed=seed)
        exchange.run(store)
        carry(exchange, office)
    exchange.run(store)
    held = office.collector.held(store.key.id)
    assert held is not None
    assert held.edge == store.log().edge
    (device,) = office.folder.iterdir()
    sizes = [read(path.read_bytes()).size for path in sorted(device.glob("*.batch"))]
    assert sizes == [31, 61, 91]


def test_a_receipt_lost_on_the_way_is_given_again(store: LedgerStore, exchange: Exchange, office: Office) -> None:
    fill(store, 10)
    exchange.run(store)
    carry(exchange, office)
    before = names(office.folder / store.key.id)
    shutil.rmtree(exchange.inbox)
    assert carry(exchange, office).delivered == 1
    assert names(office.folder / store.key.id) == before
    exchange.run(store)
    assert store.receipts()[0].checkpoint.size == 11


def test_a_batch_lost_from_the_outbox_is_made_again(store: LedgerStore, exchange: Exchange, office: Office) -> None:
    fill(store, 10)
    exchange.run(store)
    shutil.rmtree(exchange.outbox)
    assert exchange.run(store) == 1
    assert carry(exchange, office).delivered == 1


def test_batches_that_overlap_are_taken_once(store: LedgerStore, exchange: Exchange, office: Office) -> None:
    fill(store, 10)
    whole = store.export(store.key.note_key, 0, store.checkpoint())
    assert office.collector.receive(b"".join(write(whole))).status == 200
    fill(store, 7, seed=3)
    overlapping = store.export(store.key.note_key, 4, store.checkpoint())
    assert office.collector.receive(b"".join(write(overlapping))).status == 200
    held = office.collector.held(store.key.id)
    assert held is not None
    assert held.edge == store.log().edge


def test_a_log_that_was_rewritten_is_refused_and_kept_as_evidence(
    store: LedgerStore, exchange: Exchange, office: Office, tmp_path: Path
) -> None:
    """Split view: whoever has the card and its key writes another history after the first was receipted."""
    fill(store, 20)
    exchange.run(store)
    carry(exchange, office)
    with LedgerStore(tmp_path / "rewritten", tmp_path / "ledger" / "device.key") as other:
        fill(other, 20, seed=9)
        same_size = other.export(other.key.note_key, 0, other.checkpoint())
        fill(other, 5, seed=9)
        longer = other.export(other.key.note_key, 0, other.checkpoint())
    for rewritten in (same_size, longer):
        reply = office.collector.receive(b"".join(write(rewritten)))
        assert (reply.status, "refused" in reply.text) == (409, True)
    assert len(list((office.folder / store.key.id).glob("refused-*.batch"))) == 2
    held = office.collector.held(store.key.id)
    assert held is not None
    assert held.edge == store.log().edge


def test_a_gap_is_refused(store: LedgerStore, office: Office) -> None:
    fill(store, 20)
    office.collector.receive(b"".join(write(store.export(store.key.note_key, 0, store.checkpoint()))))
    fill(store, 20, seed=2)
    late = store.export(store.key.note_key, 30, store.checkpoint())
    reply = office.collector.receive(b"".join(write(late)))
    assert (reply.status, reply.text) == (409, "a gap: 21 leaves are held, this begins at 30")


@pytest.mark.parametrize("content", [b"", b"YANMALG1", bytes(2 << 20)], ids=["nothing", "a head", "two megabytes"])
def test_what_is_no_batch_is_refused(office: Office, content: bytes) -> None:
    assert office.collector.receive(content).status in (400, 413)
    assert list(office.folder.iterdir()) == []


def test_a_batch_of_a_log_named_after_another_device_is_refused(office: Office) -> None:
    export = made_export(3)
    key = NoteKey("yanma/ledger/0000000000000000", KeyType.LOG, export.key.public)
    from dataclasses import replace

    from firmware.ledger.device import DeviceKey
    from firmware.ledger.note import Checkpoint, Note, message_of

    signer = DeviceKey.from_bytes(bytes(range(32)), "test")
    checkpoint = Checkpoint(key.name, export.size, export.checkpoint.checkpoint.root)
    note = Note(checkpoint, ()).with_signature(key, signer.sign(message_of(checkpoint, key)))
    reply = office.collector.receive(b"".join(write(replace(export, key=key, checkpoint=note))))
    assert (reply.status, reply.text) == (400, "the log is not named after its key")


def test_a_device_that_nobody_announced_is_refused(store: LedgerStore, tmp_path: Path, exchange: Exchange) -> None:
    office = Office(tmp_path / "strict", accept_new=False)
    try:
        fill(store, 3)
        exchange.run(store)
        report = carry(exchange, office)
        assert (report.delivered, report.waiting) == (0, 1)
        assert "403" in report.why
        (office.folder / store.key.id).mkdir()
        assert carry(exchange, office).delivered == 1
    finally:
        office.close()


def test_a_receipt_of_another_collector_changes_nothing(store: LedgerStore, exchange: Exchange, tmp_path: Path) -> None:
    """A stranger on the way answers with a receipt of his own, so that records are deleted that nobody holds."""
    stranger = Office(tmp_path / "stranger", key=OTHER)
    try:
        fill(store, 3)
        exchange.run(store)
        assert carry(exchange, stranger).delivered == 1
    finally:
        stranger.close()
    with pytest.raises(LedgerDamagedError, match="not signed by"):
        exchange.run(store)
    assert store.receipts() == []
    assert store.forget_before(NOON + DAY_S, under_receipt=True) == 0


def test_a_receipt_for_another_tree_changes_nothing(store: LedgerStore, exchange: Exchange, office: Office) -> None:
    fill(store, 3)
    exchange.run(store)
    carry(exchange, office)
    receipt = exchange.inbox / f"{store.key.id}.receipt"
    lines = receipt.read_text().split("\n")
    for changed in (["x", *lines[1:]], [lines[0], "3", *lines[2:]], [lines[0], "99", *lines[2:]], ["", ""], lines[:3]):
        receipt.write_text("\n".join(changed))
        with pytest.raises(LedgerDamagedError):
            exchange.run(store)
    assert store.receipts() == []


def test_no_collector_there_means_not_delivered_and_nothing_is_lost(store: LedgerStore, exchange: Exchange) -> None:
    fill(store, 3)
    exchange.run(store)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        report = upload(exchange.outbox, exchange.inbox, f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert (report.delivered, report.waiting) == (0, 1)
    assert report.why
    assert len(names(exchange.outbox)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b"x" * 9999,
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\n\x1b[2J",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["too long", "empty", "elsewhere", "an error", "cut", "no HTTP", "nothing"],
)
def test_whatever_a_stranger_answers_the_batch_stays(store: LedgerStore, exchange: Exchange, answer: bytes) -> None:
    fill(store, 3)
    exchange.run(store)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                connection.recv(1 << 16)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        report = upload(exchange.outbox, exchange.inbox, f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert (report.delivered, report.waiting) == (0, 1)
    assert report.why.isprintable()
    assert not exchange.inbox.exists()
    assert len(names(exchange.outbox)) == 1


def test_an_upload_ends_when_its_time_is_over(store: LedgerStore, exchange: Exchange, office: Office) -> None:
    fill(store, 3)
    exchange.run(store)
    report = upload(exchange.outbox, exchange.inbox, office.url, total_s=0.0)
    assert (report.delivered, report.waiting) == (0, 1)
    assert "no time left" in report.why


def test_an_outbox_that_is_not_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert upload(tmp_path / "none", tmp_path / "inbox", "http://127.0.0.1:1") == carrier.UploadReport()


def test_the_door_takes_batches_and_gives_its_key_and_nothing_else(office: Office) -> None:
    answer = application(office.collector, office.said.append)

    def ask(method: str, path: str, **more: str) -> tuple[str, bytes]:
        found: list[str] = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, **more}
        body = b"".join(answer(environ, lambda status, _headers: found.append(status)))
        return found[0], body

    assert ask("GET", "/v1/key") == ("200 OK", office.collector.public.text.encode() + b"\n")
    assert ask("GET", "/")[0] == "404 Not Found"
    assert ask("POST", "/v1/batches")[0] == "411 Length Required"
    assert ask("POST", "/v1/batches", CONTENT_LENGTH="-1")[0] == "411 Length Required"
    assert ask("POST", "/v1/batches", CONTENT_LENGTH="99999999")[0].startswith("413 ")


def test_a_damaged_state_of_the_collector_is_told_and_not_overwritten(store: LedgerStore, office: Office) -> None:
    from issuer.errors import OfficeError

    fill(store, 3)
    content = b"".join(write(store.export(store.key.note_key, 0, store.checkpoint())))
    office.collector.receive(content)
    state = office.folder / store.key.id / "state.json"
    good = json.loads(state.read_text())
    for bad in ({}, good | {"size": 9}, good | {"edge": [base64.b64encode(b"x").decode()]}, good | {"receipt": ""}):
        state.write_text(json.dumps(bad))
        with pytest.raises(OfficeError, match="damaged"):
            office.collector.receive(content)


def test_the_writer_lays_batches_out_and_waits_for_receipts(tmp_path: Path, exchange: Exchange, office: Office) -> None:
    folder = tmp_path / "ledger"
    for day in (0, 90):
        writer = LedgerWriter.in_folder(folder, 30, exchange=exchange)
        writer.record(entry_at(NOON + day * DAY_S), NOON + day * DAY_S)
        writer.close()
        assert writer.counts().errors == 0
    with LedgerStore(folder) as store:
        assert store.count() == 2  # ninety days old, and no receipt
    assert carry(exchange, office).delivered >= 1
    writer = LedgerWriter.in_folder(folder, 30, exchange=exchange)
    writer.record(ENTRY, 0.0)
    writer.close()
    with LedgerStore(folder) as store:
        assert store.count() == 2
        assert next(store.records()).sequence == 2


def test_as_the_last_step_of_a_visit_it_says_what_waits_and_raises_nothing_else(
    store: LedgerStore, exchange: Exchange, office: Office
) -> None:
    fill(store, 3)
    exchange.run(store)
    nowhere = carrier.CollectorUploader(exchange.outbox, exchange.inbox, "http://127.0.0.1:1")
    with pytest.raises(SyncError, match="1 batches wait"):
        nowhere.upload(time.monotonic() + 5)
    carrier.CollectorUploader(exchange.outbox, exchange.inbox, office.url).upload(time.monotonic() + 20)
    exchange.run(store)
    assert store.receipts()[0].checkpoint.size == 4
