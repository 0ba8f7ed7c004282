"""Memory of the terminal: the loop over many verdicts, and the whole of it (parent and scanner's child) over time.

    python -m bench.memory [--verdicts 20000] [--seconds 60] [--demo DIR]
    python -m bench.memory --worker 100000

Figures are resident set sizes in MB, read from /proc. Growth is what lies between the first tenth, when every cache is
warm, and the end. With --worker: only the scanner's own process, over so many small frames. Without --demo a demo world is
made in a temporary folder (needs the issuer's packages).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.report import emit
from bench.worker_memory import FRAME_PX, figures, worker_memory
from firmware.app import App
from firmware.clock import LinuxHost, SystemClock
from firmware.display.care import Care
from firmware.display.panel import NoPanel
from firmware.display.panel_sink import PanelSink
from firmware.display.pins import NoPins
from firmware.display.wear import WearMap
from firmware.drawn_screen import DrawnScreen
from firmware.gate.barrier import NoGate
from firmware.ledger.writer import LedgerWriter
from firmware.model import Alive, Scan, ScannerEvent
from firmware.ports import Parts
from firmware.profiles import load_profile
from firmware.remember import RememberingVerifier
from firmware.scanner.decoders import read_codes
from firmware.scanner.picture import read_picture
from firmware.service import Notifier, Service
from firmware.state import Settings
from firmware.sync.store import load_trust
from firmware.watch import TrustWatch

QUEUED_AT_MOST = 64
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


def rss_mb(pid: int | str = "self") -> float:
    """Resident memory of a process; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    except OSError:
        return 0.0


def descriptors(pid: int | str = "self") -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - a count, not paths
    except OSError:
        return 0


class Conveyor:
    """A scanner that shows one code after another, as fast as the ledger keeps up, and notes the memory on the way."""

    def __init__(self, payloads: list[bytes], verdicts: int, stop: threading.Event, idle: Callable[[], bool]) -> None:
        self._idle = idle
        self._payloads = itertools.cycle(payloads)
        self._left = verdicts
        self._mark = verdicts - verdicts // 10
        self._stop = stop
        self.warm_mb = 0.0
        self.warm_descriptors = 0

    def start(self) -> None:
        return

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        if not self._idle():
            time.sleep(0.001)
            return []
        now_s = time.monotonic()
        if self._left == self._mark:
            self.warm_mb, self.warm_descriptors = rss_mb(), descriptors()
        if self._left == 0:
            self._stop.set()
            return []
        self._left -= 1
        return [Alive(1, now_s), Scan(next(self._payloads), "bench", now_s)]

    def close(self) -> None:
        return


def payloads_of(demo: Path) -> list[bytes]:
    pictures = sorted((demo / "codes").glob("*.png"))
    pages = (gray for path in pictures for _, gray in read_picture(path))
    return [code.payload for gray in pages for code in read_codes(gray, effort="full")]


def loop_figures(demo: Path, folder: Path, verdicts: int) -> None:
    """The loop, verifier, words, drawing and ledger, without the camera's process."""
    stop = threading.Event()
    recorder = LedgerWriter.in_folder(folder / "ledger", 30)

    def idle() -> bool:
        return app.tally.verdicts - recorder.counts().written < QUEUED_AT_MOST

    conveyor = Conveyor(payloads_of(demo), verdicts, stop, idle)
    trust = demo / "trust"
    parts = Parts(
        eyes=conveyor,
        clock=SystemClock(LinuxHost(), trust_system=True),
        trust=TrustWatch(trust, lambda floor: load_trust(trust, trust / "anchors", "demo", version_floor=floor)),
        verify=RememberingVerifier("1"),
        screen=DrawnScreen(PanelSink(NoPanel()), "zh", Care(WearMap(), 255, time.monotonic)),
        cues=NoPins(),
        gate=NoGate(),
        recorder=recorder,
        service=Service(Notifier(None), None),
    )
    app = App(parts, Settings(load_profile("police")), stop)
    began_s = time.monotonic()
    app.run()
    took_s = time.monotonic() - began_s
    growth = rss_mb() - conveyor.warm_mb
    counts = recorder.counts()
    print(f"loop        {app.tally.verdicts} verdicts in {took_s:.1f} s ({1000 * took_s / verdicts:.2f} ms each)")
    print(f"            {conveyor.warm_mb:.1f} MB warm, {rss_mb():.1f} MB at the end: growth {growth:+.2f} MB")
    print(f"            descriptors {conveyor.warm_descriptors} warm, {descriptors()} at the end")
    print(f"            ledger {counts.written} written, {counts.dropped} dropped, {counts.errors} errors")


def children_of(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)


def whole_figures(demo: Path, folder: Path, seconds: float) -> None:
    """`yanma run` on the demo's scenes: the parent and its largest child, sampled each second."""
    words = ["--source", f"scenes:{demo}", "--trust", str(demo / "trust"), "--ledger", str(folder / "run-ledger")]
    command = [sys.executable, "-m", "firmware", "run", *words, "--panel", "none", "--json-events", "-"]
    run = subprocess.Popen([*command, "--seconds", str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    parent: list[float] = []
    child: list[float] = []
    while run.poll() is None:
        time.sleep(1.0)
        try:
            children = [rss_mb(pid) for pid in children_of(run.pid)]
        except OSError:
            break
        if children:
            parent.append(rss_mb(run.pid))
            child.append(max(children))
    output, _ = run.communicate()
    verdicts = sum(json.loads(line)["event"] == "verdict" for line in output.splitlines())
    warm = max(1, len(parent) // 4)
    print(f"yanma run   {verdicts} verdicts in {seconds:.0f} s, exit code {run.returncode}")
    for name, samples in (("parent", parent), ("child", child)):
        kept = [sample for sample in samples[warm:] if sample > max(samples) / 2] or [0.0]  # not the last breath
        print(f"  {name:<10}{kept[0]:.1f} MB warm, {kept[-1]:.1f} MB at the end, {max(kept):.1f} MB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--demo", type=Path, help="a folder made by yanma-issuer demo")
    parser.add_argument("--worker", type=int, metavar="FRAMES", help="only the scanner's worker, over so many frames")
    args = parser.parse_args()
    if args.worker:
        found = worker_memory(args.worker)
        width, height = FRAME_PX
        emit(f"scanner's worker, frames of {width} x {height}", [figures(found)], None)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo = args.demo or folder / "demo"
        if args.demo is None:
            environment = os.environ | {"XDG_STATE_HOME": str(folder / "state")}
            subprocess.run(
                [sys.executable, "-m", "issuer.cli", "demo", str(demo)],
                check=True,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
        loop_figures(demo, folder, args.verdicts)
        whole_figures(demo, folder, args.seconds)


if __name__ == "__main__":
    main()
