"""What this product reads, beside the peers, in one run: `python -m bench.scanner` (docs/scanner.md explains the figures).

    python -m bench.scanner [--pictures FOLDER] [--quick] [--seeds N] [--only PART,PART] [--json FILE] [--docs] [--plot FOLDER]
    python -m bench.scanner --long 10000 [--seed N]

Photographs come from FOLDER, or from the folder that YANMA_PICTURES names; it holds a manifest.json. Without one, that part is
left out. Times are CPU time of one thread, every engine on the same frame before the next; quote the ratios.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import cv2

from bench.reading import goals, hostile, long, photographs, plots, stress, tables
from bench.reading.document import write_tables
from bench.reading.engines import Engines
from bench.report import emit_tables
from firmware.scanner import zbar

PARTS: Final = ("photographs", "stress", "streams", "colours", "hostile", "payloads")
_QUICK_EVERY: Final = 8
_T = TypeVar("_T")


@dataclass
class Findings:
    """Everything that was measured."""

    looks: list[photographs.Look] = field(default_factory=list)
    tries: list[stress.Try] = field(default_factory=list)
    colours: list[stress.Try] = field(default_factory=list)
    costs: list[hostile.Cost] = field(default_factory=list)
    payloads: list[tuple[str, str, bool]] = field(default_factory=list)

    def tables(self) -> list[tables.Table]:
        found = [goals.goal_table(goals.goal_rows(self.looks, self.tries, self.colours, self.costs))]
        found += tables.photograph_tables(self.looks) if self.looks else []
        found += tables.stress_tables(self.tries) if self.tries else []
        found += [tables.colour_table(self.colours)] if self.colours else []
        found += [tables.hostile_table(self.costs)] if self.costs else []
        found += [tables.payload_table(self.payloads)] if self.payloads else []
        return [table for table in found if table.rows]


def measure(parts: Iterable[str], folder: Path | None, *, quick: bool, seeds: int) -> Findings:
    """Run these parts, with a line of progress on stderr for each."""
    found = Findings()
    with Engines() as engines:
        work: dict[str, Callable[[], None]] = {
            "photographs": lambda: found.looks.extend(_photographs(folder, engines, quick)),
            "stress": lambda: found.tries.extend(
                stress.single_frames(engines, seeds, min(1, seeds - 1), 2 if quick else 1)
            ),
            "streams": lambda: found.tries.extend(stress.streams(max(1, seeds // 2), 2 if quick else 1)),
            "colours": lambda: found.colours.extend(stress.coloured(engines, 1 if quick else seeds)),
            "hostile": lambda: found.costs.extend(hostile.costs(engines)),
            "payloads": lambda: found.payloads.extend(hostile.exact_payloads(engines, 10 if quick else 100)),
        }
        for part in parts:
            work[part]()
            print(f"{part}: done", flush=True)
    return found


def _photographs(folder: Path | None, engines: Engines, quick: bool) -> Iterator[photographs.Look]:
    if folder is None:
        print("no folder of photographs: name one with --pictures or YANMA_PICTURES")
        return
    yield from photographs.look_at(photographs.listed(folder, _QUICK_EVERY if quick else 1), engines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="photographs and their manifest.json")
    parser.add_argument("--quick", action="store_true", help="one photograph in eight, every second strength, one seed")
    parser.add_argument("--seeds", type=int, default=4, help="frames of each strength (%(default)s)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, of %(default)s")
    parser.add_argument("--json", metavar="FILE", help="also write the tables to FILE")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/scanner.md")
    parser.add_argument(
        "--plot", type=Path, metavar="FOLDER", help="draw scanner-stress.png and scanner-photographs.png there"
    )
    parser.add_argument(
        "--long", type=int, metavar="FRAMES", help="only the long run: so many frames, wrong texts, memory"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of the long run: another seed shows other frames (%(default)s)"
    )
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.long:
        result = long.run(options.long, options.seed)
        emit_tables("scanner, long run", [("Long run", [asdict(result)])], options.json)
        raise SystemExit(1 if result.wrong else 0)
    if zbar.why_missing():
        raise SystemExit(f"no ratios without the peer: {zbar.why_missing()}")
    parts = options.only.split(",")
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    named = options.pictures or os.environ.get("YANMA_PICTURES")
    found = measure(
        parts, Path(named) if named else None, quick=options.quick, seeds=1 if options.quick else options.seeds
    )
    made = found.tables()
    emit_tables("scanner", [(table.title, table.rows) for table in made], options.json)
    if options.docs:
        write_tables(made, f"{platform.machine()}, Python {platform.python_version()}, one thread")
    if options.plot:
        plots.stress_plot(found.tries, options.plot / "scanner-stress.png")
        if found.looks:
            plots.photograph_plot(found.looks, options.plot / "scanner-photographs.png")


if __name__ == "__main__":
    main()
