"""Checks of the clock and its sources: what the running terminal goes by, or what it would; battery, helper, chrony, gpsd."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from firmware.clock import boot_id, steady_s
from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn
from firmware.model import ClockLevel
from firmware.time_sources.fitting import wanted
from firmware.time_sources.handover import read_handover, stamp
from firmware.time_sources.poller import REPORT_NAME

#: Half-width from which on live codes of 60 s are often answered with "clock not trusted".
WIDE_DOUBT_S: Final = 10.0
#: A terminal that runs writes its report every two seconds.
REPORT_LIVES_S: Final = 20.0

_FIT: Final = (
    "connect yanma time to a server of signed time (clock.server), fit a DS3231 clock, or believe plain NTP"
    " (clock.heard = alone); until then live codes give CLOCK_NOT_TRUSTED"
)
#: What to do about a source that is wanted and gives no time.
_REMEDY: Final = {
    "rtc": "check its wires (i2cdetect -y BUS shows 68, and not UU: then take dtoverlay=i2c-rtc out of config.txt), its battery"
    " (CR2032), and the group i2c; proven time sets it again by itself",
    "reply": "systemctl status yanma-time: it takes the question to clock.server; the trust list needs a key for time",
    "chrony": "chronyc tracking; yanma time must run as a user whom chronyd answers, such as _chrony",
    "gnss": "cgps or gpsmon show whether the receiver has a fix; its aerial needs the open sky",
}


def clock(machine: Machine) -> Finding:
    """What time is known to, by the terminal that runs here, or by this program as it would be at the terminal's start."""
    report = terminal_report(machine)
    if report is not None:
        level, half_s, why = str(report.get("level")), stamp(report, "half_width_s"), str(report.get("why"))
        return _judged(machine, level, half_s, f"{why} (the terminal that runs here)")
    system = machine.clock()
    moment = system.moment()
    return _judged(machine, moment.level, moment.doubt_s, system.why)


def rtc(machine: Machine) -> Finding:
    return _source(machine, "rtc")


def reply(machine: Machine) -> Finding:
    return _source(machine, "reply")


def chrony(machine: Machine) -> Finding:
    return _source(machine, "chrony")


def gnss(machine: Machine) -> Finding:
    return _source(machine, "gnss")


def _judged(machine: Machine, level: str, half_s: float, why: str) -> Finding:
    if level not in (ClockLevel.T2, ClockLevel.T3):
        state = warn if machine.config.is_demo else fail
        return state(f"{level}: {why}", _FIT)
    evidence = f"{level}, within {half_s:.1f} s: {why}"
    return ok(evidence) if half_s <= WIDE_DOUBT_S else warn(evidence, _FIT)


def _source(machine: Machine, name: str) -> Finding:
    """What a source said: to the terminal that runs here, or now to us. A chip is only read, never set; no question is asked."""
    if name not in wanted(machine.config):
        return skip(f"not among clock.sources ({machine.config.clock.sources})")
    report = terminal_report(machine)
    said: Any = report.get("sources") if report is not None else None
    found = said.get(name) if isinstance(said, dict) else None
    if isinstance(found, dict):
        why, gives = str(found.get("why")), found.get("time") is True
    elif name == "reply":
        return skip("asked by a running terminal alone: its questions are its own")
    else:
        heard = machine.time_source(name).poll(None)
        why, gives = heard.why, heard.sample is not None
        if not heard.present and name != "rtc" and machine.config.is_demo:
            return skip(why)
    return ok(why) if gives else warn(why, _REMEDY[name])


def terminal_report(machine: Machine) -> dict[str, Any] | None:
    """The report of a terminal that runs now; None when none does, or none has for twenty seconds."""
    fields = read_handover(Path(machine.config.clock.requests) / REPORT_NAME, boot_id())
    if fields is None or not 0 <= steady_s() - stamp(fields, "steady_s") <= REPORT_LIVES_S:
        return None
    return fields
