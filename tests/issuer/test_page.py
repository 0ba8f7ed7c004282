from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from importlib.resources import files

import pytest

from firmware.verify.wire import LIVE_S
from issuer.demo_cases import CODES
from issuer.errors import Exit, OfficeError
from issuer.office import Office
from issuer.page import make_server, serves_host
from issuer.phone import LIVE_CODES
from issuer.site import Site

PATHS = ("/", "/app.css", "/app.js", "/icon.svg", "/api/documents", "/code/mark.svg")


@pytest.fixture(scope="module")
def port(shared_office: Office) -> Iterator[int]:
    server = make_server(shared_office, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def ask(port: int, path: str, method: str = "GET", host: str | None = None) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_every_response_carries_the_protective_headers(port: int, path: str) -> None:
    response, _ = ask(port, path)
    assert response.status == (404 if path == "/nothing-here" else 200)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "192.0.2.7:{port}", "x.localhost:{port}"])
def test_a_request_for_another_host_is_refused(port: int, path: str, host: str) -> None:
    response, body = ask(port, path, host=host.format(port=port))
    assert response.status == 403
    assert b"svg" not in body


def test_localhost_is_this_machine_too(port: int) -> None:
    assert ask(port, "/", host=f"localhost:{port}")[0].status == 200


@pytest.mark.parametrize(
    ("host", "address", "served"),
    [
        (None, "127.0.0.1", False),
        ("192.168.1.7:8000", "192.168.1.7", True),
        ("localhost:8000", "192.168.1.7", False),
        ("[::1]:8000", "::1", True),
        ("LOCALHOST:8000", "::1", True),
        ("[::1]", "::1", False),
        ("192.168.1.7:", "192.168.1.7", False),
    ],
)
def test_the_host_must_be_the_address_on_which_the_request_came(host: str | None, address: str, served: bool) -> None:
    assert serves_host(host, address, 8000) is served


def test_on_the_usual_port_the_host_needs_no_port() -> None:
    assert serves_host("192.168.1.7", "192.168.1.7", 80)
    assert serves_host("[::1]", "::1", 80)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(port: int, method: str) -> None:
    response, _ = ask(port, "/api/documents", method)
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_head_gives_the_headers_alone(port: int) -> None:
    response, body = ask(port, "/", "HEAD")
    assert (response.status, body) == (200, b"")
    assert int(response.headers["Content-Length"]) > 500


def test_the_list_names_every_live_code_and_each_can_be_fetched(port: int) -> None:
    documents = json.loads(ask(port, "/api/documents")[1])["documents"]
    assert [item["name"] for item in documents] == list(LIVE_CODES)
    for item in documents:
        response, body = ask(port, f"/code/{item['name']}.svg")
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert response.headers["X-Code-Lives-S"] == str(LIVE_S)
        assert body.startswith(b"<svg ")


def test_every_code_of_the_demo_is_an_example_that_says_what_to_expect(port: int, shared_office: Office) -> None:
    examples = json.loads(ask(port, "/api/documents")[1])["examples"]
    assert [item["name"] for item in examples] == [code.name for code in CODES]
    site = Site(shared_office)
    for code, item in zip(CODES, examples, strict=True):
        assert item["note"].endswith(f"{code.expected[0].reason.family} {code.expected[0].reason}")
        answer = site.answer(f"/code/{code.name}.svg")
        assert answer.body.startswith(b"<svg ")
        assert answer.lives_s == (LIVE_S if code.foreign is None and code.form.live else None)


def test_without_sm2_no_example_needs_it(shared_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.sm2._LIBRARY", "libcrypto-that-is-not-there.so.3")
    site = Site(shared_office)
    examples = json.loads(site.answer("/api/documents").body)["examples"]
    assert not any("sm2" in item["name"] for item in examples)
    assert site.answer("/code/mark-sm2.svg").status == 404


def test_every_fetch_of_a_code_gives_a_new_one(port: int) -> None:
    assert ask(port, "/code/mark.svg")[1] != ask(port, "/code/mark.svg")[1]


@pytest.mark.parametrize(
    "path", ["/code/", "/code/mark", "/code/../app.css", "/code/x.svg", "/code/mark.svg/", "//", ""]
)
def test_other_paths_give_nothing(shared_office: Office, path: str) -> None:
    assert Site(shared_office).answer(path).status == 404


@pytest.mark.parametrize("name", ["index.html", "app.css", "app.js", "icon.svg"])
def test_the_page_uses_nothing_from_elsewhere_and_nothing_inline(name: str) -> None:
    text = (files("issuer") / "web" / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in text
    assert "https:" not in text
    assert "innerHTML" not in text
    if name == "index.html":
        assert re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text) is None


def test_a_port_in_use_is_told_in_one_line(shared_office: Office, port: int) -> None:
    with pytest.raises(OfficeError, match="another --port") as caught:
        make_server(shared_office, "127.0.0.1", port)
    assert caught.value.exit_code is Exit.BAD_CONFIG
