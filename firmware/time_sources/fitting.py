"""The configuration -> the sources that the terminal asks, and those that the process with a network asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from firmware.config_schema import Config
from firmware.time_sources.chrony import ChronySource
from firmware.time_sources.gpsd import GpsdSource
from firmware.time_sources.handover import HandedSource
from firmware.time_sources.reply import Keys, ReplySource
from firmware.time_sources.rtc import RtcSource, SettingFile, open_smbus
from firmware.time_sources.source import TimeSource

NONE: Final = "none"


def wanted(config: Config) -> tuple[str, ...]:
    """The names of clock.sources, each once."""
    names = [name.strip() for name in config.clock.sources.split(",")]
    return tuple(dict.fromkeys(name for name in names if name != NONE))


def terminal_sources(config: Config, keys: Keys) -> Sequence[TimeSource]:
    """What the terminal itself asks: a chip on its bus, and files that are handed to it."""
    clock, handover = config.clock, Path(config.clock.handover)
    makers: dict[str, Callable[[], TimeSource]] = {
        "rtc": lambda: RtcSource(open_smbus(clock.rtc_bus), SettingFile(Path(clock.rtc_setting)), clock.rtc_address),
        "reply": lambda: ReplySource(config.terminal.lane, Path(clock.requests), handover, keys),
        "chrony": lambda: HandedSource("chrony", handover, proves=True),
        "gnss": lambda: HandedSource("gnss", handover, proves=False),
    }
    return tuple(makers[name]() for name in wanted(config))


def helper_sources(config: Config) -> Sequence[TimeSource]:
    """What only a process with a network can ask, to hand it over."""
    makers: dict[str, Callable[[], TimeSource]] = {
        "chrony": ChronySource,
        "gnss": lambda: GpsdSource(config.clock.gpsd),
    }
    return tuple(makers[name]() for name in wanted(config) if name in makers)
