"""The policy's small rules on their own: which of two answers to one question weighs more."""

from __future__ import annotations

import pytest

from firmware.model import Check, CheckName, Outcome, Reason
from firmware.verify.policy import worse

NAME = CheckName.POLICY
GOOD = Check(NAME, Outcome.GOOD)
NOTICE = Check(NAME, Outcome.GOOD, Reason.VALID_NOTICE)
UNSURE = Check(NAME, Outcome.UNKNOWN, Reason.CANNOT_TELL)
STOP = Check(NAME, Outcome.BAD, Reason.EXPIRED)
OTHER_STOP = Check(NAME, Outcome.BAD, Reason.SUSPENDED)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (GOOD, None, GOOD),
        (STOP, None, STOP),
        (STOP, GOOD, STOP),
        (GOOD, NOTICE, NOTICE),
        (NOTICE, UNSURE, UNSURE),
        (UNSURE, NOTICE, UNSURE),
        (NOTICE, STOP, STOP),
        (OTHER_STOP, STOP, OTHER_STOP),
        (STOP, OTHER_STOP, STOP),
    ],
)
def test_answer_that_weighs_more_is_kept(first: Check, second: Check | None, expected: Check) -> None:
    assert worse(first, second) is expected
