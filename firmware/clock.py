"""Time with its doubt, and a floor it can never go below. The only file of the device that asks the system's clocks.

Levels (see model.ClockLevel): the kernel's word that it is synchronised is NTP, which nobody authenticated, so it is T2
at best; an unsynchronised clock is believed only where the configuration says so; else only the floor is known (T1).
After the first reading time runs on BOOTTIME, whose doubt grows by 100 ppm: setting the system clock afterwards changes
no verdict. The floor rises by signed dates alone (`raise_floor`): were it raised by a reading, one second of a clock
that is a day fast would make every later true time "below the floor".
"""

from __future__ import annotations

import ctypes
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from firmware.model import ClockLevel, Moment

#: No firmware of this product was built before 2026-01-01T00:00:00Z.
BUILD_FLOOR_S: Final = 1_767_225_600.0
#: Half-widths: what the kernel says, but at least 2 s, as NTP was not authenticated; 5 s for a clock set by hand.
MIN_SYNCED_DOUBT_S: Final = 2.0
UNSYNCED_DOUBT_S: Final = 5.0
#: A Pi's crystal over its temperature range.
DRIFT_PPM: Final = 100.0
#: A kernel that calls itself synchronised with a larger error than this is not.
MAX_KERNEL_ERROR_S: Final = 16.0
MAX_FLOOR_FILE_BYTES: Final = 64
TIMESYNC_STAMP: Final = Path("/run/systemd/timesync/synchronized")
#: timesyncd takes a server whose root distance is below 5 s (RootDistanceMaxSec=), and slews what it finds.
TIMESYNC_ERROR_S: Final = 5.0
_WHY_SYNCED: Final = "synchronised, as the kernel says (NTP, not authenticated)"
_WHY_UNSYNCED: Final = "not synchronised; believed because clock.trust_system allows it"


