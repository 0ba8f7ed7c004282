"""The page over HTTP: who is served, what it says, and that nothing that is asked of it moves anything."""

from __future__ import annotations

import http.client
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware.ledger.receipts.folder import verify_folder
from firmware.page.guard import serves_host
from firmware.page.reading import MAX_STATUS_BYTES, STALE_S, read_status, self_test
from firmware.page.serve import network_addresses, serve
from firmware.page.site import MAX_BODY_BYTES
from tests.page.conftest import CODE, PlayedTerminal, free_port
from tests.test_machine import VALID

PATHS = ("/", "/page.css", "/page.js", "/words.js", "/icon.svg", "/api/status")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    host = headers.pop("Host", f"127.0.0.1:{port}")
    try:
        connection.request(method, path, body, {"Host": host, **headers})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def post(port: int, path: str, fields: object, **headers: str) -> Answer:
    origin = headers.pop("Origin", f"http://127.0.0.1:{port}")
    given = {} if origin == "none" else {"Origin": origin}
    return ask(port, path, "POST", json.dumps(fields).encode(), **given, **headers)


def log_in(port: int, terminal: PlayedTerminal) -> str:
    terminal.open()
    answer = post(port, "/api/login", {"code": CODE})
    assert answer.status == 200, answer.body
    return answer.headers["Set-Cookie"].partition(";")[0]


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/api/preview", "/api/self-test", "/../etc/passwd"])
def test_every_answer_carries_the_protective_headers(port: int, path: str) -> None:
    headers = ask(port, path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


def test_nothing_comes_from_anywhere_else(port: int) -> None:
    for path in ("/", "/page.css", "/page.js", "/words.js"):
        text = ask(port, path).body.decode()
        assert "http://" not in text
        assert "https://" not in text
        assert "//cdn" not in text
    page = ask(port, "/").body.decode()
    assert "<script>" not in page
    assert "style=" not in page


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:{port}",
        "yanma.local:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{port}",
        "",
        "[::1",
    ],
)
def test_a_name_that_somebody_else_gave_this_address_is_not_served(port: int, host: str) -> None:
    for path in PATHS:
        answer = ask(port, path, Host=host.format(port=port))
        assert answer.status in (400, 403)
        assert b"terminal" not in answer.body


@pytest.mark.parametrize(
    ("host", "served"), [("localhost:8088", True), ("192.168.1.7:8088", True), ("[::1]:8088", True), (None, False)]
)
def test_only_numbers_and_localhost_are_hosts(host: str | None, served: bool) -> None:
    assert serves_host(host, 8088) is served


@pytest.mark.parametrize(
    "origin", ["none", "null", "http://evil.example", "http://127.0.0.1", "https://127.0.0.1:{port}"]
)
def test_a_login_from_another_page_is_refused_and_costs_no_attempt(
    port: int, terminal: PlayedTerminal, origin: str
) -> None:
    terminal.open()
    for _ in range(7):
        assert post(port, "/api/login", {"code": "00000000"}, Origin=origin.format(port=port)).status == 403
    assert log_in(port, terminal)


def test_the_status_is_shown_to_whoever_asks_and_names_nobody(port: int) -> None:
    answer = ask(port, "/api/status")
    assert answer.json["fresh"] is True
    assert answer.json["status"]["verdicts"]["last"][0]["reason"] == "VALID"
    assert answer.json["commissioning"] == {
        "open": False,
        "left_s": 0,
        "preview": False,
        "receipts": False,
        "yours": False,
    }
    assert str(VALID.facts.plate).encode() not in answer.body


@pytest.mark.parametrize("path", ["/api/preview", "/api/self-test", "/api/receipt?code=4K7Q2M9X&part=pdf"])
def test_without_a_login_there_is_no_picture_and_no_test(port: int, terminal: PlayedTerminal, path: str) -> None:
    terminal.open()
    assert ask(port, path).status == 401
    assert ask(port, path, Cookie="yanma=guessed").status == 401


