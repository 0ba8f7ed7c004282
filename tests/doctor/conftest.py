"""A machine for the doctor whose every part a test can break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.clock import Reading
from firmware.config import Flag, load_config
from firmware.doctor.finding import Machine

NOW_S = 1_800_000_000.0


class Board:
    """A host whose clock is synchronised."""

    def __init__(self, kernel_error_s: float | None = 0.01, wall_s: float = NOW_S) -> None:
        self._reading = Reading(wall_s, 100.0, kernel_error_s)

    def read(self) -> Reading:
        return self._reading


Make = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path) -> Make:
    """make(settings={"panel.driver": "none"}, root=..., ...): a machine with these settings, its root an empty folder."""

    def make(settings: dict[str, str] | None = None, **parts: object) -> Machine:
        own = {"ledger.folder": str(tmp_path / "ledger"), "clock.floor": str(tmp_path / "floor")} | (settings or {})
        flags = [Flag(key, word, f"--set {key}={word}") for key, word in own.items()]
        loaded = load_config(etc=Path("/nonexistent"), flags=flags)
        (tmp_path / "root").mkdir(exist_ok=True)
        bare = Machine(loaded, root=tmp_path / "root", environ={}, host=Board())
        return replace(bare, **parts)  # type: ignore[arg-type]

    return make


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
