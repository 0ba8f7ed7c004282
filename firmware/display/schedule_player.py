"""One thread that plays signals in time. A new signal cuts the old one short; `play` returns at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from firmware.display.schedule import OFF, Levels, levels_at, next_edge_ms
from firmware.model import Signal

_NOTHING = Signal()


class Player:
    """Calls `apply` from its own thread whenever something changes, and once with OFF at the end."""

    def __init__(self, apply: Callable[[Levels], None], name: str = "cues") -> None:
        self._apply = apply
        self._wake = threading.Condition()
        self._signal = _NOTHING
        self._begun_s = time.monotonic()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def play(self, signal: Signal) -> None:
        """Begin this signal now, in place of the one that is playing."""
        with self._wake:
            self._signal, self._begun_s = signal, time.monotonic()
            self._wake.notify()

    def close(self, deadline_s: float = 1.0) -> None:
        """All off, thread ended; gives up waiting after `deadline_s`."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(deadline_s)

    def _run(self) -> None:
        levels = OFF
        while True:
            with self._wake:
                if self._closing:
                    break
                signal, begun_s = self._signal, self._begun_s
            now_ms = (time.monotonic() - begun_s) * 1000
            due = levels_at(signal, now_ms)
            if due != levels:
                self._apply(due)
                levels = due
            edge_ms = next_edge_ms(signal, now_ms)
            with self._wake:
                if not self._closing and begun_s == self._begun_s and signal is self._signal:
                    left_s = None if edge_ms is None else max(0.0, begun_s + edge_ms / 1000 - time.monotonic())
                    self._wake.wait(left_s)
        self._apply(OFF)
