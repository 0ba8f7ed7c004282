"""The half that has a network: takes each terminal's question to the server of signed time, and looks at chrony and gpsd for it.

It believes nothing and decides nothing: the terminal checks the signature and its own nonce (see reply.py). A terminal that has
just started is answered at once, the others four times an hour; a server that fails is asked again ever later.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Final

from firmware.clock import steady_s
from firmware.time_sources.handover import MAX_FILE_BYTES, write_handover
from firmware.time_sources.reply import REQUEST_NAME, reply_name
from firmware.time_sources.source import Heard, TimeSource
from firmware.verify import wire
from firmware.verify.timereply import MAX_REPLY_BYTES

FETCH_EACH_S: Final = 900.0
FIRST_RETRY_S: Final = 15.0
LAST_RETRY_S: Final = 300.0
LOOK_EACH_S: Final = 15.0
DEADLINE_S: Final = 5.0
MAX_REQUESTS: Final = 16
_LANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HEX: Final = re.compile(rf"[0-9a-f]{{{2 * wire.TIME_NONCE_BYTES}}}")

Get = Callable[[str], bytes]


class FetchError(OSError):
    """The server of signed time did not answer as it should."""


def get(url: str) -> bytes:
    """The body of an answer of at most MAX_REPLY_BYTES. Raises FetchError."""
    try:
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:  # noqa: S310  the setting takes http and https only
            body: bytes = answer.read(MAX_REPLY_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise FetchError(f"no signed time from {url.split('/time/')[0]}: {error}") from error
    if len(body) > MAX_REPLY_BYTES:
        raise FetchError(f"more than {MAX_REPLY_BYTES} bytes from the server of signed time")
    return body


@dataclass(frozen=True, slots=True)
class Request:
    """One terminal's question. `run` changes with every start of that terminal."""

    lane: str
    run: str
    nonce: str


@dataclass(slots=True)
class _Served:
    """What was done for one lane."""

    run: str = ""
    nonce: str = ""
    due_s: float = 0.0
    retry_s: float = FIRST_RETRY_S


def read_requests(folder: Path) -> Iterator[Request]:
    """The questions of the terminals below this folder; what is no question is left aside."""
    paths = sorted({*folder.glob(REQUEST_NAME), *folder.glob(f"*/{REQUEST_NAME}")})[:MAX_REQUESTS]
    for path in paths:
        try:
            with path.open("rb") as file:
                fields = json.loads(file.read(MAX_FILE_BYTES))
            request = Request(str(fields["lane"]), str(fields["run"]), str(fields["nonce"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if _LANE.fullmatch(request.lane) and _HEX.fullmatch(request.nonce):
            yield request


@dataclass(slots=True)
class TimeHelper:
    """One turn after the other; `turn` gives a line for every change that a person at the log should read."""

    server: str | None
    requests: Path
    handover: Path
    sources: Sequence[TimeSource] = ()
    get: Get = get
    steady: Callable[[], float] = steady_s
    _served: dict[str, _Served] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)
    _look_due_s: float = 0.0

    def turn(self) -> list[str]:
        """Raises OSError when the handover folder cannot be written."""
        lines = []
        if self.server is not None:
            for request in read_requests(self.requests):
                lines += self._serve(self.server, request)
        if self.steady() >= self._look_due_s:
            self._look_due_s = self.steady() + LOOK_EACH_S
            for source in self.sources:
                heard = source.poll(None)
                self._hand(source.name, heard)
                lines += self._say(source.name, heard.why if heard.sample is None else "gives time")
        return lines

    def _serve(self, server: str, request: Request) -> list[str]:
        served = self._served.setdefault(request.lane, _Served())
        if served.run == request.run and (self.steady() < served.due_s or served.nonce == request.nonce):
            return []
        served.run, served.nonce = request.run, request.nonce
        sent_s = self.steady()
        try:
            data = self.get(f"{server.rstrip('/')}/time/{request.nonce}")
        except FetchError as error:
            served.due_s = self.steady() + served.retry_s
            served.retry_s = min(LAST_RETRY_S, 2 * served.retry_s)
            return self._say("reply", str(error))
        received_s = self.steady()
        write_handover(
            self.handover / reply_name(request.lane), {"sent_s": sent_s, "received_s": received_s, "cose": data.hex()}
        )
        served.due_s, served.retry_s = received_s + FETCH_EACH_S, FIRST_RETRY_S
        return self._say("reply", f"signed time from {server}")

    def _hand(self, name: str, heard: Heard) -> None:
        """What a source knows, stamped; without a sample only why."""
        sample = heard.sample
        fields = {"steady_s": self.steady(), "why": heard.why}
        if sample is not None:
            fields |= {
                "steady_s": sample.steady_s,
                "utc_s": sample.utc_s,
                "half_width_s": sample.half_width_s,
                "authenticated": sample.rank.name == "PROVEN",
            }
        write_handover(self.handover / f"{name}.json", fields)

    def _say(self, name: str, text: str) -> list[str]:
        if self._said.get(name) == text:
            return []
        self._said[name] = text
        return [f"{name}: {text}"]
