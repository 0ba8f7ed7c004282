"""What the process with a network hands to the terminal, which has none: small JSON files with stamps of boot and steady clock.

A file of another boot, from the future, or older than an hour says nothing. Whoever writes these files is another user; a reply to
our own nonce (see reply.py) needs no trust in that user.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from firmware.clock import Rank, Sample, boot_id, steady_s, write_whole
from firmware.time_sources.source import Heard

MAX_FILE_BYTES: Final = 4096
MAX_AGE_S: Final = 3600.0
#: A helper that claims to know the time wider than this is no help.
MAX_HALF_S: Final = 16.0


def write_handover(path: Path, fields: dict[str, Any]) -> None:
    """Stamped and whole, readable by the terminal's user. Raises OSError."""
    write_whole(path, json.dumps({"boot_id": boot_id(), **fields}) + "\n", mode=0o644)


def read_handover(path: Path, boot: str) -> dict[str, Any] | None:
    """The fields of a file of this boot; None when there is none, or when it cannot be one."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        fields = json.loads(data) if len(data) <= MAX_FILE_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) and boot and fields.get("boot_id") == boot else None


def stamp(fields: dict[str, Any], name: str) -> float:
    """A finite number of these fields; NaN, which no comparison holds for, when it is none."""
    value = fields.get(name)
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    return number if math.isfinite(number) else math.nan


class HandedSource:
    """What another program of this device knows (chrony, gpsd), as the helper wrote it down.

    `proves` is whether the word "authenticated" in the file makes it proven time: for chrony's NTS, in a file of a user who may ask
    chrony; never for GNSS, which anybody near may imitate.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        proves: bool,
        steady: Callable[[], float] = steady_s,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self.name = name
        self._path = folder / f"{name}.json"
        self._proves = proves
        self._steady = steady
        self._boot = boot

    def poll(self, proven: Sample | None) -> Heard:
        fields = read_handover(self._path, self._boot())
        if fields is None:
            return Heard(None, f"there is no {self._path} of this boot", present=False)
        now_s, at_s = self._steady(), stamp(fields, "steady_s")
        utc_s, half_s = stamp(fields, "utc_s"), stamp(fields, "half_width_s")
        if not now_s - MAX_AGE_S <= at_s <= now_s:
            return Heard(None, f"{self._path} is more than an hour old")
        if not (utc_s >= 0 and 0 <= half_s <= MAX_HALF_S):
            return Heard(None, str(fields.get("why", f"{self._path} holds no time"))[:80])
        rank = Rank.PROVEN if self._proves and fields.get("authenticated") is True else Rank.HEARD
        sample = Sample.around(self.name, rank, utc_s, half_s, at_s)
        return Heard(
            sample, f"within {half_s:.2f} s, {'authenticated' if rank is Rank.PROVEN else 'not authenticated'}"
        )
