"""The scanner's worker over very many frames: what its process holds at the start, on the way and at the end.

The worker is the product's own (`worker.run`: mailbox, reader, outbox) in a process of its own; frames come from memory, as
fast as it takes them: codes that are read, read only by the second chance, or not at all, views without a code, noise.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Final

import cv2
import numpy as np

from bench.degrader import Shot, base45_text, qr_symbol, shoot
from bench.reading.hostile import tiled_finders
from firmware.model import Alive, Scan
from firmware.scanner.child import one_thread
from firmware.scanner.codes import Gray
from firmware.scanner.outbox import Outbox
from firmware.scanner.reader import Reader
from firmware.scanner.source import Frame, FrameSource
from firmware.scanner.wire import decode
from firmware.scanner.worker import Stop, run

#: Width and height; small ones, so that there can be many.
FRAME_PX: Final = (320, 240)
#: One code lies in view for so long, then another does, or none.
_HELD_S: Final = 0.3
_PAUSE_S: Final = 0.001
_SAMPLE_S: Final = 1.0
_SHOTS: Final = (
    Shot(size=FRAME_PX),
    Shot(size=FRAME_PX, yaw_deg=30.0),
    Shot(size=FRAME_PX, occlusion=0.2),
    Shot(size=FRAME_PX, glare=0.15),
    Shot(size=FRAME_PX, defocus_modules=2.5),
    Shot(size=FRAME_PX, iso=25600.0),
    Shot(size=FRAME_PX, finder_covered=1.0),
)


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """Resident memory in MB: after the first tenth of the frames, at the end, at most; and what was read on the way."""

    frames: int
    scans: int
    warm_mb: float
    end_mb: float
    most_mb: float
    minutes: float


def figures(found: WorkerMemory) -> Mapping[str, float]:
    grown = found.end_mb - found.warm_mb
    return {name: round(value, 1) for name, value in asdict(found).items()} | {"grown_mb": round(grown, 1)}


def views() -> list[Gray]:
    """The views that are shown in turn."""
    rng = np.random.default_rng(3)
    shown = [
        gray
        for number, shot in enumerate(_SHOTS)
        for gray in shoot(qr_symbol(base45_text(40, number), "m"), shot, number, n=2)
    ]
    width, height = FRAME_PX
    desk = cv2.GaussianBlur(rng.integers(0, 256, (height, width), dtype=np.uint8), (0, 0), 9.0)
    noise = rng.integers(0, 256, (height, width), dtype=np.uint8)
    return [
        *shown,
        np.full((height, width), 90, np.uint8),
        np.asarray(desk, np.uint8),
        noise,
        tiled_finders(3, FRAME_PX),
    ]


class Views(FrameSource):
    """The views, each for a while, a little lighter or darker from frame to frame, until somebody stops."""

    def __init__(self, shown: list[Gray]) -> None:
        self._shown = shown
        self._seq = 0

    def read(self, timeout_s: float) -> Frame | None:
        time.sleep(_PAUSE_S)
        now_s = time.monotonic()
        view = self._shown[int(now_s / _HELD_S) % len(self._shown)]
        gray = cv2.convertScaleAbs(view, alpha=1.0, beta=float(self._seq % 5))
        frame = Frame(np.asarray(gray, np.uint8), self._seq, now_s)
        self._seq += 1
        return frame

    def close(self) -> None:
        return


def _work(pipe: Connection) -> None:
    cv2.setNumThreads(1)
    run(Views(views()), Reader(), Outbox(pipe), Stop(), live=True)


def worker_memory(frames: int) -> WorkerMemory:
    """Have the worker read so many frames, with a line of progress for each tenth."""
    one_thread()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    began_s = time.monotonic()
    process.start()
    theirs.close()
    samples: list[tuple[int, float]] = []
    read = scans = 0
    while read < frames and process.is_alive():
        while ours.poll(_SAMPLE_S):
            message = decode(ours.recv_bytes())
            scans += isinstance(message, Scan)
            read = message.frames if isinstance(message, Alive) else read
            if isinstance(message, Alive):
                break
        samples.append((read, _resident_mb(process.pid)))
        if len(samples) > 1 and read * 10 // frames > samples[-2][0] * 10 // frames:
            print(f"{read} frames, {scans} scans, {samples[-1][1]:.1f} MB", flush=True)
    ours.close()
    process.terminate()
    process.join()
    warm = [megabytes for number, megabytes in samples if number >= frames / 10] or [0.0]
    # A single sample may fall into a frame that is being worked on: the middle one of a tenth does not.
    tenth = max(1, len(warm) // 10)
    minutes = (time.monotonic() - began_s) / 60
    return WorkerMemory(read, scans, median(warm[:tenth]), median(warm[-tenth:]), max(warm), minutes)


def _resident_mb(pid: int | None) -> float:
    """0 when the process is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 2**20
