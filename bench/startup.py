"""How fast the commands answer, against a bare interpreter, in one run: `python -m bench.startup`.

Medians of wall time; each round starts every program once, so that a busy machine slows all of them alike. The goal is
`yanma --help` within 5 x `python -c pass`.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time

ROUNDS = 25
GOAL_RATIO = 5.0
BARE = "python -c pass"
PROGRAMS = {
    BARE: ("-c", "pass"),
    "yanma --help": ("-m", "firmware", "--help"),
    "yanma verify --help": ("-m", "firmware", "verify", "--help"),
    "yanma --version": ("-m", "firmware", "--version"),
    "yanma config show": ("-m", "firmware", "config", "show"),
}


def seconds(words: tuple[str, ...]) -> float:
    """Wall time of one start to its end."""
    began_s = time.perf_counter()
    subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began_s


def measure(rounds: int) -> dict[str, float]:
    """Median seconds of each program."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, words in PROGRAMS.items():
            taken_s = seconds(words)
            if number > 0:  # the first round fills caches
                times[name].append(taken_s)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> int:
    medians = measure(ROUNDS)
    print(f"Python {platform.python_version()}, {platform.machine()}, medians of {ROUNDS} rounds")
    for name, median_s in medians.items():
        print(f"{name:22}{median_s * 1000:8.1f} ms{median_s / medians[BARE]:8.2f} x")
    ratio = medians["yanma --help"] / medians[BARE]
    print(f"goal: yanma --help <= {GOAL_RATIO:g} x: {'reached' if ratio <= GOAL_RATIO else 'missed'}")
    return 0 if ratio <= GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
