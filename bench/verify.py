"""Full check of a credential beside the bare signature verify of the same algorithm, taken in turn in one run.

    python -m bench.verify [--json FILE] [--rounds N]

The full check goes from the text of the code to the Verdict. The peer is the same library call that the check makes, on bytes that
are already parsed. Medians over rounds; quote the ratio, not the time. `undisturbed` is the ratio of the fastest twentieth of
either side: on a busy machine the one that repeats.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

from bench.report import emit
from bench.world import Case, cases
from firmware.verify.verifier import verify

CALLS_A_ROUND = 5  # short pairs: on a busy machine, most of them run without a break


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(CALLS_A_ROUND):
        call()
    return (time.perf_counter() - started) / CALLS_A_ROUND


def measure(case: Case, rounds: int) -> dict[str, float | str]:
    def full() -> object:
        return verify(case.scan, case.trust, case.moment, case.profile)

    pairs = [(_seconds(case.bare), _seconds(full)) for _ in range(rounds)]
    bare, whole = median(b for b, _ in pairs), median(w for _, w in pairs)
    fast_bare, fast_whole = (sorted(side)[rounds // 20] for side in zip(*pairs, strict=True))
    return {
        "case": case.name,
        "bare_us": round(bare * 1e6, 1),
        "full_us": round(whole * 1e6, 1),
        "ratio": round(median(w / b for b, w in pairs), 2),
        "undisturbed": round(fast_whole / fast_bare, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--rounds", type=int, default=600, help="rounds of %(default)s by default")
    options = parser.parse_args()
    emit("verify", [measure(case, options.rounds) for case in cases()], options.json)


if __name__ == "__main__":
    main()