def test_the_code_of_the_screen_lets_in_and_the_picture_has_its_score(port: int, terminal: PlayedTerminal) -> None:
    cookie = log_in(port, terminal)
    answer = ask(port, "/api/preview", Cookie=cookie)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.body.startswith(b"\xff\xd8")
    assert 0 < int(answer.headers["X-Focus"]) <= 100
    assert {line["name"]: line["outcome"] for line in ask(port, "/api/self-test", Cookie=cookie).json}[
        "camera"
    ] == "good"
    assert ask(port, "/api/status", Cookie=cookie).json["commissioning"]["yours"] is True


def test_the_cookie_is_not_for_scripts_nor_for_other_sites(port: int, terminal: PlayedTerminal) -> None:
    terminal.open()
    cookie = post(port, "/api/login", {"code": CODE}).headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_whoever_logs_out_is_out(port: int, terminal: PlayedTerminal) -> None:
    cookie = log_in(port, terminal)
    assert post(port, "/api/logout", {}, Cookie=cookie).status == 200
    assert ask(port, "/api/preview", Cookie=cookie).status == 401


def test_five_wrong_codes_lock_the_page_out(port: int, terminal: PlayedTerminal) -> None:
    terminal.open()
    left = [post(port, "/api/login", {"code": f"0000000{n}"}).json["attempts_left"] for n in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert post(port, "/api/login", {"code": CODE}).status == 403
    assert ask(port, "/api/status").json["commissioning"]["open"] is False


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"code": 12345678}', b'{"code": null}', b"[" * 150, b"x" * (MAX_BODY_BYTES + 1)]
)
def test_a_login_that_is_no_login_is_refused_and_the_page_goes_on(
    port: int, terminal: PlayedTerminal, body: bytes
) -> None:
    terminal.open()
    answer = ask(port, "/api/login", "POST", body, Origin=f"http://127.0.0.1:{port}")
    assert answer.status in (400, 413)
    assert log_in(port, terminal)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_no_other_method_does_anything(port: int, method: str) -> None:
    assert ask(port, "/api/status", method, Origin=f"http://127.0.0.1:{port}").status == 405


@pytest.mark.parametrize("path", ["/api/login", "/api/logout"])
def test_what_changes_something_cannot_be_got(port: int, path: str) -> None:
    assert ask(port, path).status in (404, 405)


@pytest.mark.parametrize("path", ["/api/open", "/api/gate", "/api/relay", "/api/go"])
def test_there_is_no_address_that_opens_anything(port: int, terminal: PlayedTerminal, path: str) -> None:
    cookie = log_in(port, terminal)
    assert post(port, path, {}, Cookie=cookie).status == 404


# --- the status file ------------------------------------------------------------------------------------------------------


def test_an_old_status_is_not_taken_for_a_terminal_that_is_well(port: int, terminal: PlayedTerminal) -> None:
    old_s = time.time() - STALE_S - 1
    os.utime(terminal.status, (old_s, old_s))
    assert ask(port, "/api/status").json["fresh"] is False
    assert {line["outcome"] for line in self_test(read_status(terminal.status))} == {"unknown"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b"[" * 5000, b" " * (MAX_STATUS_BYTES + 1)])
def test_a_status_that_is_none_is_unknown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "status.json").write_bytes(content)
    reading = read_status(tmp_path / "status.json")
    assert reading.status is None
    assert not reading.fresh
    assert {line["outcome"] for line in self_test(reading)} == {"unknown"}


def test_each_trouble_has_its_line_in_the_self_test(terminal: PlayedTerminal) -> None:
    terminal.write_status(
        fault="E21",
        frames={"total": 1, "age_s": 9.0, "decode_s": None},
        clock={"time": None, "level": "T1", "doubt_s": None},
        trust={"version": 1, "demo": False, "list_age_s": 90000.0, "refused": True, "sync_failures": 1},
        display_errors=2,
        undervoltage=True,
        cpu_celsius=85.0,
    )
    found = {line["name"]: line["outcome"] for line in self_test(read_status(terminal.status))}
    good = {"scanner", "ledger"}
    assert {name for name, outcome in found.items() if outcome == "good"} == good
    assert {name for name, outcome in found.items() if outcome == "unknown"} == {"clock", "commissioned"}


