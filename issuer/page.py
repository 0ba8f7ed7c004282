"""A small page that shows live codes: for a phone before the terminal, or a browser on the same machine.

It serves fixed files and fresh demo codes, keeps nothing, and changes nothing: all but GET and HEAD is refused.
A request must name this very address as its host, so that no other site can reach it through a name of its own.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from issuer import qr
from issuer.errors import bad_config, no_permission
from issuer.office import Office
from issuer.site import Answer, Site
from issuer.stopping import StopOnSignals

_HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_HTTP_PORT: Final = 80
_REQUEST_TIMEOUT_S: Final = 10


def serves_host(host: str | None, address: str, port: int) -> bool:
    """Whether a Host header names the address on which the request came in. Any other name is somebody else's site."""
    if host is None:
        return False
    name, separator, given_port = host.rpartition(":")
    if not separator or host.endswith("]"):
        name, given_port = host, str(_HTTP_PORT)
    here = {address, f"[{address}]"} | ({"localhost"} if address in ("127.0.0.1", "::1") else set())
    return name.lower() in here and given_port == str(port)


def make_server(office: Office, host: str, port: int) -> ThreadingHTTPServer:
    """The server, listening but not yet serving. Raises OfficeError."""
    site = Site(office)

    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_TIMEOUT_S
        protocol_version = "HTTP/1.1"

        def version_string(self) -> str:
            return "yanma-issuer"

        def log_message(self, *_arguments: object) -> None:
            """Nothing is logged: a list of requests says who showed what when."""

        def do_GET(self) -> None:
            self._send(self._checked() or site.answer(self.path))

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.close_connection = True  # whatever body there is stays unread
            self._send(Answer.said(HTTPStatus.METHOD_NOT_ALLOWED, "只读 Only GET"))

        do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815 - names of http.server

        def _checked(self) -> Answer | None:
            address, own_port = self.connection.getsockname()[:2]
            if serves_host(self.headers.get("Host"), address, own_port):
                return None
            return Answer.said(HTTPStatus.FORBIDDEN, "请用本机地址打开 This page answers to its own address only")

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in _HEADERS:
                self.send_header(name, value)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            if answer.lives_s is not None:
                self.send_header("X-Code-Lives-S", str(answer.lives_s))
            if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
                self.send_header("Allow", "GET, HEAD")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = family

    try:
        return Server((host, port), Handler)
    except OSError as error:
        refuse = no_permission if error.errno == errno.EACCES else bad_config
        raise refuse(f"cannot listen on {host} port {port}: {error.strerror}; try another --port") from None


def serve(office: Office, host: str, port: int, *, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises OfficeError."""
    server = make_server(office, host, port)
    stop = StopOnSignals()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    shown = reachable_address() if host in ("0.0.0.0", "::") else host  # noqa: S104
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{server.server_address[1]}/"
    if shown != host:
        say("Listening on all addresses: everybody on this network can open the page. It shows demo documents only.")
        say("\n".join(qr.half_blocks(qr.rows(qr.any_code(url.encode())))))
    say(f"Open {url}   (Ctrl-C ends)")
    stop.wait()
    server.shutdown()
    server.server_close()
    thread.join()
    say("Ended.")


def reachable_address() -> str:
    """The address of this machine towards the network. Nothing is sent: connecting UDP only picks a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: an address that is nobody's
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
