"""What a receipt answers, at the edges of the dates; and that a stranger can check it with the lines of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from firmware.ledger.receipts.body import Answer, credential_digest, dates_answer
from firmware.model import Family, Moment, Outcome, Reason, Verdict
from firmware.verify.wire import Claim, Field
from tests.ledger.receipts.common import KEY, OTHER, fill
from tests.world import DAY, MARK, NOW, TODAY, World, judge

ROOT = Path(__file__).parents[3]
MIDNIGHT = TODAY * DAY - 8 * 3600  # of today in Shanghai, in UTC seconds


def answer_at(utc_s: float, *, until: int, begins: int, issued: int) -> str:
    """The answer of a mark with these dates, for one exact instant."""
    world = World()
    claims = {Claim.NBF: begins, Claim.IAT: issued, Claim.EXP: NOW + 900 * DAY}
    credential = world.credential(MARK | {Field.INSPECTED_UNTIL: until}, claims=claims)
    return dates_answer(judge(world, credential, moment=Moment.exactly(utc_s)))


EDGES = {
    "the first second of the last day": (MIDNIGHT, Answer.VALID),
    "the last second of the last day": (MIDNIGHT + DAY - 1, Answer.VALID),
    "the first second of the day after": (MIDNIGHT + DAY, Answer.EXPIRED),
    "the second at which it begins": (MIDNIGHT - 5 * DAY, Answer.VALID),
    "three seconds before": (MIDNIGHT - 5 * DAY - 3, Answer.NOT_YET),
    "before it was issued": (MIDNIGHT - 6 * DAY - 10, Answer.CANNOT_TELL),
}


@pytest.mark.parametrize(("utc_s", "expected"), EDGES.values(), ids=EDGES)
def test_the_days_are_those_of_shanghai_both_ends_counted(utc_s: float, expected: str) -> None:
    begins = MIDNIGHT - 5 * DAY
    assert answer_at(utc_s, until=TODAY, begins=begins, issued=begins - DAY) == expected


def test_a_document_issued_after_the_day_does_not_answer_for_it() -> None:
    issued = MIDNIGHT - DAY
    assert answer_at(issued - 3600, until=TODAY + 300, begins=issued - 9 * DAY, issued=issued) == Answer.CANNOT_TELL
    assert answer_at(issued + 3600, until=TODAY + 300, begins=issued - 9 * DAY, issued=issued) == Answer.VALID


def test_without_a_signature_that_holds_there_are_no_dates() -> None:
    world = World()
    good = world.credential()
    forged = judge(world, good[:-1] + bytes((good[-1] ^ 1,)))
    assert forged.reason is Reason.BAD_SIGNATURE
    assert dates_answer(forged) == Answer.CANNOT_TELL
    assert dates_answer(Verdict(Family.RETRY, Reason.UNREADABLE)) == Answer.CANNOT_TELL


def test_a_held_document_is_in_date_all_the_same_and_its_standing_is_another_answer() -> None:
    world = World(states={5: 2})
    verdict = judge(world, world.credential())
    assert verdict.reason is Reason.SUSPENDED
    assert dates_answer(verdict) == Answer.VALID
    assert [check.outcome for check in verdict.checks if check.name == "status"] == [Outcome.BAD]


def test_the_digest_of_a_code_needs_its_salt() -> None:
    assert credential_digest(bytes(16), b"JZ1:X") != credential_digest(bytes(15) + b"\x01", b"JZ1:X")
    assert credential_digest(bytes(16), b"JZ1:X") == credential_digest(bytes(16), b"JZ1:X")


def test_the_lines_of_the_documentation_check_a_folder(tmp_path: Path) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/ledger.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(lines, names)
    fill(tmp_path, 3)
    assert names["check"](tmp_path, KEY.note_key.text) == 3
    with pytest.raises(InvalidSignature):
        names["check"](tmp_path, OTHER.note_key.text)
    page = next(tmp_path.glob("000002-*.pdf"))
    page.write_bytes(b"another")
    with pytest.raises(AssertionError):
        names["check"](tmp_path, KEY.note_key.text)
