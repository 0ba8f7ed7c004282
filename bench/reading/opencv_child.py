"""OpenCV's two QR detectors in a child process with a deadline a frame: some pictures hang them, some make them raise."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

import cv2
import numpy as np

from firmware.scanner.codes import Gray

DEADLINE_S: Final = 8.0
Answer: TypeAlias = tuple[list[str], float, bool]

_SPAWN: Final = multiprocessing.get_context("spawn")


class OpenCvChild:
    """Starts the child when it is first asked, and again after it had to be ended."""

    def __init__(self) -> None:
        self._pipe: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None

    def read(self, gray: Gray, *, aruco: bool) -> Answer:
        """Texts, CPU seconds, and whether the deadline passed or the child died."""
        if self._pipe is None:
            self._start()
        assert self._pipe is not None
        self._pipe.send((np.ascontiguousarray(gray), aruco))
        try:
            if self._pipe.poll(DEADLINE_S):
                texts, spent_s = self._pipe.recv()
                return texts, spent_s, False
        except EOFError:
            pass  # it died over this frame; counted as hung below
        self.close()
        return [], DEADLINE_S, True

    def _start(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def close(self) -> None:
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    cv2.setNumThreads(1)
    single, aruco = cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()
    while True:
        try:
            gray, with_aruco = pipe.recv()
        except (EOFError, OSError):
            return
        began_s = time.thread_time()
        try:
            texts = list(aruco.detectAndDecodeMulti(gray)[1]) if with_aruco else [single.detectAndDecode(gray)[0]]
        except (cv2.error, UnicodeDecodeError, SystemError, MemoryError):
            texts = []
        pipe.send(([text for text in texts if text], max(time.thread_time() - began_s, 1e-7)))
