"""A fleet on loopback: `python -m bench.fleet [--terminals 1000] [--json FILE]`, with a real nginx and the product's configuration.

Every terminal is a whole client (its own metadata, floors and bundle, kept in memory; the bundle in a folder), and all of them
are played in one process by a few threads. Bytes are nginx's own count, with headers. The time is that of this machine's
processors, which play all the terminals and the server at once: it says what a server must bear, not how long a terminal waits.
"""

from __future__ import annotations

import argparse
import copy
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.publisher import DAY_S, Press
from bench.report import Row, emit_tables
from bench.servers import Served, find, nginx
from firmware.model import Moment
from firmware.sync.disk import RealDisk
from firmware.sync.fetch import Limits
from firmware.sync.judged import Judged
from firmware.sync.keeping import MemoryKeeper
from firmware.sync.rounds import Fetched, Round, one_round
from firmware.sync.web import Remembered, WebSource

THREADS: Final = 8
FLEET: Final = 100_000
PERIOD_S: Final = 900
_ROUND_S: Final = 300.0


class PlayedDisk(RealDisk):
    """Files without their fsync: a thousand terminals have a thousand cards, and this machine has one."""

    def sync(self, path: Path) -> None:
        return


@dataclass
class Post:
    """One terminal of the fleet."""

    folder: Path
    root: bytes
    keeper: MemoryKeeper = field(default_factory=MemoryKeeper)
    remembered: dict[str, Remembered] = field(default_factory=dict)

    def copy(self, folder: Path) -> Post:
        """Another terminal that has come as far as this one."""
        return Post(folder, self.root, copy.deepcopy(self.keeper), dict(self.remembered))

    @property
    def bundle_hash(self) -> str:
        """What lies ready for the installation."""
        return (self.folder / "incoming/current").readlink().name

    def visit(self, url: str, now_s: int) -> Fetched:
        """One round against this server. Raises SyncError."""
        judged = Judged(Moment.exactly(now_s, 2.0))
        work = Round(
            self.root, self.keeper, self.folder / "parts", self.folder / "incoming", judged, _silent, PlayedDisk()
        )
        web = WebSource(url, Limits(), ends_s=time.monotonic() + _ROUND_S, pause=lambda _failed: None)
        web.remembered = self.remembered
        return one_round(work, [web])


@dataclass(frozen=True)
class Figures:
    """What one phase cost: a terminal's share of requests and bytes (both ways, with headers), and the time of all."""

    name: str
    terminals: int
    requests: float
    down_bytes: float
    body_bytes: float
    up_bytes: float
    seconds: float

    def row(self) -> Row:
        return {
            "phase": self.name,
            "requests": round(self.requests, 2),
            "body": round(self.body_bytes),
            "down": round(self.down_bytes),
            "up": round(self.up_bytes),
            "all s": round(self.seconds, 1),
            "ms each": round(1000 * self.seconds / self.terminals, 1),
        }


def play(posts: Sequence[Post], served: Served, now_s: int, name: str, threads: int = THREADS) -> Figures:
    """Every post makes one visit; what they cost together, by the server's own log."""
    before = len(served.costs())
    began_s = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda post: post.visit(served.url, now_s), posts):
            pass
    seconds = time.perf_counter() - began_s
    costs, count = served.costs()[before:], len(posts)
    return Figures(
        name,
        count,
        len(costs) / count,
        sum(cost.sent for cost in costs) / count,
        sum(cost.body for cost in costs) / count,
        sum(cost.received for cost in costs) / count,
        seconds,
    )


def phases(press: Press, served: Served, posts: Sequence[Post], threads: int = THREADS) -> list[Figures]:
    """First load, nothing new, a timestamp signed anew, and a day's new lists, one after the other."""
    press.publish(0)
    found = [play(posts, served, press.now_s, "first load", threads)]
    found.append(play(posts, served, press.now_s + 60, "nothing new", threads))
    press.publish(PERIOD_S)
    found.append(play(posts, served, press.now_s, "new timestamp", threads))
    press.publish(DAY_S, changed=True)
    found.append(play(posts, served, press.now_s, "a day's lists", threads))
    return found


def on_paper(figures: Sequence[Figures]) -> list[Row]:
    """The same for 100,000 terminals that poll each 15 minutes, evenly spread."""
    poll = next(found for found in figures if found.name == "new timestamp")
    day = next(found for found in figures if found.name == "a day's lists")
    polls_a_day = DAY_S // PERIOD_S
    rate = FLEET / PERIOD_S
    daily = poll.down_bytes * polls_a_day + day.down_bytes
    return [
        {"100,000 terminals, each 15 min": "requests a second", "figure": round(poll.requests * rate, 1)},
        {"100,000 terminals, each 15 min": "kB a second of polls", "figure": round(poll.down_bytes * rate / 1000, 1)},
        {"100,000 terminals, each 15 min": "GB a day, with new lists once", "figure": round(daily * FLEET / 1e9, 1)},
        {"100,000 terminals, each 15 min": "kB a day and terminal", "figure": round(daily / 1000, 1)},
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A fleet of terminals on loopback, with a real nginx.")
    parser.add_argument("--terminals", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    program = find("nginx")
    if program is None:
        print("no nginx on this machine: scripts/test-servers.sh brings one", file=sys.stderr)
        return 1
    with TemporaryDirectory() as name:
        folder = Path(name)
        press = Press(folder / "press")
        press.publish(0)
        posts = [Post(folder / f"post-{number}", press.root) for number in range(options.terminals)]
        with nginx(press.www, folder, program) as served:
            figures = phases(press, served, posts)
            asked = len(served.costs())
    server = resource.getrusage(resource.RUSAGE_CHILDREN)
    server_us = 1e6 * (server.ru_utime + server.ru_stime) / asked
    tables = [
        (
            f"{options.terminals} terminals, {THREADS} at once: each one's share (bytes)",
            [found.row() for found in figures],
        ),
        (f"on paper (nginx took {server_us:.0f} us of one processor a request here)", on_paper(figures)),
    ]
    emit_tables("fleet", tables, options.json)
    return 0


def _silent(_name: str, _got: int, _length: int) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    sys.exit(main())
