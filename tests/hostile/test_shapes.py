"""Each hostile message gets its reason: bare, and as the credential inside a holder's good layer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from firmware.model import Family, Reason, Scan, Verdict, Word
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from tests.hostile.shapes import COSE, KEY, ORDER, RAW, SHAPES, WORLD, bstr, signature
from tests.world import NOW, POLICE, Moment, text

GOOD = (Family.GO, Family.GO_NOTICE)
WORDS = {Reason.NOT_A_CREDENTIAL: Word.MALFORMED, Reason.CANNOT_TELL: Word.MALFORMED}


@pytest.fixture(scope="module")
def trust() -> TrustView:
    return WORLD.trust()


def judge(cose: bytes, trust: TrustView) -> Verdict:
    return verify(Scan(text(cose), "hostile", 0.0, reads=2), trust, Moment.exactly(NOW), POLICE)


def test_message_that_all_shapes_are_made_from_is_good(trust: TrustView) -> None:
    assert judge(COSE, trust).reason is Reason.VALID
    assert len(SHAPES) > 100
    assert len({cose for cose, _ in SHAPES.values()}) == len(SHAPES), "two shapes are the same"


@pytest.mark.parametrize("name", SHAPES)
def test_shape_gets_its_reason(name: str, trust: TrustView) -> None:
    cose, reason = SHAPES[name]
    verdict = judge(cose, trust)
    assert (verdict.reason, verdict.facts.error) == (reason, None)
    if reason in WORDS:
        assert verdict.facts.word is WORDS[reason]


def test_no_shape_passes_inside_a_good_live_layer(trust: TrustView) -> None:
    passed = {}
    for name, (cose, _) in SHAPES.items():
        verdict = judge(WORLD.live(cose), trust)
        if verdict.family in GOOD or verdict.facts.error is not None:
            passed[name] = verdict.reason
    assert passed == {}


@pytest.mark.parametrize("name", ["kid-missing", "kid-only-unprotected"])
def test_credential_without_a_key_id_in_a_layer_is_malformed_and_no_old_code(name: str, trust: TrustView) -> None:
    assert judge(WORLD.live(SHAPES[name][0]), trust).reason is Reason.NOT_A_CREDENTIAL


def test_live_layer_around_a_live_layer_is_an_old_code_shown_as_new(trust: TrustView) -> None:
    assert judge(WORLD.live(WORLD.live(COSE)), trust).reason is Reason.REPLAYED


def test_other_signature_of_the_same_content_is_the_same_credential(trust: TrustView) -> None:
    """ECDSA holds for (r, n - s) too: whoever counts codes by their bytes would count this one twice."""
    s = int.from_bytes(RAW[32:], "big")
    twin = judge(signature(bstr(RAW[:32] + (ORDER - s).to_bytes(32, "big"))), trust)
    assert twin.reason is Reason.VALID
    assert twin.identity == judge(COSE, trust).identity


def cases(word: bytes) -> Sequence[bytes]:
    return (word, word * 2, word * 100)


@pytest.mark.parametrize(
    "word", [b"\xd2", b"\x84", b"\xd2\x84", b"\x9f", b"\xbf", b"\x5f", b"\xff", b"\xc0", bytes((KEY.kid[0],))]
)
def test_repeated_bytes_are_no_credential(word: bytes, trust: TrustView) -> None:
    for data in cases(word):
        assert judge(data, trust).reason is Reason.NOT_A_CREDENTIAL
