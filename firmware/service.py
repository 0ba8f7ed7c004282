"""Talking to systemd: READY, STATUS, WATCHDOG and STOPPING over its datagram socket (sd_notify(3)).

The watchdog is fed only while fresh frames arrive and the loop turns; a terminal that sees nothing must be restarted.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

MAX_STATUS_BYTES: Final = 200
FRESH_S: Final = 5.0


class Notifier:
    """Sends to the address in NOTIFY_SOCKET, or nowhere. A manager that does not listen never disturbs the terminal."""

    def __init__(self, address: str | None) -> None:
        self._address = _socket_address(address)
        self._socket: socket.socket | None = None
        if self._address is not None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)
        self._status = ""

    def ready(self) -> None:
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`, sent only when it changes."""
        line = text.replace("\n", " ")
        if line != self._status:
            self._status = line
            self._send("STATUS=" + line.encode()[:MAX_STATUS_BYTES].decode(errors="ignore"))

    def feed_watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _send(self, message: str) -> None:
        if self._socket is None or self._address is None:
            return
        try:
            self._socket.sendto(message.encode(), self._address)
        except OSError:
            return  # nobody listens, or the queue is full: the next message says it again


class Service:
    """What the loop tells systemd at each turn."""

    def __init__(self, notifier: Notifier, watchdog_s: float | None, fresh_s: float = FRESH_S) -> None:
        """`watchdog_s` is the manager's time-out (None: no watchdog); frames older than `fresh_s` do not feed it."""
        self._notifier = notifier
        self._feed_each_s = None if watchdog_s is None else watchdog_s / 2
        self._fresh_s = fresh_s if watchdog_s is None else min(fresh_s, watchdog_s)
        self._fed_s: float | None = None
        self._ready = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Service:
        return cls(Notifier(environment.get("NOTIFY_SOCKET")), watchdog_s(environment))

    def turn(self, now_s: float, newest_frame_s: float | None, status: str) -> None:
        """Once each turn of the loop. READY goes out with the first frame, the watchdog is fed only by fresh ones."""
        self._notifier.status(status)
        if newest_frame_s is None or now_s - newest_frame_s > self._fresh_s:
            return
        if not self._ready:
            self._ready = True
            self._notifier.ready()
        if self._feed_each_s is not None and (self._fed_s is None or now_s - self._fed_s >= self._feed_each_s):
            self._fed_s = now_s
            self._notifier.feed_watchdog()

    def stopping(self) -> None:
        self._notifier.stopping()
        self._notifier.close()


def watchdog_s(environment: Mapping[str, str]) -> float | None:
    """The watchdog time-out meant for this process (sd_watchdog_enabled(3)), None when there is none."""
    pid = environment.get("WATCHDOG_PID", "")
    usec = environment.get("WATCHDOG_USEC", "")
    if not usec.isascii() or not usec.isdigit() or int(usec) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(usec) / 1_000_000


def _socket_address(address: str | None) -> bytes | None:
    """NOTIFY_SOCKET as the socket call wants it: a path, or an abstract name whose "@" stands for a zero byte."""
    if not address or address[0] not in "/@":
        return None
    name = os.fsencode(address)
    return b"\0" + name[1:] if name.startswith(b"@") else name
