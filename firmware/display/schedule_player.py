"""One thread that plays signals in time. A new signal cuts the old one short; `play` returns at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from firmware.display.schedule import OFF, Levels, levels_at, next_edge_ms
from firmware.model import Signal

_NOTHING = Signal()


class Player:
    """Calls `apply` from its own thread whenever something changes, and once with OFF at the end."""

    def __init__(self, apply: Callable[[Levels], None], name: str = "cues") -> None:
        self._apply = apply
        self._wake = threading.Condition()
        self._next: Signal | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def play(self, signal: Signal) -> None:
        """Begin this signal now, in place of the one that is playing."""
        with self._wake:
            self._next = signal
            self._wake.notify()

    def close(self, deadline_s: float = 1.0) -> None:
        """All off, thread ended; gives up waiting after `deadline_s`."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(deadline_s)

    def _run(self) -> None:
        """From edge to edge: one that comes late on a busy machine puts off the next ones, so that no beep of a rhythm is lost."""
        signal, at_ms, levels = _NOTHING, 0.0, OFF
        while True:
            with self._wake:
                if self._closing:
                    break
                if self._next is not None:
                    (signal, self._next), at_ms = (self._next, None), 0.0
            due = levels_at(signal, at_ms)
            if due != levels:
                self._apply(due)
                levels = due
            edge_ms = next_edge_ms(signal, at_ms)
            lasts_s = None if edge_ms is None else (edge_ms - at_ms) / 1000
            with self._wake:
                cut = self._wake.wait_for(lambda: self._closing or self._next is not None, lasts_s)
            if not cut and edge_ms is not None:
                at_ms = edge_ms
        self._apply(OFF)
