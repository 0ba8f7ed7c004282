"""One process at a time in a folder: lanes of one device share its ledger. The kernel lets go of a lock whose process dies.

SQLite keeps its own file in order; this is for what lies around it: keys that are made once, the switch to a write-ahead
log (for which SQLite does not wait), and housekeeping.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

#: Longer than anything that is done under a lock; a lane that stands still is the watchdog's business.
WAIT_S: Final = 2.0
_LOOK_EACH_S: Final = 0.005


@contextmanager
def locked(folder: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Alone in this folder. TimeoutError (an OSError) when another process does not leave it within `wait_s`."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take(handle, folder, time.monotonic() + wait_s)
        yield
    finally:
        os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether no other process is in this folder; if so, none comes in meanwhile. Never waits. May raise OSError."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder, 0.0))
        except TimeoutError:
            is_alone = False
        else:
            is_alone = True
        yield is_alone


def _take(handle: int, folder: Path, until_s: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                raise TimeoutError(f"another process holds {folder}") from None
            time.sleep(_LOOK_EACH_S)
        else:
            return
