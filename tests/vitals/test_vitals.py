"""status.json and yanma.prom: what they say, what they never say, and that a full or missing folder disturbs nobody."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware.display.wear import WearSummary
from firmware.events import TrustLoaded
from firmware.model import Alive, ClockLevel, Family, Moment, Reason, ScannerDown, ScannerEvent, Unread, Verdict, Word
from firmware.ports import Told
from firmware.profiles import load_profile
from firmware.state import Settings, State
from firmware.vitals.exposition import exposition, metrics
from firmware.vitals.report import METRICS, STATUS, CountedEyes, Reporter, board_health
from firmware.vitals.tally import Health, Tally, status
from tests.test_machine import REVOKED, VALID
from tests.world import NOW

MOMENT = Moment.exactly(float(NOW), 2.0, ClockLevel.T2)
WANTED = Verdict(Family.ALERT, Reason.WANTED)


def state(**changes: Any) -> State:
    settings = Settings(load_profile("police"), name="post-7", lane="2", version="1.2.3")
    trust = TrustLoaded(42, float(NOW) - 7200, demo=True)
    return replace(State(settings, MOMENT, 130.0, started_s=100.0, newest_frame_s=129.5, trust=trust), **changes)


def told(verdict: Verdict, moment: Moment = MOMENT) -> Told:
    from firmware.display.signals import notice_for

    return Told(verdict, notice_for(verdict, load_profile("police"), "zh"), moment, 12.0)


@pytest.fixture
def tally() -> Tally:
    tally = Tally()
    for verdict in (VALID, VALID, REVOKED, WANTED):
        tally.verdict(told(verdict))
    tally.scanned([Alive(90, 129.0, (("decode", 4.0), ("capture", 1.0))), Unread(Word.GLARE, 129.1)])
    for name in ("gate-granted", "trust-refused", "gate-passed"):
        tally.event(name)
    return tally


# --- the exposition format, by a small reader of our own (Prometheus text format 0.0.4) -----------------------------------

_SAMPLE = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*=\"[^\"\\\n]*\"(?:,[a-zA-Z_]\w*=\"[^\"\\\n]*\")*\})? (\S+)"
)


def parsed(text: str) -> dict[str, float]:
    """Sample -> value. Asserts what promtool asserts: help and type once and first, samples together, no sample twice."""
    assert text.endswith("\n")
    found: dict[str, float] = {}
    described: dict[str, str] = {}
    now = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert name not in described, f"{name} is described twice"
            assert words
            described[name], now = "", name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == now
            assert kind in ("counter", "gauge")
            assert (kind == "counter") is name.endswith("_total")
            described[name] = kind
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample[1] == now, "the samples of a metric stand together"
            assert sample[1] + (sample[2] or "") not in found
            found[sample[1] + (sample[2] or "")] = float(sample[3])
    assert all(described.values())
    return found


def test_the_metrics_have_the_names_that_monitoring_was_promised(tally: Tally) -> None:
    health = Health(3, 1, 0, 48.5, undervoltage=False, wear=WearSummary(90.0, 60.0))
    found = parsed(exposition(metrics(state(), tally, health, 130.0)))
    assert found == {
        'yanma_verdicts_total{code="VALID"}': 2,
        'yanma_verdicts_total{code="REVOKED"}': 1,
        'yanma_verdicts_total{code="DATA_TOO_OLD"}': 1,  # WANTED, as a bystander sees it
        "yanma_frames_total": 90,
        "yanma_frame_age_seconds": 0.5,
        "yanma_decode_seconds": 0.004,
        "yanma_unread_episodes_total": 1,
        "yanma_scanner_restarts_total": 0,
        "yanma_list_age_seconds": 7200,
        "yanma_clock_trust": 2,
        "yanma_sync_failures_total": 1,
        "yanma_display_errors_total": 3,
        "yanma_display_lit_hours_max": 90,
        "yanma_display_lit_hours_mean": 60,
        "yanma_display_wear_ratio": 1.5,
        "yanma_relay_pulses_total": 1,
        "yanma_ledger_dropped_total": 1,
        "yanma_in_service": 1,
        "yanma_cpu_temperature_celsius": 48.5,
        "yanma_undervoltage": 0,
        "yanma_commissioned": 0,
    }


@pytest.mark.parametrize(
    ("wear", "expected"),
    [
        (None, None),
        (WearSummary(0.0, 0.0), {"max_hours": 0.0, "mean_hours": 0.0, "ratio": None}),
        (WearSummary(90.12345, 60.0), {"max_hours": 90.123, "mean_hours": 60.0, "ratio": 1.502}),
    ],
)
def test_the_status_tells_the_wear_of_the_display(wear: WearSummary | None, expected: object) -> None:
    assert status(state(), Tally(), Health(wear=wear), 130.0)["display_wear"] == expected


def test_what_is_not_known_is_left_out_and_not_made_up() -> None:
    nothing = state(newest_frame_s=None, trust=None, moment=Moment(float(NOW), float("inf"), ClockLevel.T1))
    found = parsed(exposition(metrics(nothing, Tally(), Health(), 130.0)))
    assert not {"yanma_frame_age_seconds", "yanma_list_age_seconds", "yanma_undervoltage"} & found.keys()
    assert found["yanma_clock_trust"] == 1
    said = status(nothing, Tally(), Health(), 130.0)
    assert said["clock"] == {"time": None, "level": "T1", "doubt_s": None}


def test_neither_file_names_anybody_or_tells_a_wanted_vehicle(tally: Tally, tmp_path: Path) -> None:
    Reporter(tmp_path, tally, Health).turn(state(), 130.0)
    for name in (STATUS, METRICS):
        text = (tmp_path / name).read_text(encoding="utf-8")
        plate = VALID.facts.plate
        assert plate
        assert plate not in text
        assert "WANTED" not in text
        assert "ALERT" not in text


def test_the_status_is_whole_readable_by_others_and_renewed_every_five_seconds(tally: Tally, tmp_path: Path) -> None:
    reporter = Reporter(tmp_path, tally, Health)
    reporter.turn(state(), 130.0)
    first = json.loads((tmp_path / STATUS).read_text(encoding="utf-8"))
    assert first["verdicts"]["last"][0] == {
        "time": "2026-06-12T06:30:00+00:00",
        "family": "UNSURE",
        "reason": "DATA_TOO_OLD",
    }
    assert first["terminal"]["profile"] == "police"
    assert (tmp_path / STATUS).stat().st_mode & 0o777 == 0o644
    reporter.turn(state(), 134.9)
    assert json.loads((tmp_path / STATUS).read_text(encoding="utf-8")) == first
    reporter.turn(state(), 135.0)
    assert json.loads((tmp_path / STATUS).read_text(encoding="utf-8"))["uptime_s"] == 35.0
    assert sorted(path.name for path in tmp_path.iterdir()) == [STATUS, METRICS]
    reporter.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_once_and_disturbs_nobody(
    tally: Tally, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reporter = Reporter(tmp_path / "gone", tally, Health, each_s=0.0)
    with caplog.at_level(logging.WARNING):
        reporter.turn(state(), 130.0)
        reporter.turn(state(), 131.0)
        reporter.close()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "status.json cannot be written",
        "yanma.prom cannot be written",
    ]


def test_frames_are_counted_over_scanners_that_were_replaced() -> None:
    class Eyes:
        def __init__(self) -> None:
            self.told: list[ScannerEvent] = [Alive(50, 1.0), ScannerDown("killed", 2.0, 1), Alive(7, 3.0)]

        def start(self) -> None:
            return

        def events(self, timeout_s: float) -> list[ScannerEvent]:
            told, self.told = self.told, []
            return told

        def close(self) -> None:
            return

    tally = Tally()
    eyes = CountedEyes(Eyes(), tally)
    assert len(eyes.events(0.0)) == 3
    assert (tally.frames, tally.scanner_restarts) == (57, 1)


def test_the_board_is_asked_and_a_board_that_does_not_say_is_unknown(tmp_path: Path) -> None:
    assert board_health(tmp_path) == (None, None)
    (tmp_path / "thermal/thermal_zone0").mkdir(parents=True)
    (tmp_path / "thermal/thermal_zone0/temp").write_text("51234\n")
    (tmp_path / "hwmon/hwmon1").mkdir(parents=True)
    (tmp_path / "hwmon/hwmon1/name").write_text("rpi_volt\n")
    (tmp_path / "hwmon/hwmon1/in0_lcrit_alarm").write_text("1\n")
    assert board_health(tmp_path) == (51.234, True)
