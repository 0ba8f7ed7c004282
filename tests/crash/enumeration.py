"""Record an act, go through every state that a power cut in it may leave, and check each."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.acts import WRITE_PATHS
from tests.crash.model import Disk, State, put_on_disk
from tests.crash.trace import record

SEED = 20261122
MEMORY = Path("/dev/shm")


@dataclass
class Result:
    """What an enumeration went through. `bad` holds what was wrong with a state, in words."""

    calls: int = 0
    cuts: int = 0
    states: int = 0
    bad: list[str] = field(default_factory=list)


def enumerate_cuts(
    name: str, scratch: Path, *, mutant: str = "", most_states: int | None = None, until_bad: bool = False
) -> Result:
    """All states of this act, or a seeded sample of them when there are more than `most_states`."""
    path, result = WRITE_PATHS[name], Result()
    work, trial = scratch / "work", scratch / "trial"
    work.mkdir()
    path.before(work)
    disk = Disk(work)
    calls = record(["-m", "tests.crash.acts", name, str(work), *([mutant] if mutant else [])], scratch / "trace")
    states: dict[State, tuple[str, ...]] = {}
    luck = random.Random(SEED)
    states.update(_now(disk, luck))
    for call in calls:
        if disk.do(call):
            result.calls += 1
            states.update(_now(disk, luck))  # a state that comes again: only the later, stricter expectation counts
    result.cuts = result.calls + 1
    chosen = list(states.items())
    luck.shuffle(chosen)
    for state, said in chosen[:most_states]:
        result.states += 1
        trial.mkdir()
        try:
            put_on_disk(state, trial)
            path.after(trial, said)
        except Exception as error:  # noqa: BLE001 - whatever it is, this state was not survived
            result.bad.append(f"after {said}: {type(error).__name__}: {error}"[:300])
            if until_bad:
                break
        finally:
            shutil.rmtree(trial)
    return result


def quick_place() -> Path | None:
    """A folder in memory; None where there is none: the system's own place for such files."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None


def _now(disk: Disk, luck: random.Random) -> Iterator[tuple[State, tuple[str, ...]]]:
    said = tuple(disk.said)
    for state in disk.states(luck):
        yield state, said
