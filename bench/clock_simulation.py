"""A terminal whose clock is attacked, drifts and reboots: every verdict beside what an oracle with true time says.

    python -m bench.clock_simulation [--checks 100000] [--seed S] [--json FILE] [--heard-alone]

Wrong is a code that is over and let through, and a fresh genuine one that gets anything but yes or CLOCK_NOT_TRUSTED. The exit
code is 1 when anything is wrong. "Early" are codes of phones that are ahead by more than their allowance, let through within the
clock's doubt, as docs/decisions/0009 has it. With --heard-alone (never the default outside a demo) plain NTP and GNSS are believed
without a second source: then an attacker on the radio does get through, and the table says how often.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import Row, emit_tables
from bench.simulated_checks import Attack, Shown
from bench.simulated_codes import Codes, make_codes
from bench.simulated_time import ALLOWANCE_S, LIFE_S, lives
from firmware.model import ClockLevel, Moment, Outcome
from firmware.verify.window import check_live

CHECKS_A_LIFE = 60
WIDTHS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 31.0)
TRIES = 20_000
MEMORY = Path("/dev/shm")


def simulate(codes: Codes, checks: int, chance: random.Random, *, heard_alone: bool) -> Iterator[Shown]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        left = checks
        for life in lives(codes, chance, Path(folder), heard_alone=heard_alone):
            for shown in life.run(min(left, CHECKS_A_LIFE)):
                yield shown
                left -= 1
            if left <= 0:
                return


class Tally:
    """Counts by attack and by level, in fixed memory."""

    def __init__(self) -> None:
        self.checks: Counter[Attack] = Counter()
        self.wrong: Counter[Attack] = Counter()
        self.wrong_words: Counter[str] = Counter()
        self.outside: Counter[Attack] = Counter()
        self.early: Counter[Attack] = Counter()
        self.honest: Counter[tuple[object, ...]] = Counter()
        self.decided: Counter[tuple[object, ...]] = Counter()

    def add(self, shown: Shown) -> None:
        self.checks[shown.attack] += 1
        if shown.wrong:
            self.wrong[shown.attack] += 1
            self.wrong_words[shown.wrong] += 1
        self.outside[shown.attack] += not shown.moment.lo_s - 0.01 <= shown.true_s <= shown.moment.hi_s + 0.01
        self.early[shown.attack] += shown.early_pass
        if shown.good:
            for key in ((shown.attack,), (shown.moment.level, _width(shown.moment))):
                self.honest[key] += 1
                self.decided[key] += shown.decided

    def rows(self) -> list[Row]:
        rows: list[Row] = [
            {
                "what is done to it": attack.value,
                "checks": int(self.checks[attack]),
                "wrong": int(self.wrong[attack]),
                "truth outside": int(self.outside[attack]),
                "early": int(self.early[attack]),
                "honest decided %": _percent(self.decided[(attack,)], self.honest[(attack,)]),
            }
            for attack in Attack
            if self.checks[attack]
        ]
        total: Row = {
            "what is done to it": "all",
            "checks": int(self.checks.total()),
            "wrong": int(self.wrong.total()),
            "truth outside": int(self.outside.total()),
            "early": int(self.early.total()),
            "honest decided %": _percent(
                sum(self.decided[(attack,)] for attack in Attack), sum(self.honest[(attack,)] for attack in Attack)
            ),
        }
        return [*rows, total]

    def by_level(self) -> list[Row]:
        keys = [key for key in self.honest if len(key) == 2]
        return [
            {
                "level, half-width": f"{key[0]}, {key[1]}",
                "honest codes": int(self.honest[key]),
                "decided at once %": _percent(self.decided[key], self.honest[key]),
            }
            for key in sorted(keys, key=str)
        ]


def _width(moment: Moment) -> str:
    if moment.level in (ClockLevel.T0, ClockLevel.T1):
        return "only a floor"
    limit = next((width for width in (2, 5, 10, 20, 30) if moment.doubt_s <= width), None)
    return "over 30 s" if limit is None else f"up to {limit:2d} s"


def by_width(chance: random.Random) -> list[Row]:
    """Fresh codes, shown at any moment of their sixty seconds, against a clock that errs anywhere within its half-width."""
    rows: list[Row] = []
    for half_s in WIDTHS_S:
        row: dict[str, float | str] = {"half-width s": half_s}
        both = []
        for name, allowance_s in (("phone", ALLOWANCE_S), ("server", 0.0)):
            decided = 0
            for _ in range(TRIES):
                made_s = 1_000_000.0
                phone_s = chance.gauss(0, 1) if allowance_s else 0.0
                true_s = made_s - phone_s + chance.uniform(0, LIFE_S)
                moment = Moment.exactly(true_s + chance.uniform(-half_s, half_s), half_s)
                found = check_live(moment, int(made_s), int(made_s + LIFE_S), allowance_s)
                decided += found.outcome is Outcome.GOOD
            both.append(decided / TRIES * 100)
            row[f"made by a {name} %"] = round(both[-1], 1)
        row["half of each %"] = round(sum(both) / 2, 1)
        rows.append(row)
    return rows


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=100_000, help="checks (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--heard-alone", action="store_true", help="believe plain NTP and GNSS without a second source")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # the clock tells of every attack
    chance = random.Random(options.seed)
    tally = Tally()
    for shown in simulate(make_codes(chance), options.checks, chance, heard_alone=options.heard_alone):
        tally.add(shown)
    tables = [
        ("verdicts", tally.rows()),
        ("honest live codes in these lives, by level", tally.by_level()),
        ("honest live codes decided at once, by half-width", by_width(chance)),
    ]
    emit_tables("clock simulation", tables, options.json)
    for words, count in tally.wrong_words.items():
        print(f"WRONG {count} times: {words}")
    return 1 if tally.wrong.total() else 0


if __name__ == "__main__":
    sys.exit(main())
