"""Small promises that the stories do not reach: what a stripped code was, what a car without a period is, what is freed."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import Any

import pytest

from firmware.model import CheckName, Moment, Outcome, Reason, Scan, Way, Word
from firmware.verify.algorithms import sm2
from firmware.verify.algorithms.base import BadSignatureError
from firmware.verify.fields import vin_fits
from firmware.verify.verifier import verify
from firmware.verify.wire import EditionField, Field, Ways
from tests.world import DELEGATED, MARK, NOW, POLICE, TODAY, World, judge


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


@pytest.mark.parametrize(
    "scan",
    [Scan(b"https://example.com", "test", 0.0), Scan(b"1101234567890", "test", 0.0, format="Code128")],
    ids=["another code", "a bar code"],
)
def test_code_of_somebody_else_is_called_foreign(scan: Scan) -> None:
    verdict = verify(scan, World().trust(), Moment.exactly(NOW), POLICE)
    assert (verdict.reason, verdict.facts.word) == (Reason.NOT_A_CREDENTIAL, Word.FOREIGN_CODE)


def test_first_trust_list_may_have_the_version_0() -> None:
    assert World(version=0).trust().version == 0


def test_document_with_nothing_but_its_required_fields_is_good() -> None:
    world = World()
    least = {key: value for key, value in MARK.items() if key != Field.VIN}
    assert judge(world, world.credential(least)).reason is Reason.VALID


def test_tail_of_an_id_may_be_one_character() -> None:
    world = World()
    document = DELEGATED | {Field.DELEGATION: DELEGATED[Field.DELEGATION] | {2: "7"}}
    assert judge(world, world.live(world.credential(document))).facts.grantee_id_tail == "7"


@pytest.mark.parametrize("letter", ["é", "京", "\U0001f697"])
def test_letter_that_no_vin_has_does_not_fit(letter: str) -> None:
    assert not vin_fits("1M8GDM9AXKP04278" + letter)


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
