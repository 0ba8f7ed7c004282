from __future__ import annotations

import threading
import time
from collections import deque

import numpy as np
import pytest

from firmware.scanner import SourceError
from firmware.scanner.mailbox import Capture, Mailbox
from firmware.scanner.source import Frame, FrameSource

BLANK = np.zeros((30, 30), np.uint8)


class Script(FrameSource):
    """Gives its frames, then does what `last` does."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self._left = deque(Frame(BLANK, seq, float(seq)) for seq in range(count))
        self._failure = failure
        self.gate = threading.Event()
        self.closed = False

    @property
    def ended(self) -> bool:
        return not self._left and self._failure is None

    def read(self, timeout_s: float) -> Frame | None:
        if not self.gate.wait(timeout_s):
            return None
        if not self._left and self._failure is not None:
            raise self._failure
        return self._left.popleft() if self._left else None

    def close(self) -> None:
        self.closed = True


def test_only_the_newest_frame_is_kept() -> None:
    mailbox = Mailbox()
    for seq in range(5):
        mailbox.put(Frame(BLANK, seq, 0.0))
    frame = mailbox.take(0.0)
    assert frame is not None
    assert frame.seq == 4
    assert mailbox.replaced == 4
    assert mailbox.take(0.0) is None, "a frame is given once"


def test_taking_waits_no_longer_than_asked() -> None:
    began_s = time.monotonic()
    assert Mailbox().take(0.05) is None
    assert time.monotonic() - began_s < 1.0


def test_a_live_source_is_captured_to_its_end() -> None:
    source = Script(50)
    source.gate.set()
    capture = Capture(source)
    capture.start()
    seqs = []
    while not capture.mailbox.ended:
        frame = capture.mailbox.take(0.5)
        if frame is not None:
            seqs.append(frame.seq)
    capture.join(2.0)
    assert seqs == sorted(set(seqs))
    assert seqs[-1] == 49
    assert not capture.is_alive()


def test_a_source_that_fails_hands_over_its_last_frame_and_then_its_error() -> None:
    source = Script(1, SourceError("the camera stopped", "check the cable"))
    source.gate.set()
    capture = Capture(source)
    capture.start()
    capture.join(2.0)
    assert capture.mailbox.take(0.5) is not None
    with pytest.raises(SourceError, match="the camera stopped"):
        capture.mailbox.take(0.5)


def test_a_driver_that_raises_what_nobody_foresaw_is_told_and_not_taken_for_a_slow_camera() -> None:
    source = Script(0, AttributeError("no such control"))
    source.gate.set()
    capture = Capture(source)
    capture.start()
    with pytest.raises(SourceError, match="AttributeError: no such control"):
        capture.mailbox.take(5.0)
    capture.stop(5.0)


def test_a_capture_that_is_stopped_ends() -> None:
    capture = Capture(Script(5))
    capture.start()
    capture.stop(2.0)
    assert not capture.is_alive()
