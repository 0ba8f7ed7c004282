"""Small promises that the stories do not reach: what a stripped code was, what a car without a period is, what is freed."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import Any

import pytest

from firmware.model import CheckName, Outcome, Reason, Way
from firmware.verify.algorithms import sm2
from firmware.verify.algorithms.base import BadSignatureError
from firmware.verify.wire import EditionField, Field, Ways
from tests.world import MARK, NOW, TODAY, World, judge


def test_stripped_code_is_shown_as_the_live_code_that_it_was() -> None:
    world = World()
    verdict = judge(world, world.credential(MARK | {Field.WAYS: int(Ways.LIVE)}))
    assert (verdict.reason, verdict.facts.way) == (Reason.STRIPPED, Way.LIVE)


def test_code_of_a_server_ahead_of_our_clock_is_stale_and_its_document_is_not_early() -> None:
    world = World()
    verdict = judge(world, world.server_live(made=NOW + 30), doubt=0)
    dates = next(check for check in verdict.checks if check.name is CheckName.DATES)
    assert (verdict.reason, dates.outcome) == (Reason.CODE_STALE, Outcome.GOOD)


@dataclass
class OddPeriods(World):
    """A world whose rules have these inspection periods alone."""

    periods: list[Any] = field(default_factory=list)

    def editions(self) -> list[dict[int, Any]]:
        return [edition | {EditionField.PERIODS: self.periods} for edition in super().editions()]


CAR = MARK | {Field.REGISTERED: TODAY, Field.USE: "A", Field.VEHICLE_TYPE: "K33"}


@pytest.mark.parametrize(
    ("periods", "exempt"),
    [
        ([], None),
        ([[2, 0, 1200, 12, True]], None),
        ([[1, 0, 1, 1, False], [1, 1, 1200, 12, True]], True),
        ([[1, 0, 1, 1, True], [1, 1, 1200, 12, False]], False),
    ],
    ids=["no periods", "none of its group", "exempt in its first month", "tested in its first month"],
)
def test_car_is_exempt_as_the_period_of_its_first_month_says(periods: list[Any], exempt: bool | None) -> None:
    world = OddPeriods(periods=periods)
    verdict = judge(world, world.credential(CAR))
    assert (verdict.reason, verdict.facts.exempt) == (Reason.VALID, exempt)


# --- what the SM2 library lends is given back ---


class Lender:
    """The three functions of libcrypto that a key needs; notes what is given back."""

    def __init__(self, handle: int) -> None:
        self.given_back: list[int] = []
        self.errors_cleared = 0
        self.handle = handle
        self.asked: list[tuple[object, int]] = []

    def EVP_PKEY_free(self, handle: int) -> None:
        self.given_back.append(handle)

    def d2i_PUBKEY(self, out: object, _cursor: object, size: int) -> int:
        self.asked.append((out, size))
        return self.handle

    def ERR_clear_error(self) -> None:
        self.errors_cleared += 1


def test_key_is_given_back_once_with_its_owner() -> None:
    lender = Lender(7)
    key = sm2._Key(lender, b"spki")  # type: ignore[arg-type]
    assert (key.handle, lender.asked, lender.given_back) == (7, [(None, 4)], [])
    del key
    gc.collect()
    assert (lender.given_back, lender.errors_cleared) == ([7], 0)


def test_refused_key_has_nothing_to_give_back_and_leaves_no_error_behind() -> None:
    lender = Lender(0)
    with pytest.raises(ValueError, match="SM2 curve"):
        sm2._Key(lender, b"spki")  # type: ignore[arg-type]
    gc.collect()
    assert (lender.given_back, lender.errors_cleared) == ([], 1)


def test_key_that_was_never_made_is_dropped_in_silence() -> None:
    half_made = object.__new__(sm2._Key)
    half_made.__del__()
    assert not hasattr(half_made, "handle")


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[int]]:
    """The contexts that libcrypto lent, and those it got back."""
    library = sm2._library()
    lend, take_back = library.EVP_MD_CTX_new, library.EVP_MD_CTX_free
    lent: list[int] = []
    back: list[int] = []

    def lending() -> int:
        lent.append(lend())
        return lent[-1]

    def taking_back(context: int) -> None:
        back.append(context)
        take_back(context)

    monkeypatch.setattr(library, "EVP_MD_CTX_new", lending)
    monkeypatch.setattr(library, "EVP_MD_CTX_free", taking_back)
    return lent, back


def test_every_context_is_given_back_whether_the_signature_holds_or_not(contexts: tuple[list[int], list[int]]) -> None:
    answer = sm2.SM2_SM3.known_answer
    verify = sm2.SM2_SM3.load(answer.public)
    verify(answer.signature, answer.message)
    with pytest.raises(BadSignatureError):
        verify(answer.signature, b"another message")
    lent, back = contexts
    assert len(lent) == 2
    assert lent == back
