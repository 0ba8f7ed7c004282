"""The register: sizes beside the entropy and beside peers, lookup, memory, build and merge, in one run.

    python -m bench.status [--n N ...] [--rate R ...] [--daily D ...] [--seed S] [--no-peers] [--json FILE]

N places, a share R of them marked, a share D of all places changing in a day. For each combination:

snapshot_ratio   the parcel that is downloaded / the entropy of the register
queryable_ratio  the file that is looked up where it lies / the same
delta_ratio      the parcel of a day's delta / the conditional entropy of the day
lookup_us        median over places, half of them marked; rss_mb: what is resident for it at most
build_s          from an array of N states (4 bits each, on disk) to the file; pack_s: to the parcel; make_s: the delta
merge_s          from file and fetched delta to the next file, all hashes compared; merge_peak_mb: memory at most

The entropies are defined in bench/status_world.py: positions and states of a register; what comes, goes and changes in a day.
The merged file is compared with one that was built from the next day's marks: they are the same bytes.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.report import emit_tables
from bench.status_peers import rows as peer_rows
from bench.status_world import Drawn, draw, entropy, lists, next_day
from firmware.register.bits import Numbers
from firmware.register.delta import make_delta
from firmware.register.parcel import pack, pack_delta
from firmware.register.snapshot import Snapshot, write_snapshot
from issuer.status.inputs import array_marks, load_array

Row = dict[str, float | str]
_ASKED = 4000
_TABLES = {
    "sizes": "n rate daily entropy_mb snapshot_mb snapshot_ratio queryable_ratio delta_kb delta_ratio",
    "lookup and memory": "n rate daily lookup_us lookup_marked_us lookup_p95_us rss_mb merge_peak_mb open_s",
    "work": "n rate daily build_s pack_s make_s merge_s",
}


def measure(places: int, rate: float, dailies: list[float], seed: int, *, peers: bool) -> tuple[list[Row], list[Row]]:
    """A row a day's share for one register, and the rows of the peers."""
    chance = np.random.default_rng(seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        drawn = draw(places, rate, chance)
        bits = entropy(drawn)
        asked = _asked(drawn, chance)
        common: Row = {"n": places, "rate": rate, "marks": len(drawn.positions), "entropy_mb": round(bits / 1e6, 4)}
        common |= _built(drawn, folder, bits)
        _write_asked(drawn, asked, folder)
        common |= _child("lookup", folder)
        found = [common | _day(drawn, daily, folder, chance) for daily in dailies]
        beside = list(peer_rows(drawn, bits, asked)) if peers else []
    own: Row = {"peer": "this register", "mb": found[0]["snapshot_mb"], "ratio": found[0]["snapshot_ratio"]}
    own |= {"lookup_us": found[0]["lookup_us"], "resident_mb": found[0]["rss_mb"]}
    return found, [{"n": places, "rate": rate, **row} for row in (own, *beside)] if peers else []


def _built(drawn: Drawn, folder: Path, entropy_bytes: float) -> Row:
    array = folder / "states.bin"
    drawn.write_packed(array)
    register = folder / "register.bin"
    table = lists(drawn.places)
    build_s = _seconds(
        lambda: write_snapshot(register, table, array_marks(load_array(array), array, lambda _done: None))
    )
    array.unlink()
    with Snapshot(register) as snapshot:
        pack_s = _seconds(lambda: pack(register, folder / "register.zst", snapshot.cuts))
    queryable, packed = register.stat().st_size, (folder / "register.zst").stat().st_size
    return {
        "snapshot_mb": round(packed / 1e6, 4),
        "snapshot_ratio": round(packed / entropy_bytes, 4),
        "queryable_ratio": round(queryable / entropy_bytes, 4),
        "build_s": round(build_s, 2),
        "pack_s": round(pack_s, 2),
    }


def _day(old: Drawn, daily: float, folder: Path, chance: np.random.Generator) -> Row:
    new, bits = next_day(old, daily, chance)
    expected = write_snapshot(folder / "new.bin", lists(old.places), new.pieces())
    make_s = _seconds(lambda: make_delta(folder / "register.bin", folder / "new.bin", folder / "delta"))
    unpacked = pack_delta(folder / "delta", folder / "delta.zst")
    (folder / "expected").write_bytes(expected)
    (folder / "size").write_text(str(unpacked), encoding="ascii")
    (folder / "delta").unlink()
    size = (folder / "delta.zst").stat().st_size
    row: Row = {
        "daily": daily,
        "delta_kb": round(size / 1e3, 2),
        "delta_ratio": round(size / bits, 4),
        "make_s": round(make_s, 2),
    }
    return row | _child("merge", folder)


def _asked(drawn: Drawn, chance: np.random.Generator) -> Numbers:
    """Positions to look up: half of them marked, in any order."""
    marked = drawn.positions[chance.integers(0, len(drawn.positions), _ASKED // 2)]
    anywhere = chance.integers(0, drawn.places, _ASKED // 2)
    asked: Numbers = np.concatenate((marked, anywhere))
    chance.shuffle(asked)
    return asked


def _write_asked(drawn: Drawn, asked: Numbers, folder: Path) -> None:
    at = np.minimum(np.searchsorted(drawn.positions, asked), len(drawn.positions) - 1)
    states = np.where(drawn.positions[at] == asked, drawn.states[at], 0)
    table = lists(drawn.places)
    rows = table.rows_of(asked)
    np.save(folder / "asked.npy", np.column_stack((table.numbers[rows], asked - table.firsts[rows], states)))
    write_snapshot(folder / "small.bin", lists(2), iter(()))


def _child(what: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.status_child", what, str(folder)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=lambda text: int(float(text)), nargs="+", default=[42_250_000, 1_000_000_000])
    parser.add_argument("--rate", type=float, nargs="+", default=[0.001, 0.01, 0.05])
    parser.add_argument("--daily", type=float, nargs="+", default=[0.0001, 0.0005])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-peers", action="store_true", help="only the register itself")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    options = parser.parse_args()
    found: list[Row] = []
    beside: list[Row] = []
    for places in options.n:
        for rate in options.rate:
            rows, peers = measure(places + places % 2, rate, options.daily, options.seed, peers=not options.no_peers)
            found += rows
            beside += peers
            print(f"measured: {places:,} places, {rate:.2%} marked", file=sys.stderr)
    tables = [(title, [_columns(row, names) for row in found]) for title, names in _TABLES.items()]
    emit_tables("status", [*tables, *([("peers", beside)] if beside else [])], None)
    if options.json:
        machine = f"{platform.machine()}, Python {platform.python_version()}"
        report = {
            "bench": "status",
            "machine": machine,
            "seed": options.seed,
            **found[0],
            "rows": found,
            "peers": beside,
        }
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _columns(row: Row, names: str) -> Row:
    return {name: row[name] for name in names.split()}


if __name__ == "__main__":
    main()
