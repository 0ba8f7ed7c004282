"""Frame to verdict to screen, stage by stage, on the simulated camera's frames: ratios to pyzbar reading the same frame.

    python -m bench.frame_to_verdict [--json FILE] [--frames N]

CPU time of one thread, medians over the frames in which the code was read at the first look; quote the ratio, not the time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

import cv2

from bench.report import emit
from firmware.display import screens, signals
from firmware.model import Moment, Scan
from firmware.profiles import load_profile
from firmware.scanner import read_codes, zbar
from firmware.scanner.codes import QR, Gray
from firmware.scanner.scenes import read_story
from firmware.scanner.simulated import Film
from firmware.sync.store import load_trust
from firmware.verify.verifier import verify
from issuer.demo import make_demo
from issuer.keys import KeyStore
from issuer.office import Office

_T = TypeVar("_T")
FRAMES_PER_S = 3


class Stopwatch:
    """CPU seconds of this thread by stage, for one frame."""

    def __init__(self) -> None:
        self.spent_s: dict[str, float] = {}

    def time(self, stage: str, work: Callable[..., _T], *given: object) -> _T:
        began_s = time.thread_time()
        result = work(*given)
        self.spent_s[stage] = time.thread_time() - began_s
        return result


def frames_of(demo: Path, most: int) -> list[Gray]:
    """Frames of every scene of the demo, evenly over its time."""
    film = Film(read_story(demo), 1280, 720, seed=1)
    count = min(most, int(film.seconds * FRAMES_PER_S))
    return [film.frame_at(n * film.seconds / count)[0] for n in range(count)]


def measure(demo: Path, most: int) -> list[dict[str, float | str]]:
    trust, profile = load_trust(demo / "trust", demo / "trust" / "anchors", "demo"), load_profile("police")
    ratios: dict[str, list[float]] = defaultdict(list)
    for gray in frames_of(demo, most):
        watch = Stopwatch()
        codes = watch.time("decode", read_codes, gray)
        if not codes:
            continue
        watch.time("pyzbar", zbar.find, gray, QR, "peer")
        scan = Scan(codes[0].payload, codes[0].decoder, 0.0)
        verdict = watch.time("verify", verify, scan, trust, Moment.exactly(time.time(), 1.0), profile)
        notice = watch.time("words", signals.notice_for, verdict, profile, "zh")
        watch.time("cues", signals.signal_for, verdict, profile)
        watch.time("screen", screens.draw_notice, notice)
        peer_s = watch.spent_s.pop("pyzbar")
        for stage, spent_s in watch.spent_s.items():
            ratios[stage].append(spent_s / peer_s)
        ratios["all"].append(sum(watch.spent_s.values()) / peer_s)
    return [
        {"stage": stage, "to_pyzbar": round(median(each), 4), "frames": len(each)} for stage, each in ratios.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--frames", type=int, default=150, help="frames at the most (%(default)s)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        office = Office(KeyStore(Path(folder) / "state"))
        make_demo(demo, office, int(time.time()), force=True, say=lambda _line: None)
        emit("frame to verdict", measure(demo, options.frames), options.json)


if __name__ == "__main__":
    main()