@pytest.mark.parametrize(
    ("signature", "outcome", "why", "said"),
    [
        ("good", "PASS", "", "good"),
        ("good", "SKIP", "not-fitted", "good"),
        ("good", "FAIL", "", "bad"),
        ("good", "SKIP", "not-confirmed", "bad"),
        ("bad", "PASS", "", "bad"),
        ("unknown", "PASS", "", "unknown"),
    ],
)
def test_a_commissioning_record_counts_only_whole_and_with_its_signature(
    terminal: PlayedTerminal, signature: str, outcome: str, why: str, said: str
) -> None:
    lines = [{"name": "focus", "outcome": outcome, "why": why}]
    terminal.write_status(
        commissioning={"number": 1, "time": None, "age_s": 9.0, "signature": signature, "lines": lines}
    )
    found = {line["name"]: line["outcome"] for line in self_test(read_status(terminal.status))}
    assert found["commissioned"] == said


# --- the network ------------------------------------------------------------------------------------------------------------


def answers(address: str, port: int) -> bool:
    import socket

    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("lan", [True, False])
def test_the_network_is_answered_only_while_commissioning_is_open_and_only_where_allowed(lan: bool) -> None:
    """A second loopback address stands for the network."""
    import threading

    port, stop, opened = free_port(), threading.Event(), threading.Event()
    outside = "127.0.0.2"

    def app(_environ: object, start: Any) -> list[bytes]:
        start("200 OK", [])
        return []

    thread = threading.Thread(
        target=serve,
        args=(app, port, opened.is_set, stop),
        kwargs={"lan": lan, "addresses": lambda: (outside,), "look_each_s": 0.02},
    )
    thread.start()
    try:
        wait_until(lambda: answers("127.0.0.1", port))
        assert not answers(outside, port)
        opened.set()
        if lan:
            wait_until(lambda: answers(outside, port))
        else:
            time.sleep(0.3)
            assert not answers(outside, port)
        opened.clear()
        wait_until(lambda: not answers(outside, port))
        assert answers("127.0.0.1", port)
    finally:
        stop.set()
        thread.join(10)
    assert not answers("127.0.0.1", port)


def wait_until(holds: Any) -> None:
    ends_s = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def test_this_machines_addresses_are_numbers_and_not_loopback() -> None:
    assert all(address and not address.startswith("127.") for address in network_addresses())


def test_a_receipt_is_a_download_named_after_its_code(port: int, terminal: PlayedTerminal) -> None:
    cookie = log_in(port, terminal)
    [receipt] = verify_folder(terminal.receipts)
    for part, kind in (("json", "application/json"), ("pdf", "application/pdf")):
        answer = ask(
            port, f"/api/receipt?code={receipt.code[:4]}%20{receipt.code[4:].lower()}&part={part}", Cookie=cookie
        )
        assert answer.status == 200
        assert answer.body == (terminal.receipts / f"{receipt.stem}.{part}").read_bytes()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{receipt.stem}.{part}"'
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "no-such-code"),
        ("code=4K7Q2M9Y&part=pdf", "no-such-code"),
        ("code=00000000&part=pdf", "no-such-receipt"),
        ("code=00000000&part=key", "no-such-code"),
        ("code=0000%0A000&part=pdf", "no-such-code"),
        ("code=../../etc&part=json", "no-such-code"),
    ],
)
def test_a_receipt_that_is_not_there_is_404_with_its_reason(
    port: int, terminal: PlayedTerminal, query: str, why: str
) -> None:
    answer = ask(port, f"/api/receipt?{query}", Cookie=log_in(port, terminal))
    assert (answer.status, answer.json) == (404, {"error": why})
