"""The kill loop loses nothing, and would notice if something were lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench import ledger_cuts
from bench.ledger import made_export, sizes
from firmware.ledger.audit import audit


@pytest.mark.slow
def test_no_acknowledged_record_is_lost_over_a_few_cuts() -> None:
    tally = ledger_cuts.run(4, seed=7)
    assert (tally.cuts, tally.lost) == (4, 0)
    assert tally.acknowledged > 0


@pytest.mark.slow
def test_no_acknowledged_record_is_lost_when_two_lanes_write_and_die() -> None:
    tally = ledger_cuts.run(3, seed=7, lanes=2)
    assert (tally.cuts, tally.lost) == (3, 0)
    assert tally.acknowledged > 0


@pytest.mark.slow
def test_a_ledger_that_forgot_what_it_acknowledged_is_noticed(tmp_path: Path) -> None:
    """A planted fault: between two cuts the file goes back to an earlier state, as on a card that lied about its writes."""
    chance, tally = random.Random(1), ledger_cuts.Tally()
    ledger_cuts.cut(tmp_path, chance, tally)
    earlier = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    while tally.sure < 100:
        ledger_cuts.cut(tmp_path, chance, tally)
    assert tally.lost == 0
    for path in tmp_path.iterdir():
        path.unlink()
    for name, content in earlier.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "device.key").chmod(0o400)
    ledger_cuts.cut(tmp_path, random.Random(2), tally)
    assert tally.lost > 0


def test_the_figures_of_bytes_are_within_the_goal() -> None:
    _, least, *_, large = sizes(2000)
    assert float(least["bytes a record"]) <= 25  # the smallest batch that does not wait
    assert float(large["bytes a record"]) <= 25
    assert audit(made_export(50)).records == 50
