"""Writes the two files every five seconds. A folder that cannot be written never disturbs the terminal."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware.model import ScannerEvent
from firmware.ports import Eyes, Told
from firmware.state import State
from firmware.vitals.exposition import exposition, metrics
from firmware.vitals.tally import Fields, Health, Tally, status

EACH_S: Final = 5.0
STATUS: Final = "status.json"
METRICS: Final = "yanma.prom"
#: Others than the terminal's user may read them: there is nothing personal in them.
_MODE: Final = 0o644

_log = logging.getLogger("yanma")


class Reporter:
    """A listener that also looks at the state once a turn."""

    def __init__(self, folder: Path, tally: Tally, health: Callable[[], Health], each_s: float = EACH_S) -> None:
        self._folder = folder
        self._tally = tally
        self._health = health
        self._each_s = each_s
        self._due_s: float | None = None
        self._troubles: set[str] = set()

    def verdict(self, told: Told) -> None:
        self._tally.verdict(told)

    def event(self, name: str, fields: Fields) -> None:
        self._tally.event(name)

    def turn(self, state: State, now_s: float) -> None:
        """Write when it is time."""
        if self._due_s is not None and now_s < self._due_s:
            return
        self._due_s = now_s + self._each_s
        health = self._health()
        text = json.dumps(status(state, self._tally, health, now_s), ensure_ascii=False, indent=1)
        self._write(STATUS, text + "\n")
        self._write(METRICS, exposition(metrics(state, self._tally, health, now_s)))

    def close(self) -> None:
        """A status that nobody renews would be taken for a terminal that is well."""
        for name in (STATUS, METRICS):
            try:
                (self._folder / name).unlink(missing_ok=True)
            except OSError:
                return  # it lies in the runtime folder, which ends with the service

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all. Not synced: the folder is in memory, and five seconds later all is written again."""
        temporary = self._folder / f".{name}.new"
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.chmod(_MODE)
            temporary.replace(self._folder / name)
        except OSError as error:
            trouble = f"{name} cannot be written: {error.strerror}"
            if trouble not in self._troubles:  # once, not every five seconds
                _log.warning("%s", trouble)
            self._troubles.add(trouble)


class CountedEyes:
    """Eyes whose events are counted on their way to the loop."""

    def __init__(self, eyes: Eyes, tally: Tally) -> None:
        self._eyes = eyes
        self._tally = tally

    def start(self) -> None:
        self._eyes.start()

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        events = self._eyes.events(timeout_s)
        self._tally.scanned(events)
        return events

    def close(self) -> None:
        self._eyes.close()


def board_health(root: Path = Path("/sys/class")) -> tuple[float | None, bool | None]:
    """(temperature of the processor, whether the supply is too weak now), each None where the board does not say."""
    celsius = _read(root / "thermal/thermal_zone0/temp")
    return (None if celsius is None else celsius / 1000, _undervoltage(root))


def _undervoltage(root: Path) -> bool | None:
    for name in sorted(root.glob("hwmon/hwmon*/name")):
        if name.read_text(encoding="ascii", errors="replace").strip() == "rpi_volt":
            alarm = _read(name.parent / "in0_lcrit_alarm")
            return None if alarm is None else alarm != 0
    return None


def _read(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
