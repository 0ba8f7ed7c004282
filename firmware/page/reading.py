"""The status file as the page shows it: read under a cap, old or missing said as such, and turned into lines of a self-test."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MAX_STATUS_BYTES: Final = 64_000
#: The terminal writes every five seconds.
STALE_S: Final = 15.0

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """The status, or None where there is none that can be believed; `age_s` of the file, None without one."""

    status: Fields | None
    age_s: float | None

    @property
    def fresh(self) -> bool:
        return self.status is not None and self.age_s is not None and self.age_s <= STALE_S


def read_status(path: Path, now_s: float | None = None) -> Reading:
    """Never raises: what cannot be read is a terminal that says nothing."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_STATUS_BYTES + 1)
        age_s = max(0.0, (time.time() if now_s is None else now_s) - path.stat().st_mtime)
        status = json.loads(raw) if len(raw) <= MAX_STATUS_BYTES else None
    except (OSError, ValueError, RecursionError):
        return Reading(None, None)
    return Reading(status if isinstance(status, dict) and status.get("version") == 1 else None, age_s)


#: Three answers, as everywhere.
GOOD, BAD, UNKNOWN = "good", "bad", "unknown"
_DAY_S: Final = 86_400.0
_HOT_C: Final = 80.0


def _camera(status: Fields) -> tuple[str, object]:
    age_s = status["frames"]["age_s"]
    return (UNKNOWN if age_s is None else GOOD if age_s < 3 else BAD), age_s


def _service(status: Fields) -> tuple[str, object]:
    return (GOOD if status["fault"] is None else BAD), status["fault"]


def _clock(status: Fields) -> tuple[str, object]:
    level = status["clock"]["level"]
    return (GOOD if level in ("T2", "T3") else BAD if level == "T0" else UNKNOWN), level


def _list(status: Fields) -> tuple[str, object]:
    age_s = status["trust"]["list_age_s"]
    return (UNKNOWN if age_s is None else GOOD if age_s < _DAY_S else BAD), age_s


def _bundle(status: Fields) -> tuple[str, object]:
    return (BAD if status["trust"]["refused"] else GOOD), status["trust"]["version"]


def _display(status: Fields) -> tuple[str, object]:
    return (GOOD if status["display_errors"] == 0 else BAD), status["display_errors"]


def _ledger(status: Fields) -> tuple[str, object]:
    lost = status["ledger"]["dropped"] + status["ledger"]["errors"]
    return (GOOD if lost == 0 else BAD), lost


def _scanner(status: Fields) -> tuple[str, object]:
    return (GOOD if status["scanner_restarts"] == 0 else BAD), status["scanner_restarts"]


def _supply(status: Fields) -> tuple[str, object]:
    weak = status["undervoltage"]
    return (UNKNOWN if weak is None else BAD if weak else GOOD), None


def _heat(status: Fields) -> tuple[str, object]:
    celsius = status["cpu_celsius"]
    return (UNKNOWN if celsius is None else GOOD if celsius < _HOT_C else BAD), celsius


def _commissioned(status: Fields) -> tuple[str, object]:
    record = status["commissioning"]
    if record is None or record["signature"] == UNKNOWN:
        return UNKNOWN, None
    wrong = [line for line in record["lines"] if line["outcome"] == "FAIL" or line["why"] == "not-confirmed"]
    whole = record["signature"] == GOOD and not wrong
    return (GOOD if whole else BAD), record["age_s"]


_CHECKS: Final[dict[str, Callable[[Fields], tuple[str, object]]]] = {
    "service": _service,
    "camera": _camera,
    "scanner": _scanner,
    "clock": _clock,
    "list": _list,
    "bundle": _bundle,
    "display": _display,
    "ledger": _ledger,
    "supply": _supply,
    "heat": _heat,
    "commissioned": _commissioned,
}


def self_test(reading: Reading) -> list[Fields]:
    """One line a check: its name, good, bad or unknown, and the figure that it rests on."""
    lines = []
    for name, check in _CHECKS.items():
        outcome, figure = UNKNOWN, None
        if reading.fresh and reading.status is not None:
            try:
                outcome, figure = check(reading.status)
            except (KeyError, TypeError):  # a status of another version of the terminal
                outcome, figure = UNKNOWN, None
        lines.append({"name": name, "outcome": outcome, "figure": figure})
    return lines
