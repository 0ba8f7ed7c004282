"""Proven time from a signed reply to our own nonce. The terminal has no network: it writes the question, another process fetches.

The nonce is drawn here and kept in memory, so that neither the network, nor the card, nor the process that fetches can hand in an
old reply. That process also stamps when it sent and received; its stamps are believed within the life of the nonce only, so the
worst that it could do by lying is to shift time by that life, 20 seconds.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.clock import Rank, Sample, boot_id, steady_s, write_whole
from firmware.time_sources.handover import read_handover, stamp
from firmware.time_sources.source import Heard
from firmware.verify import wire
from firmware.verify.timereply import MAX_REPLY_BYTES, read_time_reply
from firmware.verify.trust import IssuerKey, UntrustedError

REQUEST_NAME: Final = "time-request.json"
ASK_EACH_S: Final = 10.0
#: A question may be fetched just before the next one is written, over a slow line.
NONCE_LIFE_S: Final = 20.0
NONCES_KEPT: Final = 3

Keys = Callable[[], Mapping[bytes, tuple[IssuerKey, ...]]]


@dataclass(frozen=True, slots=True)
class _Question:
    nonce: bytes
    asked_s: float  # steady


class ReplySource:
    """Asks anew every ten seconds, and believes each reply once."""

    name = "reply"

    def __init__(
        self,
        lane: str,
        requests: Path,
        replies: Path,
        keys: Keys,
        steady: Callable[[], float] = steady_s,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self._lane = lane
        self._request = requests / REQUEST_NAME
        self._reply = replies / reply_name(lane)
        self._keys = keys
        self._steady = steady
        self._boot = boot
        self._run = secrets.token_hex(8)
        self._questions: deque[_Question] = deque(maxlen=NONCES_KEPT)
        self._last: Heard | None = None

    def poll(self, proven: Sample | None) -> Heard:
        now_s = self._steady()
        try:
            self._ask(now_s)
        except OSError as error:
            return Heard(None, f"{self._request} cannot be written: {error.strerror}", present=False)
        fields = read_handover(self._reply, self._boot())
        if fields is None:
            return self._last or Heard(None, f"no reply in {self._reply} yet", present=False)
        heard = self._believed(str(fields.get("cose", "")), stamp(fields, "sent_s"), stamp(fields, "received_s"))
        if heard is not None:
            self._last = heard
        return heard or self._last or Heard(None, "only a reply to another question")

    def _ask(self, now_s: float) -> None:
        if self._questions and now_s - self._questions[-1].asked_s < ASK_EACH_S:
            return
        question = _Question(secrets.token_bytes(wire.TIME_NONCE_BYTES), now_s)
        fields = {"lane": self._lane, "run": self._run, "nonce": question.nonce.hex()}
        write_whole(self._request, json.dumps(fields) + "\n", mode=0o644)
        self._questions.append(question)

    def _believed(self, cose: str, sent_s: float, received_s: float) -> Heard | None:
        """None for a reply to no open question: a replayed one, or one that was believed before."""
        try:
            data = bytes.fromhex(cose) if len(cose) <= 2 * MAX_REPLY_BYTES else b""
            reply = read_time_reply(data, self._keys())
        except (ValueError, UntrustedError) as error:
            return Heard(None, str(error))
        question = next((asked for asked in self._questions if asked.nonce == reply.nonce), None)
        now_s = self._steady()
        if question is None or now_s - question.asked_s > NONCE_LIFE_S:
            return None
        if not question.asked_s <= sent_s <= received_s <= now_s:
            return Heard(None, "a reply whose stamps lie outside the life of its question")
        self._questions.remove(question)
        trip_s = received_s - sent_s
        half_s = trip_s / 2 + reply.radius_s
        sample = Sample.around(self.name, Rank.PROVEN, reply.utc_s + trip_s / 2, half_s, received_s)
        return Heard(sample, f"signed, within {half_s:.2f} s")


def reply_name(lane: str) -> str:
    return f"reply-{lane}.json"
