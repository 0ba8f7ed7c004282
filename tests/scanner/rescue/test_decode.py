import numpy as np
import pytest

from firmware.scanner.rescue.decode import MIN_CODE_BITS, decode
from firmware.scanner.rescue.layout import LEVELS, layout_of


def _covered(soft: np.ndarray, share: float, value: float, seed: int) -> np.ndarray:
    """A square of that share of the code holds one value; not over the finder patterns' rows at the top."""
    size, rng = len(soft), np.random.default_rng(seed)
    side = int(size * share**0.5)
    top, left = rng.integers(9, size - side + 1), rng.integers(9, size - side + 1)
    covered = soft.copy()
    covered[top : top + side, left : left + side] = value
    return covered


@pytest.mark.parametrize("seed", range(4))
def test_a_quarter_of_a_code_that_is_known_to_be_covered_is_made_up_for(dense, seed):
    decoded = decode(_covered(dense.soft(), 0.24, 0.02, seed), 15, "M", dense.mask)
    assert decoded is not None
    assert decoded.payload == dense.payload
    assert np.array_equal(decoded.grid[decoded.grid != 0], dense.soft()[decoded.grid != 0])


def test_a_cover_that_nobody_knows_of_costs_twice_as_much(dense):
    assert decode(_covered(dense.soft(), 0.12, 1.0, 1), 15, "M", dense.mask) is not None
    assert decode(_covered(dense.soft(), 0.24, 1.0, 1), 15, "M", dense.mask) is None


def test_a_clean_grid_has_all_its_redundancy_left_as_evidence(make_code):
    decoded = decode((code := make_code(b"A", version=1)).soft(), 1, "M", code.mask)
    assert decoded is not None
    assert (decoded.payload, decoded.evidence_bits) == (b"A", 80.0)


def test_each_try_costs_evidence_and_too_many_leave_none(make_code):
    code = make_code(b"A", version=1)
    spoilt = code.soft()
    spoilt[9:13, 18:] *= -1  # three codewords
    believed = decode(spoilt, 1, "M", code.mask)
    assert believed is not None
    allowed = 2 ** int(believed.evidence_bits - MIN_CODE_BITS)
    assert decode(spoilt, 1, "M", code.mask, tries=allowed) is not None
    assert decode(spoilt, 1, "M", code.mask, tries=4 * allowed) is None


@pytest.mark.parametrize("version", [1, 2, 3, 5, 7])
def test_noise_is_never_a_code(version):
    rng = np.random.default_rng(version)
    size = layout_of(version).size
    for turn in range(40):
        soft = rng.normal(0.0, 0.6, (size, size)).astype(np.float32)
        assert decode(soft, version, LEVELS[turn % 4], turn % 8) is None


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1e30])
def test_a_grid_of_one_value_is_no_code(value):
    for version in (1, 15, 40):
        size = layout_of(version).size
        for mask in range(8):
            assert decode(np.full((size, size), value, np.float32), version, "L", mask) is None


def test_two_codes_in_one_grid_are_neither_a_third_one(make_code):
    one, other = (make_code(payload, version=4, mask=2) for payload in (b"first payload, 30 bytes long..", b"other"))
    right = {None, one.payload, other.payload}
    for column in range(3, 31):
        mixed = one.soft()
        mixed[:, column:] = other.soft()[:, column:]
        decoded = decode(mixed, 4, "M", 2)
        assert (decoded and decoded.payload) in right


def test_another_mask_or_level_gives_nothing(dense):
    assert decode(dense.soft(), 15, "M", (dense.mask + 1) % 8) is None
    assert decode(dense.soft(), 15, "Q", dense.mask) is None
