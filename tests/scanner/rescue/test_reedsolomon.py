import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.scanner.rescue.reedsolomon import correct, syndromes


def _multiply(left: int, right: int) -> int:
    """Slow and plain, bit by bit: another way than the tables of the code under test."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = left << 1 ^ (0x11D if left & 0x80 else 0)
        right >>= 1
    return product


def _encoded(data: list[int], parity: int) -> list[int]:
    generator, root = [1], 1
    for _ in range(parity):
        generator = [a ^ _multiply(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _multiply(root, 2)
    rest = [*data, *[0] * parity]
    for place in range(len(data)):
        factor = rest[place]
        for step, term in enumerate(generator):
            rest[place + step] ^= _multiply(term, factor)
    return [*data, *rest[len(data) :]]


@st.composite
def _spoilt(draw):
    """A word, where it is spoilt knowingly (erasures) and unknowingly (errors), within or beyond what it can bear."""
    parity = draw(st.integers(2, 30))
    length = draw(st.integers(parity + 1, min(255, parity + 60)))
    seed = draw(st.integers(0, 2**32 - 1))
    erasures = draw(st.integers(0, parity))
    errors = draw(st.integers(0, (parity - erasures) // 2 + 2))
    return parity, length, min(erasures, length), min(errors, length - erasures), seed


@settings(max_examples=60, deadline=None)
@given(_spoilt())
def test_every_word_within_capacity_comes_back_and_none_beyond_is_anything_but_a_codeword(case):
    parity, length, erasures, errors, seed = case
    rng = np.random.default_rng(seed)
    word = np.array(_encoded(rng.integers(0, 256, length - parity).tolist(), parity), np.uint8)
    assert not syndromes(word[None], parity).any()
    places = rng.permutation(length)
    spoilt = word.copy()
    spoilt[places[:erasures]] = rng.integers(0, 256, erasures)
    at = places[erasures : erasures + errors]
    spoilt[at] ^= rng.integers(1, 256, errors).astype(np.uint8)
    asked = places[:parity]
    result = correct(spoilt[None], parity, asked[None], np.array([erasures]))
    if 2 * errors + erasures <= parity:
        assert result.ok[0]
        assert np.array_equal(result.words[0], word)
        assert result.errors[0] == errors
    if result.ok[0]:
        assert not syndromes(result.words, parity).any()


def test_rows_of_one_batch_do_not_disturb_each_other():
    rng = np.random.default_rng(3)
    word = np.array(_encoded(rng.integers(0, 256, 42).tolist(), 24), np.uint8)
    rows = np.tile(word, (4, 1))
    rows[1, :12] ^= 0x55
    rows[2, :24] ^= 0x55
    rows[3, :20] ^= 0x55
    result = correct(rows, 24, np.tile(np.arange(24), (4, 1)), np.array([0, 0, 24, 4]))
    assert result.ok[:3].tolist() == [True, True, True]
    assert (result.words[:3] == word).all()
    assert result.errors[:3].tolist() == [0, 12, 0]
    assert not result.ok[3] or not syndromes(result.words[3:], 24).any()


@pytest.mark.parametrize("count", [0, 12, 24, 25])
def test_a_word_of_noise_is_not_taken_for_one_with_few_errors(count):
    rng = np.random.default_rng(count)
    noise = rng.integers(0, 256, (200, 66)).astype(np.uint8)
    asked = np.tile(np.arange(24), (200, 1))
    result = correct(noise, 24, asked, np.full(200, count))
    assert result.ok.all() if count == 24 else not result.ok.any(), "24 unknowns fit anything, more are refused"
