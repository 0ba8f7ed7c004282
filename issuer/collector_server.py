"""The collector's door: POST /v1/batches, GET /v1/key. Put it behind something that speaks TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from issuer.collector import MAX_BATCH_BYTES, Collector, Reply
from issuer.errors import bad_config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REQUEST_TIMEOUT_S: Final = 10
BATCHES: Final = "/v1/batches"
KEY: Final = "/v1/key"


def application(collector: Collector, say: Callable[[str], None]) -> Callable[..., Iterable[bytes]]:
    """The WSGI application. Says one line a batch: the status and how large it was, never what was in it."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        reply = _reply(collector, environ, say)
        body = reply.text.encode()
        start(
            f"{reply.status.value} {reply.status.phrase}",
            [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
        )
        return [body]

    return answer


def _reply(collector: Collector, environ: WSGIEnvironment, say: Callable[[str], None]) -> Reply:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if (method, path) == ("GET", KEY):
        return Reply(HTTPStatus.OK, collector.public.text + "\n")
    if (method, path) != ("POST", BATCHES):
        return Reply(HTTPStatus.NOT_FOUND, f"POST {BATCHES} or GET {KEY}")
    said = environ.get("CONTENT_LENGTH", "")
    if not said.isascii() or not said.isdigit():
        return Reply(HTTPStatus.LENGTH_REQUIRED, "say how long the batch is")
    length = int(said)
    if length > MAX_BATCH_BYTES:
        return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a batch has at most {MAX_BATCH_BYTES} bytes")
    try:
        content = environ["wsgi.input"].read(length)
    except TimeoutError:
        return Reply(HTTPStatus.REQUEST_TIMEOUT, "the batch did not come whole")
    if len(content) != length:
        return Reply(HTTPStatus.BAD_REQUEST, "the batch did not come whole")
    reply = collector.receive(content)
    say(f"{reply.status.value} {length} bytes")
    return reply


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT_S

    def log_message(self, *_arguments: Any) -> None:
        """Nothing is logged of who asked."""


def make_server(collector: Collector, host: str, port: int, say: Callable[[str], None]) -> WSGIServer:
    """The server, listening but not yet serving. Raises OfficeError."""
    try:
        server = WSGIServer((host, port), _Handler)
    except OSError as error:
        raise bad_config(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from None
    server.set_app(application(collector, say))
    return server
