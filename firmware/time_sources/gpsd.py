"""GNSS time from gpsd's JSON (gpsd_json(5)): heard time. Receivers are spoofed with a radio for little money, so it proves nothing.

The address is host:port, as 127.0.0.1:2947, or the path of a socket.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from firmware.clock import Rank, Sample, steady_s
from firmware.time_sources.handover import stamp
from firmware.time_sources.source import Heard

DEADLINE_S: Final = 4.0
MAX_LINE_BYTES: Final = 16_384
MAX_LINES: Final = 64
_WATCH: Final = b'?WATCH={"enable":true,"json":true};\n'
#: A fix is told within the second after it was true, and a slow serial line takes another.
LATE_S: Final = 2.0
#: What a receiver may be wrong by that has not yet heard the leap seconds; gpsd says when it has.
LEAP_DOUBT_S: Final = 3.0
_TWO_DIMENSIONS: Final = 2

Connect = Callable[[str, float], socket.socket]


def connect(address: str, deadline_s: float) -> socket.socket:
    """Raises OSError."""
    if address.startswith("/"):
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        found.settimeout(deadline_s)
        try:
            found.connect(address)
        except OSError:
            found.close()
            raise
        return found
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=deadline_s)


class GpsdSource:
    """One look at gpsd: until a fix comes, or the deadline."""

    name = "gnss"

    def __init__(
        self,
        address: str,
        connect: Connect = connect,
        steady: Callable[[], float] = steady_s,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._address = address
        self._connect = connect
        self._steady = steady
        self._deadline_s = deadline_s

    def poll(self, proven: Sample | None) -> Heard:
        why = "gpsd tells of no receiver"
        try:
            with self._connect(self._address, self._deadline_s) as line:
                line.sendall(_WATCH)
                for report in _reports(line, self._deadline_s):
                    if report.get("class") == "TPV":
                        heard = self._fix(report)
                        if heard.sample is not None:
                            return heard
                        why = heard.why
        except (OSError, ValueError) as error:
            return Heard(None, f"no gpsd at {self._address}: {error}", present=False)
        return Heard(None, why)

    def _fix(self, report: dict[str, Any]) -> Heard:
        if not stamp(report, "mode") >= _TWO_DIMENSIONS:
            return Heard(None, "the receiver has no fix")
        try:
            utc_s = datetime.fromisoformat(str(report["time"])).replace(tzinfo=UTC).timestamp()
        except (KeyError, ValueError):
            return Heard(None, "a fix without a time")
        error_s = stamp(report, "ept")
        error_s = error_s if error_s >= 0 else 0.5
        if "leapseconds" not in report:
            error_s += LEAP_DOUBT_S
        half_s = LATE_S / 2 + error_s
        sample = Sample.around(self.name, Rank.HEARD, utc_s + LATE_S / 2, half_s, self._steady())
        return Heard(sample, f"a fix, within {half_s:.1f} s")


def _reports(line: socket.socket, deadline_s: float) -> Iterator[dict[str, Any]]:
    """The JSON objects that arrive, one a line, until the deadline; at most MAX_LINES of MAX_LINE_BYTES."""
    until_s = time.monotonic() + deadline_s
    waiting, count = b"", 0
    while count < MAX_LINES and len(waiting) <= MAX_LINE_BYTES and (left_s := until_s - time.monotonic()) > 0:
        line.settimeout(left_s)
        try:
            came = line.recv(4096)
        except TimeoutError:
            return
        if not came:
            return
        *whole, waiting = (waiting + came).split(b"\n")
        for text in whole:
            count += 1
            try:
                report = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(report, dict):
                yield report