class Clock(Protocol):
    """Whoever tells the time."""

    def moment(self) -> Moment: ...


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always the same moment: for `--at` and for tests."""

    at: Moment

    def moment(self) -> Moment:
        return self.at


class FloorStore(Protocol):
    """Where the floor survives a reboot."""

    def load(self) -> float | None: ...

    def save(self, floor_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class FloorFile:
    """The floor as one number in a file. A torn or foreign file is as good as none: the floor is then the build's."""

    path: Path

    def load(self) -> float | None:
        try:
            with self.path.open("rb") as file:
                value = float(file.read(MAX_FLOOR_FILE_BYTES))
        except (OSError, ValueError):
            return None
        return value if math.isfinite(value) else None

    def save(self, floor_s: float) -> None:
        """Raises OSError when it cannot be written; the old floor then stands."""
        temporary = self.path.with_name(self.path.name + ".new")
        with temporary.open("w", encoding="ascii") as file:
            file.write(f"{floor_s:.3f}\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the host says at one instant. `kernel_error_s` is infinite or None when nothing says it is synchronised."""

    wall_s: float
    boot_s: float
    kernel_error_s: float | None


class Host(Protocol):
    """The system's clocks."""

    def read(self) -> Reading: ...


class LinuxHost:
    """CLOCK_REALTIME, CLOCK_BOOTTIME (runs on while suspended), and adjtimex(2) or what systemd-timesyncd left behind."""

    def read(self) -> Reading:
        wall_s = time.time()
        error_s = kernel_error_s()
        if error_s is None:
            error_s = stamp_error_s(wall_s)
        return Reading(wall_s, time.clock_gettime(time.CLOCK_BOOTTIME), error_s)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A reading that was believed: true time at `boot_s` was wall_s +- doubt_s."""

    wall_s: float
    doubt_s: float
    boot_s: float
    synced: bool

    def at(self, boot_s: float) -> tuple[float, float]:
        """(lo, hi) at a later instant of BOOTTIME."""
        elapsed_s = max(0.0, boot_s - self.boot_s)
        doubt_s = self.doubt_s + elapsed_s * DRIFT_PPM / 1e6
        return self.wall_s + elapsed_s - doubt_s, self.wall_s + elapsed_s + doubt_s


class SystemClock:
    """The device's clock. `why` is one line for the doctor about the last moment."""

    def __init__(self, host: Host, floor: FloorStore | None = None, *, trust_system: bool) -> None:
        self._host = host
        self._store = floor
        self._trust_system = trust_system
        self._anchor: _Anchor | None = None
        loaded = floor.load() if floor is not None else None
        self._floor_s = max(BUILD_FLOOR_S, loaded if loaded is not None else 0.0)
        self.why = "not asked yet"

    @property
    def floor_s(self) -> float:
        return self._floor_s

    def raise_floor(self, signed_s: float) -> None:
        """True time is at least this late, because something signed says so. A lower value changes nothing."""
        self._floor_s = max(self._floor_s, signed_s)

    def save_floor(self) -> None:
        """Raises OSError when the store cannot be written."""
        if self._store is not None:
            self._store.save(self._floor_s)

    def moment(self) -> Moment:
        reading = self._host.read()
        self._consider(reading)
        if self._anchor is None:
            return Moment(self._floor_s, math.inf, ClockLevel.T1)
        lo_s, hi_s = self._anchor.at(reading.boot_s)
        if hi_s < self._floor_s:
            self._anchor = None
            self.why = "the clock was below the floor of signed dates: only the floor is known"
            return Moment(self._floor_s, math.inf, ClockLevel.T1)
        return Moment(max(lo_s, self._floor_s), hi_s, ClockLevel.T2)

    def _consider(self, reading: Reading) -> None:
        """Take the reading as the new anchor when it deserves it, and say why or why not."""
        offered = self._offer(reading)
        if offered is None:
            if self._anchor is None:
                self.why = "the system clock is not synchronised: only the floor is known"
            else:
                self.why = "not synchronised now: running on from the last good reading"
            return
        if offered.wall_s + offered.doubt_s < self._floor_s:
            self.why = "the system clock is below the floor of signed dates: refused"
            return
        if self._anchor is None or not self._anchor.synced or self._agrees(self._anchor, offered):
            self._anchor = offered
            self.why = _WHY_SYNCED if offered.synced else _WHY_UNSYNCED
        else:
            self.why = "the system clock was set since the last good reading: ignored, running on"

    def _offer(self, reading: Reading) -> _Anchor | None:
        if reading.kernel_error_s is not None and reading.kernel_error_s <= MAX_KERNEL_ERROR_S:
            doubt_s = max(MIN_SYNCED_DOUBT_S, reading.kernel_error_s)
            return _Anchor(reading.wall_s, doubt_s, reading.boot_s, synced=True)
        if self._trust_system and self._anchor is None:
            return _Anchor(reading.wall_s, UNSYNCED_DOUBT_S, reading.boot_s, synced=False)
        return None

    @staticmethod
    def _agrees(running: _Anchor, offered: _Anchor) -> bool:
        """True when the offered reading and the running time can both be true."""
        lo_s, hi_s = running.at(offered.boot_s)
        return offered.wall_s - offered.doubt_s <= hi_s and lo_s <= offered.wall_s + offered.doubt_s


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), up to what is read; `rest` covers the remainder on every architecture."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5


def kernel_error_s() -> float | None:
    """The kernel's bound on its clock's error: infinite when it is not synchronised, None when it may not be asked."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    timex = _Timex()
    state = int(adjtimex(ctypes.byref(timex)))
    if state == -1:
        return None  # a sandbox: systemd's ProtectClock= refuses even to read
    if state == _TIME_ERROR or timex.status & _STA_UNSYNC:
        return math.inf
    return float(timex.maxerror) / 1e6


def stamp_error_s(wall_s: float, stamp: Path = TIMESYNC_STAMP) -> float | None:
    """The error that systemd-timesyncd's last success leaves, or None without one.

    The file is touched at each synchronisation (systemd-timesyncd(8)) and never removed, so its age counts as drift.
    """
    try:
        age_s = wall_s - stamp.stat().st_mtime
    except OSError:
        return None
    return TIMESYNC_ERROR_S + age_s * DRIFT_PPM / 1e6 if age_s >= 0 else None
