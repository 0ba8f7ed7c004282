"""GNSS through gpsd: a fix is heard time, never more; no fix, no receiver and no gpsd are three different words."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from firmware.clock import Rank
from firmware.time_sources.gpsd import LEAP_DOUBT_S, GpsdSource, connect
from firmware.time_sources.source import Heard

VERSION = {"class": "VERSION", "release": "3.22", "proto_major": 3, "proto_minor": 14}
FIX = {"class": "TPV", "mode": 3, "time": "2026-06-12T06:30:00.000Z", "ept": 0.005, "leapseconds": 18, "lat": 39.9}
UTC_S = 1_781_245_800.0


def look(*reports: dict[str, Any] | bytes) -> Heard:
    """What is made of a gpsd that says these things, one a line, and then is silent."""
    ours, theirs = socket.socketpair()
    with theirs:
        for report in reports:
            theirs.sendall(report if isinstance(report, bytes) else json.dumps(report).encode() + b"\n")
        return GpsdSource("gpsd", lambda *_: ours, steady=lambda: 50.0, deadline_s=0.3).poll(None)


def test_a_fix_is_heard_time_with_two_seconds_for_its_lateness() -> None:
    sample = look(VERSION, FIX).sample
    assert sample is not None
    assert (sample.rank, sample.steady_s) == (Rank.HEARD, 50.0)
    assert sample.lo_s == pytest.approx(UTC_S - 0.005)
    assert sample.hi_s == pytest.approx(UTC_S + 2.005)


def test_a_receiver_that_has_not_heard_the_leap_seconds_is_doubted_more() -> None:
    sample = look({name: value for name, value in FIX.items() if name != "leapseconds"}).sample
    assert sample is not None
    assert sample.lo_s == pytest.approx(UTC_S - 0.005 - LEAP_DOUBT_S)


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (FIX | {"mode": 1}, "no fix"),
        (FIX | {"mode": "3"}, "no fix"),
        (FIX | {"time": "yesterday"}, "without a time"),
        ({"class": "TPV", "mode": 3}, "without a time"),
        (VERSION, "no receiver"),
        (b"[1,2]\n{\n\xff\xfe\n" + b"[" * 5000 + b"\n", "no receiver"),
        (b"x" * 20_000, "no receiver"),
    ],
)
def test_what_is_no_fix_gives_no_time(report: dict[str, Any] | bytes, why: str) -> None:
    heard = look(report)
    assert heard.sample is None
    assert why in heard.why


def test_a_later_fix_is_waited_for() -> None:
    assert look(FIX | {"mode": 0}, VERSION, FIX).sample is not None


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "/nonexistent/gpsd.sock"])
def test_no_gpsd_is_said(address: str) -> None:
    heard = GpsdSource(address, deadline_s=0.5).poll(None)
    assert (heard.sample, heard.present) == (None, False)


def test_a_socket_in_a_folder_is_an_address_too(tmp_path: Path) -> None:
    path = str(tmp_path / "gpsd.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            line, _ = server.accept()
            with line:
                assert b"WATCH" in line.recv(100)
                line.sendall(json.dumps(FIX).encode() + b"\n")

        thread = threading.Thread(target=serve)
        thread.start()
        assert GpsdSource(path, connect, deadline_s=2.0).poll(None).sample is not None
        thread.join()
