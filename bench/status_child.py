"""What a terminal does, in a process of its own, so that its memory can be told: python -m bench.status_child lookup|merge FOLDER.

Memory is VmHWM (the most that was ever resident since the mark was set back) less VmRSS before, with all modules loaded.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

from firmware.register.delta import apply_delta
from firmware.register.parcel import unpack_delta
from firmware.register.snapshot import Snapshot, sha256_of

_LOOKUPS = 4000


def resident_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def _mark() -> float:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return resident_mb("VmRSS")


def lookup(folder: Path) -> dict[str, float]:
    """Open the register (its hash compared, as at a start), then ask for places: `asked.npy` has rows of list, index, state."""
    asked = np.load(folder / "asked.npy").tolist()[:_LOOKUPS]
    wanted = [state for _, _, state in asked]
    # Once before counting: what Python and numpy load at a first use is not the register's.
    with Snapshot(folder / "small.bin") as small:
        small.state(1, 0)
    before = _mark()
    started = time.perf_counter()
    sha256_of(folder / "register.bin")
    snapshot = Snapshot(folder / "register.bin")
    opened = time.perf_counter() - started
    taken, found = [], []
    for number, index, _ in asked:
        started = time.perf_counter()
        found.append(snapshot.state(number, index))
        taken.append(time.perf_counter() - started)
    if found != wanted:
        raise SystemExit("a place has another state than was written")
    marked = [t for t, state in zip(taken, wanted, strict=True) if state]
    return {
        "lookup_us": round(median(taken) * 1e6, 1),
        "lookup_marked_us": round(median(marked) * 1e6, 1),
        "lookup_p95_us": round(sorted(taken)[len(taken) * 95 // 100] * 1e6, 1),
        "open_s": round(opened, 3),
        "rss_mb": round(resident_mb("VmHWM") - before, 1),
    }


def merge(folder: Path) -> dict[str, float]:
    """Unpack the delta and apply it, with every hash compared."""
    expected = (folder / "expected").read_bytes()
    size = int((folder / "size").read_text(encoding="ascii"))
    before = _mark()
    started = time.perf_counter()
    unpack_delta(folder / "delta.zst", folder / "delta", size)
    apply_delta(folder / "register.bin", folder / "delta", folder / "merged.bin", expected=expected)
    return {
        "merge_s": round(time.perf_counter() - started, 2),
        "merge_peak_mb": round(resident_mb("VmHWM") - before, 1),
    }


def main() -> None:
    what, folder = sys.argv[1:]
    print(json.dumps({"lookup": lookup, "merge": merge}[what](Path(folder))))


if __name__ == "__main__":
    main()
