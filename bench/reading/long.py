"""Thousands of degraded frames through the reader that remembers: no wrong text ever, and memory that stays."""

from __future__ import annotations

import itertools
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.degrader import AXES, MIXTURES, Shot, Symbol, base45_text, qr_symbol, shoot
from firmware.model import Scan
from firmware.scanner.codes import Gray
from firmware.scanner.reader import Reader
from firmware.scanner.source import Frame

_EPISODE_FRAMES: Final = 4
_FRAMES_PER_S: Final = 12.0
_GAP_S: Final = 2.0  # longer than the hold-off, so that each episode is told
_LENGTHS: Final = (60, 540)
_PROGRESS_EVERY: Final = 200
#: Libraries fill their pools in the first frames; growth is counted from here on.
_SETTLED: Final = 0.1


@dataclass(frozen=True, slots=True)
class LongRun:
    """`grown_mb` is what memory grew after the first tenth of the run."""

    frames: int
    episodes: int
    read: int
    wrong: int
    grown_mb: float
    minutes: float


def run(frames: int, seed: int = 1) -> LongRun:
    """Read so many frames, with a line of progress on stderr now and then."""
    reader = Reader()
    began_s = time.monotonic()
    episodes = read = wrong = seen = 0
    settled_mb = 0.0
    clock_s = 0.0
    for symbol, grays in itertools.islice(_episodes(seed), frames // _EPISODE_FRAMES):
        told = set()
        for gray in grays:
            events = reader.read(Frame(gray, seen, clock_s))
            told |= {event.payload for event in events if isinstance(event, Scan)}
            clock_s += 1 / _FRAMES_PER_S
            seen += 1
        clock_s += _GAP_S
        episodes += 1
        read += symbol.payload in told
        wrong += len(told - {symbol.payload})
        if seen >= frames * _SETTLED and settled_mb == 0.0:
            settled_mb = _memory_mb()
        if episodes % (_PROGRESS_EVERY // _EPISODE_FRAMES) == 0:
            print(
                f"{seen} of {frames} frames, {read} of {episodes} episodes read, {wrong} wrong, {_memory_mb():.0f} MB",
                file=sys.stderr,
                flush=True,
            )
    minutes = (time.monotonic() - began_s) / 60
    return LongRun(seen, episodes, read, wrong, _memory_mb() - settled_mb, minutes)


def _episodes(seed: int) -> Iterator[tuple[Symbol, list[Gray]]]:
    """Codes of all lengths under one stress or a mixture, at any strength, without end."""
    for number in itertools.count():
        rng = np.random.default_rng((seed, 9, number))
        symbol = qr_symbol(base45_text(int(rng.integers(*_LENGTHS)), number), str(rng.choice(["m", "q"])))
        yield symbol, shoot(symbol, _any_shot(rng), number, _EPISODE_FRAMES)


def _any_shot(rng: np.random.Generator) -> Shot:
    if rng.random() < 0.4:
        return MIXTURES[str(rng.choice(list(MIXTURES)))](float(rng.uniform(0.1, 1.0)))
    axis = AXES[str(rng.choice(list(AXES)))]
    place = int(rng.integers(len(axis.strengths) - 1))
    mild, severe = axis.strengths[place : place + 2]
    return axis.shot(float(rng.uniform(min(mild, severe), max(mild, severe))), Shot())


def _memory_mb() -> float:
    """Memory now where the system tells it, else the most that was ever used."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
