"""The thread that asks the sources of time, so that no bus and no disk ever holds up a verdict."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from firmware.clock import Sample, SystemClock
from firmware.time_sources.source import Heard, TimeSource

POLL_EACH_S: Final = 2.0


class TimePoller:
    """Asks every source in turn, every two seconds. `heard` is the last word of each, for the doctor and for tests."""

    def __init__(self, clock: SystemClock, sources: Sequence[TimeSource], each_s: float = POLL_EACH_S) -> None:
        self._clock = clock
        self._sources = tuple(sources)
        self._each_s = each_s
        self._stop = threading.Event()
        self._offered: dict[str, Sample] = {}
        self.heard: dict[str, Heard] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._sources:
            self._thread = threading.Thread(target=self._work, name="time", daemon=True)
            self._thread.start()

    @property
    def alive(self) -> bool:
        """False only when the thread ended by an error of ours."""
        return self._thread is None or self._thread.is_alive()

    def poll_once(self) -> None:
        for source in self._sources:
            heard = source.poll(self._clock.proven)
            self.heard[source.name] = heard
            if heard.sample is not None and heard.sample != self._offered.get(source.name):
                self._offered[source.name] = heard.sample
                self._clock.offer(heard.sample, anew=heard.anew)

    def _work(self) -> None:
        while not self._stop.is_set():
            self.poll_once()
            self._stop.wait(self._each_s)
