"""The child's side of the pipe: never blocks, keeps two scans, drops the oldest and counts it."""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Iterable
from multiprocessing.connection import Connection
from typing import Final

from firmware.model import Alive, Scan
from firmware.scanner.wire import Message, encode

MAX_SCANS: Final = 2
MAX_OTHERS: Final = 8


class Outbox:
    """Messages wait here while the parent does not read. Scans and others wait apart: none crowds out the other."""

    def __init__(self, pipe: Connection, max_scans: int = MAX_SCANS) -> None:
        self._pipe = pipe
        self._scans: deque[Message] = deque(maxlen=max_scans)
        self._others: deque[Message] = deque(maxlen=MAX_OTHERS)
        self._alive: Alive | None = None
        self.dropped = 0

    def put(self, messages: Iterable[Message]) -> None:
        """Take messages over and send what fits."""
        for message in messages:
            if isinstance(message, Alive):
                self._alive = message  # an older heartbeat says nothing beside a newer one
                continue
            waiting = self._scans if isinstance(message, Scan) else self._others
            self.dropped += len(waiting) == waiting.maxlen
            waiting.append(message)
        self.flush()

    def flush(self, timeout_s: float = 0.0) -> bool:
        """Send while the pipe takes whole messages; True when nothing waits. Raises OSError when the parent is gone."""
        while self._waiting():
            # A pipe that is ready takes 4096 bytes at once (POSIX), and no message is longer: send() cannot block.
            if not select.select([], [self._pipe], [], timeout_s)[1]:
                return False
            self._pipe.send_bytes(encode(self._next()))
        return True

    def _waiting(self) -> bool:
        return bool(self._scans or self._others or self._alive)

    def _next(self) -> Message:
        if self._scans:
            return self._scans.popleft()
        if self._others:
            return self._others.popleft()
        alive, self._alive = self._alive, None
        assert alive is not None
        return alive
