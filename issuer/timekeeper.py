"""The server of signed time: a terminal's nonce in, the time signed together with it out. A reference, to stand behind nginx.

    GET /time/NONCE        NONCE: 32 hexadecimal digits

It answers with the bytes of a COSE_Sign1 (docs/wire.md), keeps nothing and logs nothing. It must itself know the time: run chrony
with NTS, or a GNSS clock, beside it, and give as its radius what that promises.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from firmware.verify.wire import TIME_NONCE_BYTES, TIME_TYPE, Claim
from issuer.cose import Map, Signer, encode, sign1, typed_header

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

CONTENT_TYPE: Final = "application/cose"
_PATH: Final = re.compile(rf"/time/([0-9a-f]{{{2 * TIME_NONCE_BYTES}}})")

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
