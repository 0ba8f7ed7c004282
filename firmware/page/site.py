"""The page's addresses. GET changes nothing; the two POSTs want this page as their origin."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import bottle  # type: ignore[import-untyped]

from firmware.page.guard import COOKIE, HEADERS, SESSION_S, Sessions, same_origin, serves_host
from firmware.page.reading import read_status, self_test
from firmware.page.terminal_line import TerminalLine

MAX_BODY_BYTES: Final = 200
_KINDS: Final = {"json": "application/json", "pdf": "application/pdf", "photo": "application/octet-stream"}
_FILES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/words.js": ("words.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


def make_site(
    status: Path, line: TerminalLine, port: int, *, monotonic_s: Callable[[], float] = time.monotonic
) -> bottle.Bottle:
    """The application. Knows its own port, because that is part of the only hosts that it answers to."""
    app = bottle.Bottle()
    sessions = Sessions()

    def refuse(code: int, why: str) -> bottle.HTTPResponse:
        return bottle.HTTPResponse(
            json.dumps({"error": why}), code, {**HEADERS, "Content-Type": "application/json; charset=utf-8"}
        )

    def answer(fields: object) -> str:
        bottle.response.content_type = "application/json; charset=utf-8"
        return json.dumps(fields, ensure_ascii=False)

    def token() -> str | None:
        return sessions.token(bottle.request.get_cookie(COOKIE), monotonic_s())

    @app.hook("before_request")  # type: ignore[untyped-decorator]
    def check() -> None:
        host = bottle.request.get_header("Host")
        if not serves_host(host, port):
            raise refuse(403, "host")
        if bottle.request.method not in ("GET", "HEAD") and not same_origin(bottle.request.get_header("Origin"), host):
            raise refuse(403, "origin")

    @app.hook("after_request")  # type: ignore[untyped-decorator]
    def protect() -> None:
        for name, value in HEADERS.items():
            bottle.response.set_header(name, value)

    def serve_file(name: str, kind: str) -> Callable[[], bytes]:
        content = files(__package__).joinpath("static", name).read_bytes()

        def served() -> bytes:
            bottle.response.content_type = kind
            return content

        return served

    for path, (name, kind) in _FILES.items():
        app.get(path, callback=serve_file(name, kind))

    @app.get("/api/status")  # type: ignore[untyped-decorator]
    def status_of() -> str:
        reading, opening = read_status(status), line.opening()
        return answer(
            {
                "fresh": reading.fresh,
                "age_s": reading.age_s,
                "status": reading.status,
                "commissioning": {
                    "open": opening.open,
                    "left_s": opening.left_s,
                    "preview": opening.preview,
                    "receipts": opening.receipts,
                    "yours": opening.open and token() is not None,
                },
            }
        )

    @app.get("/api/self-test")  # type: ignore[untyped-decorator]
    def tests() -> Any:
        return answer(self_test(read_status(status))) if token() else refuse(401, "not-logged-in")

    @app.get("/api/preview")  # type: ignore[untyped-decorator]
    def preview() -> Any:
        mine = token()
        found = None if mine is None else line.preview(mine)
        if found is None:
            return refuse(401 if mine is None else 503, "not-logged-in" if mine is None else "no-preview")
        focus, jpeg = found
        bottle.response.content_type = "image/jpeg"
        bottle.response.set_header("X-Focus", str(focus))
        return jpeg

    @app.get("/api/receipt")  # type: ignore[untyped-decorator]
    def receipt() -> Any:
        """One file of the receipt with this code, to be kept: the signed receipt, its page, or its sealed photograph."""
        mine = token()
        if mine is None:
            return refuse(401, "not-logged-in")
        part = bottle.request.query.part
        found = line.receipt(mine, bottle.request.query.code, part)
        if isinstance(found, str):
            return refuse(503 if found == "no-answer" else 404, found)
        name, content = found
        bottle.response.content_type = _KINDS[part]
        bottle.response.set_header("Content-Disposition", f'attachment; filename="{name}"')
        return content

    @app.post("/api/login")  # type: ignore[untyped-decorator]
    def log_in() -> Any:
        if bottle.request.content_length > MAX_BODY_BYTES or bottle.request.content_length < 0:
            return refuse(413, "too-long")
        try:
            body = json.loads(bottle.request.body.read(MAX_BODY_BYTES))
            code = body["code"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return refuse(400, "bad-request")
        if not isinstance(code, str):
            return refuse(400, "bad-request")
        mine, left = line.log_in(code)
        if mine is None:
            bottle.response.status = 403
            return answer({"error": "wrong-code", "attempts_left": left})
        cookie = sessions.begin(mine, monotonic_s())
        bottle.response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/", max_age=int(SESSION_S))
        return answer({"ok": True})

    @app.post("/api/logout")  # type: ignore[untyped-decorator]
    def log_out() -> str:
        if token() is not None:
            sessions.end()
        bottle.response.delete_cookie(COOKIE, path="/")
        return answer({"ok": True})

    @app.error(404)  # type: ignore[untyped-decorator]
    @app.error(405)  # type: ignore[untyped-decorator]
    def nothing_there(error: bottle.HTTPError) -> str:
        for name, value in HEADERS.items():
            error.set_header(name, value)
        error.content_type = "application/json; charset=utf-8"
        return json.dumps({"error": "nothing-here"})

    return app
