"""Real processes, killed at random instants, again and again: what they had acknowledged is there, and nothing is torn.

A forked child works in a loop and says what it was acknowledged; it is killed, its folder is checked, the next child goes on
from there. SIGKILL loses nothing that the kernel has: this finds what is torn between two calls, the enumeration the rest.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from firmware.clock import FloorFile
from firmware.ledger.store import LedgerStore
from firmware.ledger.writer import LedgerWriter
from firmware.sync.blobs import Store
from firmware.sync.install import install
from firmware.sync.store import load_trust
from tests.crash.acts import entry, nothing, save_floor
from tests.crash.told import say
from tests.crash.trace import ROOT
from tests.sync.bundles import ENVIRONMENT, world, write_anchors, write_bundle
from tests.world import NOW

#: A child is killed this long after its first word, at most.
LONGEST_LIFE_S = 0.4
START_S = NOW - 10**7


@dataclass
class Kills:
    """What a loop went through. `done` is the last thing that was acknowledged."""

    cuts: int = 0
    done: int = 0
    bad: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Loop:
    """`work` never ends by itself; `check` gives how far the folder is, and raises where it is torn."""

    before: Callable[[Path], None]
    work: Callable[[Path], None]
    check: Callable[[Path], int]


def write_stick(folder: Path, version: int) -> Path:
    return write_bundle(folder / "stick", world(version, START_S + version), (11, 12))


def bring_first(folder: Path) -> None:
    write_anchors(folder / "keys")
    install(write_stick(folder, 1), folder / "trust", folder / "keys", ENVIRONMENT)


def bring_versions(folder: Path) -> None:
    first = load_trust(folder / "trust", folder / "keys", ENVIRONMENT).version
    say(first)
    for version in count(first + 1):
        install(write_stick(folder, version), folder / "trust", folder / "keys", ENVIRONMENT)
        say(version)


def version_of(folder: Path) -> int:
    """The version a terminal finds, whole; and that the next writer leaves it so, or finishes the one after it."""
    seen = whole_version(folder)
    with Store.open(folder / "trust") as store:
        current = store.current()
        assert current is not None
        assert not store.repairs
        assert not store.lacking()
        floor = store.floors()["demo/trust"]
    found = whole_version(folder)
    assert seen <= found == floor, (seen, found, floor)
    assert len(list((folder / "trust" / "generations").iterdir())) <= 2
    assert len(list((folder / "trust" / "blobs").iterdir())) <= 8
    return seen


def whole_version(folder: Path) -> int:
    view = load_trust(folder / "trust", folder / "keys", ENVIRONMENT)
    issued = START_S + view.version
    assert sorted((entry.number, entry.issued_s) for entry in view.newest_lists) == [(11, issued), (12, issued)]
    return view.version


def write_records(folder: Path) -> None:
    """The writer as the terminal has it: a thread and a queue; what it counts as written is acknowledged."""
    with LedgerStore(folder / "ledger") as ledger:
        before = ledger.count()
    writer = LedgerWriter.in_folder(folder / "ledger", retention_days=36500)
    say(before)
    for number in count(before):
        writer.record(entry(number), float(NOW + number))
        while writer.counts().written <= number - before:
            assert writer.counts().errors == 0
            time.sleep(0.0005)
        say(number + 1)


def records_of(folder: Path) -> int:
    with LedgerStore(folder / "ledger") as ledger:
        records = list(ledger.records())
        assert [record.sequence for record in records] == list(range(1, len(records) + 1))
        assert ledger.verify(ledger.key.note_key) == len(records)
        assert len({record.credential for record in records}) <= 1
        return len(records)


def raise_floors(folder: Path) -> None:
    floor = FloorFile(folder / "clock-floor")
    first = int(floor.load() or 0)
    say(first)
    for value in count(first + 1):
        floor.save(value)
        say(value)


def floor_of(folder: Path) -> int:
    found = FloorFile(folder / "clock-floor").load()
    assert found is not None
    return int(found)


LOOPS = {
    "sync": Loop(bring_first, bring_versions, version_of),
    "ledger": Loop(nothing, write_records, records_of),
    "clock-floor": Loop(save_floor, raise_floors, floor_of),
}


def kill_loop(name: str, folder: Path, cuts: int, luck: random.Random) -> Kills:
    """So many children, each killed at a random instant of its life, and the folder checked after each."""
    loop, result = LOOPS[name], Kills()
    loop.before(folder)
    for _ in range(cuts):
        said = _one_life(loop.work, folder, luck.random() * LONGEST_LIFE_S)
        result.cuts += 1
        result.done = max([result.done, *said])
        _judge(loop, folder, result)
    return result


def kill_syncs(folder: Path, cuts: int, luck: random.Random) -> Kills:
    """The same with `yanma sync` as systemd starts it, killed anywhere between its start and its end."""
    result, loop = Kills(), LOOPS["sync"]
    bring_first(folder)
    write_anchors(folder / "trust" / "anchors")
    write_stick(folder, 2)
    began_s = time.monotonic()
    words = [
        sys.executable,
        "-m",
        "firmware",
        "sync",
        "--from",
        str(folder / "stick"),
        "--trust",
        str(folder / "trust"),
    ]
    words += ["--environment", "demo"]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    whole_s = time.monotonic() - began_s
    result.done = 2
    for version in range(3, cuts + 3):
        write_stick(folder, version)
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            try:
                out, _ = child.communicate(timeout=luck.uniform(0.3, 1.1) * whole_s)
            except subprocess.TimeoutExpired:
                child.kill()
                out, _ = child.communicate()
        result.cuts += 1
        if out.startswith(b"installed: "):
            result.done = version
        _judge(loop, folder, result)
    return result


def _judge(loop: Loop, folder: Path, result: Kills) -> None:
    try:
        found = loop.check(folder)
        assert found >= result.done, f"{result.done} was acknowledged, {found} is there"
    except Exception as error:  # noqa: BLE001 - whatever it is, this cut was not survived
        result.bad.append(f"cut {result.cuts}: {type(error).__name__}: {error}"[:300])


def _one_life(work: Callable[[Path], None], folder: Path, life_s: float) -> list[int]:
    """Fork, let it work for this long after its first word, kill it; what it said it was acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.close(reading)
        try:
            work(folder)
        finally:
            os._exit(1)  # never back into the tests
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        first = said.readline()
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return [int(word) for word in (first + said.read()).split(b"\n")[:-1]]
