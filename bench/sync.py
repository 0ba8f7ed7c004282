"""What a sync costs on the wire: `python -m bench.sync [--json FILE]`.

Requests and bytes of one terminal for the first load, for nothing new (the server's mark still fits), for a timestamp that was
signed anew, and for a day's new lists; with a real nginx, as it counts them. Goals: a poll with nothing new in at most 2
requests and 1 kB of bodies.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.fleet import Figures, Post, phases
from bench.publisher import Press
from bench.report import Row, emit_tables
from bench.servers import find, nginx

#: Name -> (status lists, documents in each, documents in a register); 1 % are marked, 0.01 % of a register change a day.
WORLDS: Final = {
    "demo: 1 list of 4,096": (1, 1 << 12, 0),
    "city: 8 lists of 131,072": (8, 1 << 17, 0),
    "pilot: a register of 42 million": (1, 1 << 12, 42_000_000),
}
NATION: Final = {"nation: a register of 1,000 million": (1, 1 << 12, 1_000_000_000)}
MAX_REQUESTS: Final = 2
MAX_BODY_BYTES: Final = 1000
_QUIET: Final = ("nothing new", "new timestamp")


def measure(program: str, lists: int, entries: int, documents: int) -> list[Figures]:
    """The phases of one terminal against one nginx."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        press = Press(folder / "press", lists, entries, documents)
        press.publish(0)
        with nginx(press.www, folder, program) as served:
            return phases(press, served, [Post(folder / "post", press.root)], threads=1)


def reached(figures: Sequence[Figures]) -> bool:
    """Whether a poll with nothing new is as small as it must be."""
    quiet = [found for found in figures if found.name in _QUIET]
    return all(found.requests <= MAX_REQUESTS and found.body_bytes <= MAX_BODY_BYTES for found in quiet)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Requests and bytes of a sync.")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file, too")
    parser.add_argument(
        "--nation", action="store_true", help="the national register instead (about 2 minutes, 1 GB of memory)"
    )
    options = parser.parse_args(arguments)
    program = find("nginx")
    if program is None:
        print("no nginx on this machine: scripts/test-servers.sh brings one", file=sys.stderr)
        return 1
    tables: list[tuple[str, list[Row]]] = []
    good = True
    for name, world in (NATION if options.nation else WORLDS).items():
        figures = measure(program, *world)
        good = good and reached(figures)
        tables.append((f"{name}: bytes of bodies, down and up with headers", [found.row() for found in figures]))
    emit_tables("sync", tables, options.json)
    print(
        f"\ngoal: nothing new <= {MAX_REQUESTS} requests, <= {MAX_BODY_BYTES} bytes of bodies: {'reached' if good else 'missed'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
