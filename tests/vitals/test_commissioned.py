"""What the status says of the last commissioning record, and what it never makes up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware.ledger.commissioning.body import Line, Outcome, Why
from firmware.ledger.commissioning.folder import add, folder_of
from firmware.ledger.device import DeviceKey, open_device_key
from firmware.ledger.keys import make_folder
from firmware.model import ClockLevel, Moment
from firmware.vitals.commissioned import BAD, GOOD, UNKNOWN, Commissioned, read_commissioned
from firmware.vitals.exposition import exposition, metrics
from firmware.vitals.tally import Health, Tally, status
from tests.ledger.commissioning.test_commissioning import said
from tests.vitals.test_vitals import MOMENT, parsed, state

MADE_S = int(MOMENT.utc_s) - 3600
LANE = said()["terminal"]["lane"]


def commission(ledger: Path, key: DeviceKey, *lines: Line) -> None:
    make_folder(folder_of(ledger))
    made = {"utc_s": MADE_S, "clock": "T2", "doubt_s": 1}
    add(folder_of(ledger), {**said(key), "made": made, "lines": [line.fields for line in lines]}, key)


def told(found: Commissioned | None, **changes: Any) -> tuple[Any, dict[str, float]]:
    health = Health(commissioned=found)
    now = state(**changes)
    said_so = status(now, Tally(), health, 130.0)["commissioning"]
    return said_so, parsed(exposition(metrics(now, Tally(), health, 130.0)))


def test_a_whole_record_is_shown_with_its_age_and_each_line(tmp_path: Path) -> None:
    commission(tmp_path, open_device_key(tmp_path), Line("focus", Outcome.PASS, "peak 80"))
    found = read_commissioned(tmp_path, {}, LANE)
    assert found is not None
    shown, metric = told(found)
    assert shown == {
        "number": 1,
        "time": "2026-06-12T05:30:00+00:00",
        "age_s": 3600.0,
        "signature": GOOD,
        "lines": [{"name": "focus", "outcome": "PASS", "why": ""}],
    }
    assert (metric["yanma_commissioned"], metric["yanma_commissioning_age_seconds"]) == (1, 3600)


@pytest.mark.parametrize(
    "line",
    [Line("focus", Outcome.FAIL, "peak 3"), Line("lamps", Outcome.SKIP, "nobody", Why.NOT_CONFIRMED)],
    ids=["a line that failed", "a line that nobody confirmed"],
)
def test_a_record_that_is_not_whole_is_not_commissioned(tmp_path: Path, line: Line) -> None:
    commission(tmp_path, open_device_key(tmp_path), Line("clock", Outcome.PASS, "T2"), line)
    _, metric = told(read_commissioned(tmp_path, {}, LANE))
    assert metric["yanma_commissioned"] == 0


def test_a_part_that_is_not_fitted_does_not_count_against_it(tmp_path: Path) -> None:
    commission(tmp_path, open_device_key(tmp_path), Line("relay", Outcome.SKIP, "no gate", Why.NOT_FITTED))
    assert told(read_commissioned(tmp_path, {}, LANE))[1]["yanma_commissioned"] == 1


def test_never_is_never() -> None:
    assert read_commissioned(Path("/nonexistent"), {}, LANE) is None
    shown, metric = told(None)
    assert shown is None
    assert metric["yanma_commissioned"] == 0
    assert "yanma_commissioning_age_seconds" not in metric


def test_a_record_of_another_device_is_bad_and_one_that_cannot_be_compared_is_unknown(tmp_path: Path) -> None:
    other = DeviceKey.from_bytes(b"o" * 32, "test")
    commission(tmp_path, other, Line("clock", Outcome.PASS, "T2"))
    unkeyed = read_commissioned(tmp_path, {}, LANE)
    assert unkeyed is not None
    assert (unkeyed.signature, unkeyed.whole) == (UNKNOWN, False)
    open_device_key(tmp_path)
    assert read_commissioned(tmp_path, {}, LANE) == Commissioned(BAD)


def test_a_record_that_was_changed_is_bad_and_disturbs_nobody(tmp_path: Path) -> None:
    commission(tmp_path, open_device_key(tmp_path), Line("clock", Outcome.FAIL, "T0"))
    path = folder_of(tmp_path) / "000001.json"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"FAIL", b"PASS"))
    shown, metric = told(read_commissioned(tmp_path, {}, LANE))
    assert (shown["signature"], shown["lines"], metric["yanma_commissioned"]) == (BAD, [], 0)


def test_without_the_time_there_is_no_age(tmp_path: Path) -> None:
    commission(tmp_path, open_device_key(tmp_path), Line("clock", Outcome.PASS, "T2"))
    floor = Moment(MOMENT.utc_s, float("inf"), ClockLevel.T1)
    shown, metric = told(read_commissioned(tmp_path, {}, LANE), moment=floor)
    assert shown["age_s"] is None
    assert "yanma_commissioning_age_seconds" not in metric
