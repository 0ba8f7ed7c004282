"""What chronyd knows, asked through chronyc: heard time, or proven time when every source that it follows speaks NTS.

Runs in the process with a network (`yanma time --keep`), as a user whom chronyd answers: the terminal's sandbox reaches neither its
socket nor its port. chronyc(1) gives the bound: |error| <= |system time offset| + root dispersion + root delay / 2.
"""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware.clock import Rank, Sample, steady_s
from firmware.time_sources.source import Heard

ASK_S: Final = 2.0
_CHRONYC: Final = ("chronyc", "-c", "-n")
#: Fields of the comma separated reports, counted from nought.
_OFFSET, _ROOT_DELAY, _ROOT_DISPERSION, _LEAP = 4, 10, 11, 13
_STATE, _ADDRESS = 1, 2
_AUTH_ADDRESS, _AUTH_MODE = 0, 1
_FOLLOWED: Final = frozenset("*+")
#: A bound that is smaller than what reading two clocks one after the other costs is a boast.
MIN_HALF_S: Final = 0.005

Ask = Callable[[str], str]


class ChronyError(OSError):
    """chronyc is not there, may not ask, or says something else than its manual."""


@dataclass(frozen=True, slots=True)
class ChronyState:
    """The bound on the system clock's error, and whether all that chronyd follows is authenticated."""

    half_width_s: float
    authenticated: bool


def ask_chronyc(report: str) -> str:
    """One report as comma separated values. Raises ChronyError."""
    try:
        done = subprocess.run([*_CHRONYC, report], capture_output=True, text=True, timeout=ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChronyError(f"chronyc cannot be asked: {type(error).__name__}") from error
    if done.returncode:
        raise ChronyError(f"chronyc {report}: {(done.stdout or done.stderr).strip()[:80]}")
    return done.stdout


def read_state(ask: Ask = ask_chronyc) -> ChronyState | None:
    """None when chronyd is not synchronised. Raises ChronyError."""
    tracking = ask("tracking").strip().split(",")
    try:
        if tracking[_LEAP] == "Not synchronised":
            return None
        parts = (tracking[_OFFSET], tracking[_ROOT_DISPERSION], tracking[_ROOT_DELAY])
        offset_s, dispersion_s, delay_s = (abs(float(part)) for part in parts)
    except (IndexError, ValueError):
        raise ChronyError("chronyc tracking: not the report that its manual describes") from None
    half_s = offset_s + dispersion_s + delay_s / 2
    if not math.isfinite(half_s):
        return None
    return ChronyState(max(half_s, MIN_HALF_S), _all_authenticated(ask("sources"), ask("authdata")))


def _all_authenticated(sources: str, authdata: str) -> bool:
    """Whether every source that is selected or combined speaks NTS. A reference clock (GNSS) is none of those."""
    rows = [line.split(",") for line in sources.splitlines()]
    followed = {row[_ADDRESS] for row in rows if len(row) > _ADDRESS and row[_STATE] in _FOLLOWED}
    auth = [line.split(",") for line in authdata.splitlines()]
    secure = {row[_AUTH_ADDRESS] for row in auth if len(row) > _AUTH_MODE and row[_AUTH_MODE] == "NTS"}
    return bool(followed) and followed <= secure


class ChronySource:
    """The system clock, as good as chronyd says it is."""

    name = "chrony"

    def __init__(self, ask: Ask = ask_chronyc) -> None:
        self._ask = ask

    def poll(self, proven: Sample | None) -> Heard:
        try:
            state = read_state(self._ask)
        except ChronyError as error:
            return Heard(None, str(error), present=False)
        if state is None:
            return Heard(None, "chronyd is not synchronised")
        before_s, wall_s, after_s = steady_s(), time.time(), steady_s()
        half_s = state.half_width_s + (after_s - before_s)
        rank = Rank.PROVEN if state.authenticated else Rank.HEARD
        how = "NTS" if state.authenticated else "not authenticated"
        return Heard(Sample.around(self.name, rank, wall_s, half_s, after_s), f"within {half_s:.3f} s, {how}")
