"""What a check gives, and what it may look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.clock import FloorFile, Host, LinuxHost, SystemClock
from firmware.config import Config, Loaded
from firmware.time_sources.fitting import terminal_sources, wanted
from firmware.time_sources.source import TimeSource

if TYPE_CHECKING:
    from firmware.display.panel import Panel, PanelSpec


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor. `remedy` is empty when there is nothing to do."""

    state: State
    evidence: str
    remedy: str = ""


def ok(evidence: str) -> Finding:
    return Finding(State.OK, evidence)


def skip(evidence: str) -> Finding:
    return Finding(State.SKIP, evidence)


def warn(evidence: str, remedy: str) -> Finding:
    return Finding(State.WARN, evidence, remedy)


def fail(evidence: str, remedy: str) -> Finding:
    return Finding(State.FAIL, evidence, remedy)


def installed_version(package: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def open_panel(spec: PanelSpec) -> Panel:
    from firmware.display import panel

    return panel.open_panel(spec)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks may look at. Tests hand in another root, other variables and other versions."""

    loaded: Loaded
    root: Path = Path("/")
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    version_of: Callable[[str], str | None] = installed_version
    free_bytes: Callable[[Path], int] = free_bytes
    open_panel: Callable[[PanelSpec], Panel] = open_panel
    host: Host = field(default_factory=LinuxHost)
    time_sources: Sequence[TimeSource] = ()  # none: those of the configuration

    @property
    def config(self) -> Config:
        return self.loaded.config

    def clock(self) -> SystemClock:
        """The clock as `yanma run` would make it, with what a chip and a helper say now; no question is asked anew."""
        system = SystemClock(
            self.host,
            FloorFile(Path(self.config.clock.floor)),
            trust_system=self.config.trusts_system_clock,
            heard_alone=self.config.believes_heard_alone,
        )
        for name in wanted(self.config):
            heard = None if name == "reply" else self.time_source(name).poll(None)
            if heard is not None and heard.sample is not None:
                system.offer(heard.sample)
        return system

    def time_source(self, name: str) -> TimeSource:
        """The source of this name, as the terminal has it."""
        sources = self.time_sources or terminal_sources(self.config, dict)
        return next(source for source in sources if source.name == name)

    def text(self, path: str) -> str | None:
        """A small file below the root (of /proc or /sys), or None when this machine has none."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip("\x00\n ")
        except OSError:
            return None
