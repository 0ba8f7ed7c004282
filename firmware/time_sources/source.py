"""What every source of time is: asked now and then, it gives a sample or says why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from firmware.clock import Sample


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source said. `present` is whether its device or peer answered at all; `anew` voids what it said before."""

    sample: Sample | None
    why: str
    present: bool = True
    anew: bool = False


class TimeSource(Protocol):
    """`poll` never raises for what the outside does: a fault is a Heard without a sample."""

    @property
    def name(self) -> str: ...

    def poll(self, proven: Sample | None) -> Heard: ...
