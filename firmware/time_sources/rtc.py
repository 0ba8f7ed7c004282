"""The battery-backed clock as a source: kept time (T2), if it is the one that we set from proven time and it never stopped.

What was set is written down beside the floor: the second that was written, true time at that instant with its half-width, and the
chip's tag. From then on the doubt grows by 5 ppm of the age. A clock that carries another tag, that stopped, or that runs backwards
is only a number, and says nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from firmware.clock import DRIFT_PPM, Rank, Sample, steady_s, write_whole
from firmware.time_sources import ds3231
from firmware.time_sources.source import Heard

#: +-2 ppm from 0 to 40 C, +-3.5 ppm from -40 to 85 C, and the ageing of the first years (DS3231 datasheet).
RTC_DRIFT_PPM: Final = 5.0
#: Setting it again more often wins nothing: an hour is 18 ms.
SET_EACH_S: Final = 3600.0
#: Proven time that is wider than this is not worth keeping.
MAX_KEPT_HALF_S: Final = 10.0
MAX_RECORD_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Setting:
    """How the chip was set: at the instant when `rtc_s` was written, true time was utc_s +- half_width_s."""

    rtc_s: int
    utc_s: float
    half_width_s: float
    tag: str

    def half_width_after_s(self, age_s: float) -> float:
        """Half of the second that a reading may already have lasted, what it was set with, and its drift."""
        return 0.5 + self.half_width_s + age_s * RTC_DRIFT_PPM / 1e6


@dataclass(frozen=True, slots=True)
class SettingFile:
    """The setting where it survives a reboot. A torn or foreign file is as good as none."""

    path: Path

    def load(self) -> Setting | None:
        try:
            with self.path.open("rb") as file:
                table = json.loads(file.read(MAX_RECORD_BYTES))
            setting = Setting(
                int(table["rtc_s"]), float(table["utc_s"]), float(table["half_width_s"]), str(table["tag"])
            )
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None
        known = math.isfinite(setting.utc_s) and 0 <= setting.half_width_s <= MAX_KEPT_HALF_S
        return setting if known else None

    def save(self, setting: Setting) -> None:
        """Raises OSError."""
        write_whole(self.path, json.dumps(asdict(setting)) + "\n")


class RtcSource:
    """Reads the chip, and sets it from proven time when that is worth it."""

    name = "rtc"

    def __init__(
        self,
        open_bus: ds3231.OpenBus,
        file: SettingFile,
        address: int = ds3231.ADDRESS,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        self._open_bus = open_bus
        self._file = file
        self._address = address
        self._steady = steady
        self._setting = file.load()
        self._set_at_s = -math.inf  # steady

    def poll(self, proven: Sample | None) -> Heard:
        try:
            with self._open_bus() as bus:
                if proven is not None and self._worth_setting(bus, proven):
                    return self._set(bus, proven)
                return self._read(bus)
        except OSError as error:
            return Heard(None, f"no answer from the clock chip at {self._address:#04x}: {error}", present=False)

    def _read(self, bus: ds3231.Bus) -> Heard:
        before_s = self._steady()
        reading = ds3231.read(bus, self._address)
        after_s = self._steady()
        setting = self._setting
        if reading.stopped:
            return Heard(None, "its oscillator stopped since it was set: the battery is empty or missing")
        if setting is None:
            return Heard(None, "not set by this terminal yet: proven time sets it")
        if reading.tag != setting.tag:
            return Heard(None, "another setting than the one written down here: exchanged, or set by somebody else")
        age_s = float(reading.utc_s - setting.rtc_s)
        if age_s < 0:
            return Heard(None, "earlier than when it was set: it was set by somebody else")
        half_s = setting.half_width_after_s(age_s) + (after_s - before_s) / 2
        utc_s = setting.utc_s + age_s + 0.5
        sample = Sample.around(self.name, Rank.KEPT, utc_s, half_s, (before_s + after_s) / 2)
        return Heard(sample, f"set {age_s / 86400:.1f} days ago, within {half_s:.1f} s")

    def _worth_setting(self, bus: ds3231.Bus, proven: Sample) -> bool:
        """Whether proven time is so much better, or the chip of no use, and the last setting long enough ago."""
        now_s = self._steady()
        fresh = proven.at(now_s)
        if fresh.half_width_s > MAX_KEPT_HALF_S or now_s - self._set_at_s < SET_EACH_S:
            return False
        try:
            kept = self._read(bus).sample
        except ds3231.NotADs3231Error:
            return False  # not ours to write to: a motion sensor, for one, has the same address
        if kept is None:
            return True
        kept = kept.at(now_s)
        return not kept.meets(fresh) or kept.half_width_s > fresh.half_width_s + 1.0

    def _set(self, bus: ds3231.Bus, proven: Sample) -> Heard:
        """A power cut, or a full disk, between chip and file leaves a tag that fits nothing: the chip is then not believed."""
        tag = ds3231.new_tag()
        rtc_s = math.floor(proven.at(self._steady()).utc_s)
        before_s = self._steady()
        ds3231.write(bus, rtc_s, tag, self._address)
        at_s = self._steady()
        written = proven.at((before_s + at_s) / 2)
        slack_s = (at_s - before_s) / 2 * (1 + DRIFT_PPM / 1e6)
        setting = Setting(rtc_s, written.utc_s, written.half_width_s + slack_s, tag)
        self._set_at_s = at_s
        try:
            self._file.save(setting)
        except OSError as error:
            return Heard(None, f"its setting cannot be written down ({error.strerror}): not believed")
        self._setting = setting
        heard = self._read(bus)
        return Heard(heard.sample, "set from proven time just now", anew=True)


def open_smbus(number: int) -> ds3231.OpenBus:
    """Opens /dev/i2c-N anew at each poll: a bus that was switched off and on is found again. OSError when it is not there."""

    def opened() -> ds3231.Bus:
        from smbus2 import SMBus

        bus: ds3231.Bus = SMBus(number)
        return bus

    return opened
