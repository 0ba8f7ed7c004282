"""The folder of urgent items: one signed file each, kept through restarts, read by the terminal at every load.

It needs no generation and no floor: each item stands for itself, ends by itself, and says when it was made. Whatever lies
there is verified again by whoever reads it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from firmware.sync.disk import REAL_DISK, Disk, make_folders
from firmware.verify.trust import Anchor, TrustView, UntrustedError
from firmware.verify.urgent import MAX_ITEM_BYTES, MAX_ITEMS, Item, believe_item

SUFFIX: Final = ".cwt"
_DRAFT: Final = ".new"


class Taken(StrEnum):
    """What became of an item that somebody brought."""

    NEW = "new"
    KNOWN = "known"
    OVER = "over"
    REFUSED = "refused"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Answer:
    what: Taken
    why: str = ""


class UrgentFolder:
    """The items of one folder. `take` is the writer's, `read` is anybody's."""

    def __init__(self, folder: Path, disk: Disk = REAL_DISK) -> None:
        self._folder = folder
        self._disk = disk

    def read(self) -> list[bytes]:
        """All items, unverified; none where there is no folder. What cannot be read is left out: the others still count."""
        found = []
        for path in self._paths()[:MAX_ITEMS]:
            try:
                with path.open("rb") as file:
                    found.append(file.read(MAX_ITEM_BYTES + 1))
            except OSError:
                continue
        return found

    def take(self, data: bytes, view: TrustView, anchors: Iterable[Anchor], now_s: float) -> Answer:
        """Verify an item and keep it, durably. `now_s` is a time that has certainly been reached. Raises OSError."""
        try:
            item = believe_item(data, anchors, view.keys)
        except UntrustedError as error:
            return Answer(Taken.REFUSED, str(error))
        if item.expires_s < now_s:
            return Answer(Taken.OVER)
        path = self._folder / f"{_name(item)}{SUFFIX}"
        if path.is_file():
            return Answer(Taken.KNOWN)
        self._prune(view, anchors, now_s)
        if len(self._paths()) >= MAX_ITEMS:
            return Answer(Taken.FULL, f"{MAX_ITEMS} items are kept already")
        self._keep(path, data)
        return Answer(Taken.NEW)

    def _keep(self, path: Path, data: bytes) -> None:
        make_folders(self._folder, self._disk)
        draft = path.with_suffix(_DRAFT)
        if draft.exists():  # of an earlier power cut
            self._disk.remove(draft)
        self._disk.write(draft, (data,))
        self._disk.sync(draft)
        self._disk.rename(draft, path)
        self._disk.sync(self._folder)

    def _prune(self, view: TrustView, anchors: Iterable[Anchor], now_s: float) -> None:
        """Remove what is certainly over, and what nobody believes any more."""
        for path in self._paths():
            try:
                over = believe_item(path.read_bytes(), anchors, view.keys).expires_s < now_s
            except UntrustedError:
                over = True
            if over:
                self._disk.remove(path)

    def _paths(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        with os.scandir(self._folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.name.endswith(SUFFIX))


def _name(item: Item) -> str:
    return f"{item.issued_s:012d}-{item.id.hex()}"
