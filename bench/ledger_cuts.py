"""Power cuts: a process that appends and acknowledges over a pipe is killed at any moment, again and again.

    python -m bench.ledger_cuts [--cuts 500] [--lanes 1] [--seed N] [--json FILE]

With several lanes so many processes write one ledger at the same time, and die one after the other. After every cut the
ledger is opened anew and walked whole: each acknowledged record must be there, with the tree and the checkpoints that
hold. SIGKILL ends a process and keeps the page cache, so this finds what is acknowledged before it is written; what a card
loses beyond that is for `tests/sync` and a real board.
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.ledger import entry
from bench.report import emit
from firmware.ledger.store import LedgerStore
from firmware.ledger.writer import is_busy

APPEND: Final = "--append"
MOST_BEFORE_A_CUT: Final = 60


@dataclass(slots=True)
class Tally:
    """What became of the records over all cuts."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    beyond: int = 0  # on the disk and not yet acknowledged: at most one a cut and lane
    sure: int = 0  # how many are there before the next cut

    def row(self) -> dict[str, float | str]:
        return {
            "cuts": self.cuts,
            "acknowledged": self.acknowledged,
            "lost": self.lost,
            "kept beyond": self.beyond,
        }


def append_for_ever(folder: Path, seed: int) -> None:
    """The child: one line with the sequence number for each record, once it is safe."""
    chance = random.Random(seed)
    while True:
        try:
            with LedgerStore(folder, lane=f"lane-{seed % 4}") as store:
                while True:
                    sys.stdout.write(f"{store.append(entry(0, chance), floor_s=1.0)}\n")
                    sys.stdout.flush()
        except sqlite3.OperationalError as error:
            if not is_busy(error):  # another lane was quicker, for seconds: nobody queues for a lock of SQLite's
                raise


def begin(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "bench.ledger_cuts", APPEND, str(folder), "--seed", str(seed)]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


def end(child: subprocess.Popen[bytes], chance: random.Random) -> list[int]:
    """Kill the child at any moment; gives the numbers that it acknowledged."""
    assert child.stdout is not None
    with child.stdout as pipe:
        told = [pipe.readline() for _ in range(chance.randrange(MOST_BEFORE_A_CUT))]
        child.send_signal(signal.SIGKILL)
        told += pipe.read().splitlines()
    child.wait()
    return [int(line) for line in told if line.strip()]


def cut(folder: Path, chance: random.Random, tally: Tally, lanes: int = 1) -> None:
    """One life of the children, and the walk after it. LedgerDamagedError when what is left does not hold."""
    children = [begin(folder, chance.randrange(1 << 30)) for _ in range(lanes)]
    whole = [number for child in children for number in end(child, chance)]
    with LedgerStore(folder) as store:
        kept = store.verify(store.key.note_key)
    tally.cuts += 1
    tally.acknowledged += len(whole)
    sure = max([tally.sure, *whole])
    tally.lost += max(0, sure - kept)
    tally.beyond += max(0, kept - sure)
    tally.sure = kept


def run(cuts: int, seed: int, lanes: int = 1) -> Tally:
    tally, chance = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(cuts):
            cut(Path(folder), chance, tally, lanes)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=500, help="%(default)s by default")
    parser.add_argument(
        "--lanes", type=int, default=1, help="processes that write at the same time, %(default)s by default"
    )
    parser.add_argument("--seed", type=int, default=20260612)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument(APPEND, type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.append is not None:
        append_for_ever(options.append, options.seed)
    tally = run(options.cuts, options.seed, options.lanes)
    emit("ledger_cuts", [tally.row()], options.json)
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
