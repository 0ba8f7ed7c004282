"""The thread that asks the sources of time, so that no bus and no disk ever holds up a verdict."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from firmware.clock import Sample, SystemClock, steady_s
from firmware.time_sources.handover import write_handover
from firmware.time_sources.source import Heard, TimeSource

_log = logging.getLogger("yanma")

POLL_EACH_S: Final = 2.0
CLOSE_S: Final = 1.0
REPORT_NAME: Final = "clock.json"
#: How often the floor is written down when it rose (proven time, codes of issuers' servers).
KEEP_FLOOR_EACH_S: Final = 600.0


class TimePoller:
    """Asks every source in turn, every two seconds. `heard` is the last word of each, for the doctor and for tests."""

    def __init__(
        self,
        clock: SystemClock,
        sources: Sequence[TimeSource],
        report: Path | None = None,
        each_s: float = POLL_EACH_S,
    ) -> None:
        self._clock = clock
        self._sources = tuple(sources)
        self._report = report
        self._each_s = each_s
        self._stop = threading.Event()
        self._offered: dict[str, Sample] = {}
        self.heard: dict[str, Heard] = {}
        self._thread: threading.Thread | None = None
        self._floor_due_s = time.monotonic() + KEEP_FLOOR_EACH_S
        self._kept_floor_s = 0.0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="time", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; a bus that hangs is not waited for longer than a second."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CLOSE_S)

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
        self._keep_floor(time.monotonic())
        self._write_report()

    def _write_report(self) -> None:
        """What this terminal goes by, for the doctor and whoever looks: it runs in another process and asks no chip twice."""
        moment = self._clock.last
        if self._report is None or moment is None:
            return
        fields = {
            "steady_s": steady_s(),
            "level": moment.level,
            "half_width_s": moment.doubt_s if math.isfinite(moment.doubt_s) else None,
            "why": self._clock.why,
            "sources": {
                name: {"present": heard.present, "time": heard.sample is not None, "why": heard.why}
                for name, heard in self.heard.items()
            },
        }
        with suppress(OSError):  # no such folder on a laptop: then nobody asks
            write_handover(self._report, fields)

    def _keep_floor(self, now_s: float) -> None:
        floor_s = self._clock.floor_s
        if now_s < self._floor_due_s or floor_s <= self._kept_floor_s:
            return
        self._floor_due_s = now_s + KEEP_FLOOR_EACH_S
        try:
            self._clock.save_floor()
            self._kept_floor_s = floor_s
        except OSError as error:  # the ledger keeps the floor too
            _log.warning("clock floor not kept: %s", error)

    def _work(self) -> None:
        while not self._stop.is_set():
            self.poll_once()
            self._stop.wait(self._each_s)
