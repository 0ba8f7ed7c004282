"""The doctor's line about the commissioning record, each answer with its fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.doctor.commissioning import commissioned
from firmware.doctor.finding import State
from firmware.ledger.commissioning.body import Line, Outcome, Why
from firmware.ledger.commissioning.folder import add, folder_of
from firmware.ledger.device import DeviceKey, open_device_key
from firmware.ledger.keys import make_folder
from tests.doctor.conftest import NOW_S, Make
from tests.ledger.commissioning.test_commissioning import said

GOOD = Line("clock", Outcome.PASS, "T2")
REAL = {"terminal.environment": "production", "clock.heard": "alone"}


def commission(ledger: Path, line: Line, key: DeviceKey, config: str = "ab" * 32) -> None:
    make_folder(folder_of(ledger))
    made = {"utc_s": int(NOW_S) - 2 * 86_400, "clock": "T2", "doubt_s": 1}
    add(folder_of(ledger), {**said(key), "made": made, "lines": [line.fields], "config": config}, key)


def test_a_terminal_that_was_never_commissioned_is_told_how(machine: Make) -> None:
    found = commissioned(machine(REAL))
    assert (found.state, found.evidence, "yanma selftest" in found.remedy) == (State.WARN, "never", True)
    assert commissioned(machine()).state is State.SKIP


def test_a_record_that_passed_is_well_and_names_itself(machine: Make, tmp_path: Path) -> None:
    ours = machine(REAL)
    commission(tmp_path / "ledger", GOOD, open_device_key(tmp_path / "ledger"), ours.loaded.digest)
    found = commissioned(ours)
    assert (found.state, found.evidence) == (State.OK, "record 1, 2 d ago")


def test_without_the_time_the_day_is_told_and_no_age_made_up(machine: Make, tmp_path: Path) -> None:
    ours = machine({"terminal.environment": "production"})
    commission(tmp_path / "ledger", GOOD, open_device_key(tmp_path / "ledger"), ours.loaded.digest)
    assert commissioned(ours).evidence == "record 1, made 2027-01-13"


def test_settings_that_were_changed_since_are_mentioned(machine: Make, tmp_path: Path) -> None:
    commission(tmp_path / "ledger", GOOD, open_device_key(tmp_path / "ledger"), machine(REAL).loaded.digest)
    assert "other settings" in commissioned(machine({**REAL, "camera.fps": "30"})).evidence


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line("focus", Outcome.FAIL, "peak 3"), "FAIL focus"),
        (Line("lamps", Outcome.SKIP, "nobody", Why.NOT_CONFIRMED), "nobody confirmed lamps"),
    ],
)
def test_a_record_that_is_not_whole_is_a_warning_that_names_the_line(
    machine: Make, tmp_path: Path, line: Line, says: str
) -> None:
    commission(tmp_path / "ledger", line, open_device_key(tmp_path / "ledger"))
    found = commissioned(machine(REAL))
    assert (found.state, says in found.evidence) == (State.WARN, True)


def test_the_record_of_another_device_is_a_failure(machine: Make, tmp_path: Path) -> None:
    commission(tmp_path / "ledger", GOOD, DeviceKey.from_bytes(b"o" * 32, "test"))
    open_device_key(tmp_path / "ledger")
    found = commissioned(machine(REAL))
    assert (found.state, "does not hold" in found.evidence) == (State.FAIL, True)
