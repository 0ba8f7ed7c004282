"""`make crash`: every power cut of every write path, the planted mutants, and real processes killed at random."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.acts import WRITE_PATHS
from tests.crash.enumeration import SEED, enumerate_cuts, quick_place
from tests.crash.kills import LOOPS, Kills, kill_loop, kill_syncs
from tests.crash.mutants import MUTANTS, shown_by
from tests.crash.trace import strace

#: Of the cuts by SIGKILL: how many hit which process.
SHARES = {"sync": 0.4, "ledger": 0.4, "clock-floor": 0.08}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=600, help="processes to kill")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    try:
        strace()
    except pytest.skip.Exception as error:
        print(f"crash: {error}", file=sys.stderr)
        return 69
    bad = sum(_power_cuts(name) for name in WRITE_PATHS)
    missed = sum(_mutant(name) for name in MUTANTS)
    bad += _kills(args.cuts, random.Random(args.seed))
    print(f"\n{bad} bad states; {len(MUTANTS) - missed} of {len(MUTANTS)} mutants caught")
    return 1 if bad or missed else 0


def _power_cuts(name: str) -> int:
    began_s = time.monotonic()
    with _scratch(quick_place()) as scratch:
        result = enumerate_cuts(name, scratch)
    took_s = time.monotonic() - began_s
    print(f"power cut   {name:30}{result.cuts:5} cuts {result.states:6} states {len(result.bad):3} bad {took_s:7.1f} s")
    _complain(result.bad)
    return len(result.bad)


def _mutant(name: str) -> int:
    """1 where it was not caught."""
    with _scratch(quick_place()) as scratch:
        result = enumerate_cuts(shown_by(name), scratch, mutant=name, until_bad=True)
    print(f"mutant      {name:30}{'caught' if result.bad else 'MISSED'} after {result.states} states")
    return 0 if result.bad else 1


def _kills(cuts: int, luck: random.Random) -> int:
    found: dict[str, Kills] = {}
    for name in LOOPS:
        with _scratch() as scratch, _timed(f"killed      {name}"):
            found[name] = kill_loop(name, scratch, round(SHARES[name] * cuts), luck)
    with _scratch() as scratch, _timed("killed      yanma sync"):
        found["yanma sync"] = kill_syncs(scratch, cuts - sum(kills.cuts for kills in found.values()), luck)
    for name, kills in found.items():
        print(f"killed      {name:30}{kills.cuts:5} cuts {kills.done:6} acknowledged {len(kills.bad):3} lost or torn")
        _complain(kills.bad)
    return sum(len(kills.bad) for kills in found.values())


def _complain(bad: list[str]) -> None:
    for words in bad[:5]:
        print(f"            {words}")


@contextmanager
def _scratch(place: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="yanma-crash-", dir=place) as folder:
        yield Path(folder)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began_s = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began_s:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
