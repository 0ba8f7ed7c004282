from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from firmware.model import Alive, Scan, SceneShown
from firmware.scanner.outbox import MAX_SCANS, Outbox
from firmware.scanner.wire import Message, decode

Pipe = tuple[Connection, Connection]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reading, writing = multiprocessing.Pipe(duplex=False)
    yield reading, writing
    reading.close()
    writing.close()


def scan(number: int) -> Scan:
    return Scan(number.to_bytes(2, "big") + bytes(2900), "zxing", float(number))


def received(reading: Connection) -> list[Message]:
    messages = []
    while reading.poll(0.0):
        messages.append(decode(reading.recv_bytes()))
    return messages


def test_messages_go_out_at_once_while_the_parent_reads(pipe: Pipe) -> None:
    outbox = Outbox(pipe[1])
    outbox.put([scan(1), SceneShown("one", 1.0)])
    assert received(pipe[0]) == [scan(1), SceneShown("one", 1.0)]
    assert outbox.flush()


def test_a_parent_that_does_not_read_never_blocks_us_and_gets_the_newest_scans(pipe: Pipe) -> None:
    outbox = Outbox(pipe[1])
    for number in range(500):
        outbox.put([scan(number)])
    assert not outbox.flush()
    messages = received(pipe[0])
    assert outbox.flush()
    waited = received(pipe[0])
    assert waited == [scan(498), scan(499)]
    assert len(waited) == MAX_SCANS
    assert len(messages) + outbox.dropped + MAX_SCANS == 500


def test_of_heartbeats_that_wait_only_the_newest_is_sent(pipe: Pipe) -> None:
    outbox = Outbox(pipe[1])
    for number in range(100):
        outbox.put([scan(number)])
    for number in range(10):
        outbox.put([Alive(number, float(number))])
    received(pipe[0])
    outbox.flush()
    assert [m for m in received(pipe[0]) if isinstance(m, Alive)] == [Alive(9, 9.0)]


def test_a_scan_waiting_is_sent_before_a_heartbeat(pipe: Pipe) -> None:
    outbox = Outbox(pipe[1])
    while outbox.flush():
        outbox.put([scan(0)])
    outbox.put([Alive(1, 1.0), scan(7)])
    received(pipe[0])
    outbox.flush()
    last = received(pipe[0])
    assert last[-2:] == [scan(7), Alive(1, 1.0)]


def test_a_parent_that_is_gone_is_an_os_error(pipe: Pipe) -> None:
    pipe[0].close()
    with pytest.raises(OSError, match="Broken pipe"):
        Outbox(pipe[1]).put([scan(1)])
