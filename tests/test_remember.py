"""The verifier's memory: two codes of one car go together or not, and nothing is remembered for long."""

from __future__ import annotations

import pytest

from firmware.model import Moment, Reason, Scan, Verdict, Word
from firmware.remember import KEEP_S, PLACES, RememberingVerifier
from firmware.verify.wire import Claim, Field
from tests.world import LICENCE, MARK, NOW, POLICE, World, text

WORLD = World()
TRUST = WORLD.trust()
OTHER_VIN = "LSVAA4182E2654321"


def shown(memory: RememberingVerifier, cose: bytes, at_s: float = NOW) -> Verdict:
    return memory(Scan(text(cose), "test", 0.0, reads=2), TRUST, Moment.exactly(at_s, 0.5), POLICE)


def test_the_mark_and_the_licence_of_one_car_go_together() -> None:
    memory = RememberingVerifier("1")
    assert shown(memory, WORLD.credential(MARK)).reason is Reason.VALID
    assert shown(memory, WORLD.server_live(LICENCE)).reason is Reason.VALID
    assert len(memory) == 2


@pytest.mark.parametrize(("after_s", "reason"), [(59, Reason.CANNOT_TELL), (61, Reason.VALID)])
def test_a_licence_that_contradicts_the_mark_just_seen_is_checked_by_hand(after_s: int, reason: Reason) -> None:
    memory = RememberingVerifier("1")
    shown(memory, WORLD.credential(MARK))
    later = NOW + after_s
    verdict = shown(memory, WORLD.server_live(LICENCE | {Field.VIN: OTHER_VIN}, made=later - 5), later)
    assert verdict.reason is reason
    assert (verdict.facts.word is Word.CAR_MISMATCH) is (reason is Reason.CANNOT_TELL)


def test_the_same_live_code_shown_again_on_its_lane_is_no_replay() -> None:
    memory = RememberingVerifier("1")
    cose = WORLD.live()
    assert shown(memory, cose).reason is shown(memory, cose, NOW + 3).reason is Reason.VALID


def test_a_code_whose_signature_does_not_hold_is_not_remembered() -> None:
    memory = RememberingVerifier("1")
    cose = WORLD.credential(MARK)
    assert shown(memory, cose[:-1] + bytes([cose[-1] ^ 1])).reason is Reason.BAD_SIGNATURE
    assert len(memory) == 0


def test_nothing_is_remembered_for_long_or_without_end() -> None:
    memory = RememberingVerifier("1")
    for number in range(PLACES + 10):
        shown(memory, WORLD.credential(MARK, claims={Claim.CTI: number.to_bytes(8, "big")}))
    assert len(memory) == PLACES
    shown(memory, WORLD.credential(MARK), NOW + KEEP_S + 1)
    assert len(memory) == 1
