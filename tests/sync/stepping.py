"""A real disk that asks before each step whether it still works: what power cuts and failing cards are played on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from firmware.sync.disk import RealDisk


class SteppingDisk(RealDisk, ABC):
    """Each step of the port calls `step` first, which may raise."""

    @abstractmethod
    def step(self) -> None: ...

    def make_folder(self, path: Path) -> None:
        self.step()
        super().make_folder(path)

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        self.step()
        super().write(path, parts)

    def link(self, path: Path, target: str) -> None:
        self.step()
        super().link(path, target)

    def rename(self, old: Path, new: Path) -> None:
        self.step()
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        self.step()
        super().remove(path)

    def remove_folder(self, path: Path) -> None:
        self.step()
        super().remove_folder(path)

    def sync(self, path: Path) -> None:
        self.step()
        super().sync(path)
