"""The clock and its sources as the doctor sees them: the terminal that runs here, or what it would go by."""

from __future__ import annotations

import math
from pathlib import Path

from firmware import doctor
from firmware.clock import FloorFile, Rank, Sample, SystemClock, steady_s
from firmware.doctor import timing
from firmware.doctor.finding import Finding, State
from firmware.model import ClockLevel
from firmware.time_sources.poller import REPORT_NAME, TimePoller
from firmware.time_sources.source import Heard, TimeSource
from tests.doctor.conftest import NOW_S, Board, Make


def test_a_synchronised_clock_is_well(machine: Make) -> None:
    found = timing.clock(machine())
    assert (found.state, found.evidence.startswith("T2, within 2.0 s")) == (State.OK, True)


def test_a_clock_with_a_wide_doubt_is_a_warning(machine: Make) -> None:
    assert timing.clock(machine(host=Board(kernel_error_s=10.0))).state is State.OK
    assert timing.clock(machine(host=Board(kernel_error_s=10.1))).state is State.WARN


def test_a_clock_that_knows_only_its_floor_fails_in_production_and_warns_in_a_demo(machine: Make) -> None:
    blind = {"clock.trust_system": "false"}
    found = timing.clock(machine(blind, host=Board(kernel_error_s=None)))
    assert (found.state, found.evidence[:2], "DS3231" in found.remedy) == (State.WARN, "T1", True)
    real = {**blind, "terminal.environment": "production"}
    assert timing.clock(machine(real, host=Board(kernel_error_s=None))).state is State.FAIL


class Played:
    """A source that always says the same."""

    def __init__(self, name: str, heard: Heard) -> None:
        self.name = name
        self._heard = heard

    def poll(self, proven: Sample | None) -> Heard:
        return self._heard


SILENT = Heard(None, "no answer", present=False)
KEPT = Heard(Sample.around("rtc", Rank.KEPT, NOW_S, 0.7, 100.0), "set 3.0 days ago, within 0.7 s")
FLAT = Heard(None, "its oscillator stopped since it was set: the battery is empty or missing")


def fitted(
    tmp_path: Path, sources: str, *played: Played, environment: str = "demo"
) -> tuple[dict[str, str], dict[str, object]]:
    settings = {"clock.sources": sources, "clock.requests": str(tmp_path / "run"), "terminal.environment": environment}
    chosen: tuple[TimeSource, ...] = played
    return settings, {"time_sources": chosen}


def test_a_source_that_is_not_configured_is_not_asked(machine: Make, tmp_path: Path) -> None:
    settings, parts = fitted(tmp_path, "none")
    for check in (timing.rtc, timing.reply, timing.chrony, timing.gnss):
        assert check(machine(settings, **parts)).state is State.SKIP


def test_a_kept_clock_is_shown_with_its_age_and_width_and_makes_time_known(machine: Make, tmp_path: Path) -> None:
    settings, parts = fitted(tmp_path, "rtc", Played("rtc", KEPT), environment="production")
    own = machine(settings, host=Board(kernel_error_s=None), **parts)
    assert timing.rtc(own) == Finding(State.OK, KEPT.why)
    found = timing.clock(own)
    assert (found.state, found.evidence) == (State.OK, "T2, within 0.7 s: rtc, within 0.7 s")


def test_a_flat_battery_and_a_missing_chip_come_with_their_remedy(machine: Make, tmp_path: Path) -> None:
    for heard in (FLAT, SILENT):
        settings, parts = fitted(tmp_path, "rtc", Played("rtc", heard))
        found = timing.rtc(machine(settings, **parts))
        assert (found.state, found.evidence) == (State.WARN, heard.why)
        assert "CR2032" in found.remedy


def test_plain_ntp_alone_is_not_enough_outside_a_demo_and_the_remedy_says_what_is(
    machine: Make, tmp_path: Path
) -> None:
    settings, parts = fitted(tmp_path, "none", environment="production")
    found = timing.clock(machine(settings, **parts))
    assert found.state is State.FAIL
    assert "only heard from kernel" in found.evidence
    assert "clock.heard" in found.remedy
    assert timing.clock(machine(settings | {"clock.heard": "alone"}, **parts)).state is State.OK


def test_a_helper_that_does_not_run_is_a_warning_in_production_and_nothing_in_a_demo(
    machine: Make, tmp_path: Path
) -> None:
    for environment, expected in (("production", State.WARN), ("demo", State.SKIP)):
        settings, parts = fitted(tmp_path, "gnss", Played("gnss", SILENT), environment=environment)
        assert timing.gnss(machine(settings, **parts)).state is expected


def running(tmp_path: Path, *played: Played) -> None:
    """A terminal that runs here and has written its report."""
    (tmp_path / "run").mkdir()
    clock = SystemClock(Board(kernel_error_s=None), FloorFile(tmp_path / "floor"), trust_system=False)
    poller = TimePoller(clock, played, tmp_path / "run" / REPORT_NAME)
    poller.poll_once()
    clock.moment()
    poller.poll_once()


def test_a_terminal_that_runs_is_asked_what_it_goes_by(machine: Make, tmp_path: Path) -> None:
    sample = Sample.around("reply", Rank.PROVEN, NOW_S, 0.3, 100.0)
    running(tmp_path, Played("reply", Heard(sample, "signed, within 0.30 s")), Played("rtc", FLAT))
    settings, parts = fitted(tmp_path, "reply,rtc", environment="production")
    own = machine(settings, **parts)
    found = timing.clock(own)
    assert (found.state, found.evidence[:18]) == (State.OK, "T3, within 0.3 s: ")
    assert "terminal that runs here" in found.evidence
    assert timing.reply(own) == Finding(State.OK, "signed, within 0.30 s")
    assert timing.rtc(own).state is State.WARN


def test_a_terminal_that_knows_only_its_floor_says_so(machine: Make, tmp_path: Path) -> None:
    running(tmp_path, Played("rtc", FLAT))
    settings, parts = fitted(tmp_path, "rtc", environment="production")
    found = timing.clock(machine(settings, **parts))
    assert (found.state, found.evidence[:3]) == (State.FAIL, f"{ClockLevel.T1}:")
    assert math.isfinite(steady_s())


def test_the_doctor_asks_no_question_of_its_own(machine: Make, tmp_path: Path) -> None:
    settings, parts = fitted(tmp_path, "reply")
    assert timing.reply(machine(settings, **parts)).state is State.SKIP
    assert not (tmp_path / "run").exists()


def test_every_source_has_its_line() -> None:
    assert {"clock", "rtc", "signed-time", "chrony", "gnss"} <= {name for name, _ in doctor.CHECKS}
