"""How a command that runs on ends: SIGTERM and SIGINT, waited for without locks."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType
from typing import Protocol


class Stop(Protocol):
    """Somebody who may ask a loop to end."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class StopOnSignals:
    """Set by SIGTERM or SIGINT from now on.

    Not a threading.Event: a signal that lands inside its wait() finds the event's lock held, and set() in the handler
    waits for it for ever. Here the interpreter writes a byte to a socket, and wait() is a select() on it.
    """

    def __init__(self) -> None:
        self._set = False
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until a signal came or `timeout` seconds are over; whether one came."""
        if not self._set and select.select([self._reader], [], [], timeout)[0]:
            self._set = True
        return self._set
