"""Serving: always on loopback; on the network only while commissioning is open, and only where the configuration allows it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

LOOPBACK: Final = "127.0.0.1"
REQUEST_TIMEOUT_S: Final = 10.0
MAX_THREADS: Final = 16
LOOK_EACH_S: Final = 1.0

Wsgi = Callable[..., Any]


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT_S

    def log_message(self, *_: object) -> None:
        """Nothing is logged: who looked at what is nobody's business."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._places = threading.BoundedSemaphore(MAX_THREADS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who went away in the middle."""

    def server_bind(self) -> None:
        # Not WSGIServer's: it looks this machine's name up, which may ask a network.
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class Listener:
    """One address that is answered until it is closed."""

    def __init__(self, app: Wsgi, address: str, port: int) -> None:
        """Raises OSError when the address cannot be had."""
        self._server = make_server(address, port, app, server_class=_Server, handler_class=_Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name=f"page {address}", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def network_addresses() -> tuple[str, ...]:
    """This machine's address towards the network; none without one. Nothing is sent: connecting UDP only picks a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: an address that is nobody's
        except OSError:
            return ()
        address = str(probe.getsockname()[0])
    return () if address.startswith("127.") else (address,)


def serve(
    app: Wsgi,
    port: int,
    is_open: Callable[[], bool],
    stop: threading.Event,
    *,
    lan: bool,
    addresses: Callable[[], tuple[str, ...]] = network_addresses,
    say: Callable[[str], None] = lambda line: None,
    look_each_s: float = LOOK_EACH_S,
) -> None:
    """Serve until `stop`. With `lan` the network's addresses are opened when commissioning is, and closed with it."""
    home = Listener(app, LOOPBACK, port)
    outside: list[Listener] = []
    try:
        say(f"http://{LOOPBACK}:{home.port}/")
        while not stop.wait(look_each_s):
            wanted = lan and is_open()
            if wanted and not outside:
                for address in addresses():
                    outside.append(Listener(app, address, home.port))
                    say(f"http://{address}:{home.port}/ while commissioning is open")
            elif not wanted and outside:
                _close(outside)
                say("closed to the network")
    finally:
        _close(outside)
        home.close()


def _close(listeners: list[Listener]) -> None:
    while listeners:
        listeners.pop().close()
