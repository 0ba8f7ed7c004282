"""A deadline that a server cannot stretch: the sockets of a round are shut down when time is up.

A socket's own time-out starts anew with each byte, so a server that sends one header byte now and then holds a reader for
days. Here a timer shuts the socket down, whatever it was in: connecting, TLS, headers.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Guard:
    """Knows the sockets of one source. `fired`: the last wait was ended by the timer."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.fired = False

    def watch(self, opened: socket.socket) -> None:
        """A second handle of the same connection: TLS takes the first one over."""
        with self._lock:
            self._sockets.append(opened.dup())
            if self.fired:
                self._shut()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Shut the sockets down if the block has not ended after `seconds`."""
        self.fired = False
        timer = threading.Timer(seconds, self._fire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            self._shut()

    def _shut(self) -> None:
        for held in self._sockets:
            with contextlib.suppress(OSError):  # ended already
                held.shutdown(socket.SHUT_RDWR)


def pool_classes(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools, by scheme, whose sockets the guard watches."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            opened = super()._new_conn()
            guard.watch(opened)
            return opened

    class Tls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            opened = super()._new_conn()
            guard.watch(opened)
            return opened

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
