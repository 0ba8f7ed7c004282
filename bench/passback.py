"""What anti-passback costs a verdict: one process's book beside a book that lanes share, both full, in one run.

    python -m bench.passback [--json FILE] [--rounds 200]

The shared book reads the other lanes' files at each look, and writes its own whole at each passage. Quote ratios, not times.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from bench.report import Row, emit
from firmware.gate.passback import MOST_PASSAGES, Direction, MemoryBook, Passage, PassageBook
from firmware.lanes.zone import ZoneBook

DAY_S = 86_400.0


def filled(book: PassageBook) -> None:
    for number in range(MOST_PASSAGES):
        drive(book, number)


def shared(folder: Path, lanes: int) -> ZoneBook:
    """The book of the first lane; so many others are as full as it."""
    books = [ZoneBook(folder, f"lane-{number}", DAY_S) for number in range(lanes)]
    for book in books:
        filled(book)
    return books[0]


def micros(act: Callable[[int], object], rounds: int) -> float:
    taken = []
    for number in range(rounds):
        started = time.perf_counter()
        act(number)
        taken.append(time.perf_counter() - started)
    return median(taken) * 1e6


def look(book: PassageBook, number: int) -> object:
    return book.of(f"京B{number:05d}", 0.0)


def drive(book: PassageBook, number: int) -> None:
    book.add(Passage(book.mark(f"京C{number:05d}"), "lane", Direction.IN, 0.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--rounds", type=int, default=200, help="%(default)s by default")
    options = parser.parse_args()
    memory = MemoryBook()
    filled(memory)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        books: list[tuple[str, PassageBook]] = [("one process", memory)]
        books += [(f"{lanes} lanes", shared(Path(folder) / str(lanes), lanes)) for lanes in (2, 4)]
        rows: list[Row] = []
        for name, book in books:
            look_us, drive_us = (micros(partial(act, book), options.rounds) for act in (look, drive))
            first_us = float(rows[0]["look us"]) if rows else look_us
            ratio = round(look_us / first_us, 1)
            rows.append({"book": name, "look us": round(look_us), "ratio": ratio, "passage us": round(drive_us)})
    emit("passback", rows, options.json)


if __name__ == "__main__":
    main()
