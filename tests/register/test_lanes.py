"""The coder of bits by their odds: what went in comes out, at hardly more than the entropy; what was changed is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.register.facts import RegisterError
from firmware.register.lanes import CERTAIN, decode, encode, odds_of


@given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_bits_come_back_whatever_their_odds(steps: int, lanes: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    odds = chance.choice([0, 1, 5, CERTAIN // 2, CERTAIN - 1, CERTAIN], (steps, lanes)).astype(np.uint16)
    bits = (chance.integers(0, CERTAIN, odds.shape) < odds).astype(np.uint8)
    data = encode(bits, odds)
    found, taken = decode(data + b"more", odds)
    assert (found == bits).all()
    assert taken == len(data)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_a_bit_costs_its_entropy(share: float) -> None:
    chance = np.random.default_rng(1)
    bits = (chance.random((4000, 8)) < share).astype(np.uint8)
    ones = bits.sum(axis=0).astype(np.int64)
    odds = np.broadcast_to(odds_of(ones, np.full(8, 4000)), bits.shape)
    p = ones / 4000
    entropy = float((-p * np.log2(p) - (1 - p) * np.log2(1 - p)).sum() * 4000 / 8)
    assert len(encode(bits, odds)) <= entropy * 1.005 + 8 * 4


def test_certain_bits_cost_nothing() -> None:
    assert len(encode(np.ones((500, 1), np.uint8), np.full((500, 1), CERTAIN, np.uint16))) == 4


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    odds = np.full((40, 3), CERTAIN // 3, np.uint16)
    try:
        bits, taken = decode(data, odds)
    except RegisterError:
        return
    assert encode(bits, odds) == data[:taken]


@pytest.mark.parametrize(
    ("ones", "total", "odds"), [(0, 0, 0), (0, 9, 0), (9, 9, CERTAIN), (1, 10**6, 1), (1, 2, CERTAIN // 2)]
)
def test_odds_are_certain_only_where_there_is_no_other_bit(ones: int, total: int, odds: int) -> None:
    assert odds_of(np.array([ones]), np.array([total])).tolist() == [odds]
