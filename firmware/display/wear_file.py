"""The wear map on disk: read at the start, written each hour and at the end by a thread of its own. Never a reason to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from firmware.clock.floor import write_whole
from firmware.display.wear import FILE_BYTES, WearError, WearMap

WEAR_FILE: Final = "panel-wear"
#: The displays that age by what they show.
AGEING: Final = frozenset({"ssd1306", "sh1106", "ssd1309", "ssd1322"})
KEEP_EACH_S: Final = 3600.0
#: Whoever runs the doctor may read it: there is nothing personal in hours.
_MODE: Final = 0o644

_log = logging.getLogger("yanma")


def read_wear(path: Path) -> WearMap:
    """Raises WearError for a file that holds no whole map, OSError where it cannot be read."""
    with path.open("rb") as file:
        return WearMap.from_bytes(file.read(FILE_BYTES + 1))


def load_wear(path: Path) -> WearMap:
    """The map of the last run; a new one where there is none, or none that can be used, which is told in the log."""
    try:
        return read_wear(path)
    except FileNotFoundError:
        _log.info("display wear: no map at %s yet, a new one begins", path)
    except (OSError, WearError) as error:
        _log.warning("display wear: %s cannot be used (%s), a new map begins", path, error)
    return WearMap()


class WearKeeper:
    """Writes the map seldom: at most the last hour is lost. `path` None: nowhere."""

    def __init__(self, path: Path | None, settled: Callable[[], WearMap]) -> None:
        self._path = path
        self._settled = settled
        self._due_s: float | None = None
        self._failed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wear")

    def turn(self, now_s: float) -> None:
        """Have the map written when it is time. Never waits for the disk."""
        if self._due_s is None:
            self._due_s = now_s + KEEP_EACH_S
        elif now_s >= self._due_s:
            self._due_s = now_s + KEEP_EACH_S
            self._submit()

    def close(self) -> None:
        """Write it a last time."""
        self._submit()
        self._thread.shutdown()

    def _submit(self) -> None:
        if self._path is not None:
            self._thread.submit(self._write, self._path, self._settled().to_bytes())

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content, _MODE)
        except OSError as error:
            if not self._failed:  # once, not every hour
                _log.warning("display wear: %s is not kept: %s", path, error.strerror)
            self._failed = True
