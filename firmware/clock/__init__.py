"""Sources of time -> a Moment with its doubt, and a floor below which time never goes. Only `host` asks the system's clocks.

`interval` and `phones` are pure. Sources that need a device, a file or a signature live in `firmware.time_sources`.
"""

from firmware.clock.floor import FloorFile, FloorStore, write_whole
from firmware.clock.host import TIMESYNC_ERROR_S, Host, LinuxHost, Reading, boot_id, stamp_error_s, steady_s
from firmware.clock.interval import DRIFT_PPM, Rank, Sample, combine
from firmware.clock.kernel import UNSYNCED_DOUBT_S
from firmware.clock.system import BUILD_FLOOR_S, Clock, FixedClock, SystemClock

__all__ = [
    "BUILD_FLOOR_S",
    "DRIFT_PPM",
    "TIMESYNC_ERROR_S",
    "UNSYNCED_DOUBT_S",
    "Clock",
    "FixedClock",
    "FloorFile",
    "FloorStore",
    "Host",
    "LinuxHost",
    "Rank",
    "Reading",
    "Sample",
    "SystemClock",
    "boot_id",
    "combine",
    "stamp_error_s",
    "steady_s",
    "write_whole",
]
