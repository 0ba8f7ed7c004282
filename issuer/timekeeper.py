"""The server of signed time: a terminal's nonce in, the time signed together with it out. A reference, to stand behind nginx.

    GET /time/NONCE        NONCE: 32 hexadecimal digits

It answers with the bytes of a COSE_Sign1 (docs/wire.md), keeps nothing and logs nothing. It must itself know the time: run chrony
with NTS, or a GNSS clock, beside it, and give as its radius what that promises.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from firmware.verify.timereply import MAX_RADIUS_MS
from firmware.verify.wire import TIME_NONCE_BYTES, TIME_TYPE, Claim
from issuer.cose import Map, Signer, encode, sign1, typed_header
from issuer.errors import bad_config, bad_data
from issuer.stopping import StopOnSignals

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

CONTENT_TYPE: Final = "application/cose"
_PATH: Final = re.compile(rf"/time/([0-9a-f]{{{2 * TIME_NONCE_BYTES}}})")

_REQUEST_TIMEOUT_S: Final = 5

App = Callable[[dict[str, Any], "StartResponse"], Iterable[bytes]]


def time_reply(signer: Signer, nonce: bytes, utc_s: float, radius_s: float) -> bytes:
    """What is answered: true time at this instant lies within the radius of `utc_s`. Milliseconds, the radius rounded up."""
    radius_ms = int(radius_s * 1000) + 1
    claims: Map = {Claim.NONCE: nonce, Claim.TIME: [round(utc_s * 1000), radius_ms]}
    return sign1(typed_header(signer, TIME_TYPE), encode(claims), signer)


def make_app(signer: Signer, radius_s: float, now_s: Callable[[], float] = time.time) -> App:
    """The server as a WSGI application."""

    def app(request: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        asked = _PATH.fullmatch(str(request.get("PATH_INFO", "")))
        if request.get("REQUEST_METHOD") != "GET" or asked is None:
            status = HTTPStatus.NOT_FOUND if asked is None else HTTPStatus.METHOD_NOT_ALLOWED
            start(f"{status.value} {status.phrase}", [("Content-Length", "0")])
            return [b""]
        body = time_reply(signer, bytes.fromhex(asked[1]), now_s(), radius_s)
        headers = [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start("200 OK", headers)
        return [body]

    return app


class _Quiet(WSGIRequestHandler):
    """Nothing is logged: a list of requests says which terminal was on when."""

    timeout = _REQUEST_TIMEOUT_S

    def log_message(self, *_arguments: object) -> None:
        return


def open_server(signer: Signer, host: str, port: int, radius_s: float) -> WSGIServer:
    """The server, listening but not yet serving. Raises OfficeError."""
    if not 0 < radius_s * 1000 < MAX_RADIUS_MS:
        raise bad_data(f"a radius of 1 to {MAX_RADIUS_MS - 1} ms: a terminal takes no wider one")
    try:
        return make_server(host, port, make_app(signer, radius_s), handler_class=_Quiet)
    except OSError as error:
        raise bad_config(f"cannot listen on {host} port {port}: {error.strerror}; try another --port") from None


def serve(signer: Signer, host: str, port: int, radius_s: float, *, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises OfficeError."""
    server = open_server(signer, host, port, radius_s)
    stop = StopOnSignals()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    say(f"Signed time, within {radius_s:g} s, at http://{host}:{server.server_port}/time/NONCE   (Ctrl-C ends)")
    say(f"A terminal's helper asks it: yanma time --server http://{host}:{server.server_port}")
    stop.wait()
    server.shutdown()
    server.server_close()
    thread.join()
    say("Ended.")
