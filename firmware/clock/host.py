"""What this host's own clocks say. The only file of the device that asks them."""

from __future__ import annotations

import ctypes
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from firmware.clock.interval import DRIFT_PPM

TIMESYNC_STAMP: Final = Path("/run/systemd/timesync/synchronized")
#: timesyncd takes a server whose root distance is below 5 s (RootDistanceMaxSec=), and slews what it finds.
TIMESYNC_ERROR_S: Final = 5.0
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the host says at one instant. `kernel_error_s` is infinite or None when nothing says it is synchronised."""

    wall_s: float
    boot_s: float
    kernel_error_s: float | None


class Host(Protocol):
    """The system's clocks."""

    def read(self) -> Reading: ...


def steady_s() -> float:
    """Seconds since boot by the bare crystal, suspension included: CLOCK_MONOTONIC_RAW, and what BOOTTIME has beyond MONOTONIC.

    Not CLOCK_BOOTTIME alone: whoever may adjust the system clock slews it too (adjtime by 500 ppm, chrony by up to 10 %), and then
    a bound of 100 ppm would be a wish.
    """
    suspended_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.clock_gettime(time.CLOCK_MONOTONIC_RAW) + max(0.0, suspended_s)


def boot_id(path: Path = BOOT_ID) -> str:
    """The kernel's name of this boot: stamps of `steady_s` mean nothing in another. Empty where it may not be read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class LinuxHost:
    """CLOCK_REALTIME, the steady clock, and adjtimex(2) or what systemd-timesyncd left behind."""

    def read(self) -> Reading:
        wall_s = time.time()
        error_s = kernel_error_s()
        if error_s is None:
            error_s = stamp_error_s(wall_s)
        return Reading(wall_s, steady_s(), error_s)


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
