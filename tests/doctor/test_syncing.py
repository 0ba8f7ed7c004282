"""The check of the network sync, in every state that it may find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.doctor.finding import State
from firmware.doctor.syncing import sync
from firmware.model import Outcome
from firmware.sync.fetch import Trouble
from firmware.sync.last import Last, save
from tests.doctor.conftest import NOW_S, Make

GOOD = Last(tried_s=NOW_S - 60, succeeded_s=NOW_S - 60, freshness=Outcome.GOOD)
FAILED = replace(GOOD, trouble=Trouble.OFFLINE, what="no way", failures=3)


@pytest.mark.parametrize(
    ("last", "expected", "said"),
    [
        (None, State.WARN, "nothing was fetched yet"),
        (GOOD, State.OK, "last success 1 min ago"),
        (replace(GOOD, freshness=Outcome.UNKNOWN), State.OK, "freshness not proven"),
        (replace(GOOD, succeeded_s=NOW_S - 3700), State.WARN, "last success 1 h ago"),
        (FAILED, State.WARN, "3 failed: offline"),
        (replace(FAILED, succeeded_s=NOW_S - 86_500), State.FAIL, "last success 1 d ago"),
        (replace(FAILED, succeeded_s=None), State.FAIL, "never yet: offline: no way"),
    ],
)
def test_the_doctor_says_whether_trust_data_still_comes(
    machine: Make, tmp_path: Path, last: Last | None, expected: State, said: str
) -> None:
    if last is not None:
        save(tmp_path, last)
    found = sync(machine({"sync.urls": "https://sync.example.cn", "sync.state": str(tmp_path)}))
    assert found.state is expected
    assert said in found.evidence
    assert (found.remedy == "") is (expected is State.OK)


def test_a_terminal_that_is_fed_by_sticks_is_not_asked(machine: Make) -> None:
    assert sync(machine({"sync.urls": "none"})).state is State.SKIP
