import numpy as np
import pytest
import segno
from segno import consts

from firmware.scanner.rescue.format import formats_of, version_said
from firmware.scanner.rescue.layout import LEVELS, alignment_lines, blocks_of, layout_of, mask_of

_SEGNO_LEVELS = {
    "L": consts.ERROR_LEVEL_L,
    "M": consts.ERROR_LEVEL_M,
    "Q": consts.ERROR_LEVEL_Q,
    "H": consts.ERROR_LEVEL_H,
}


@pytest.mark.parametrize("version", range(1, 41))
def test_blocks_are_those_of_another_encoder(version):
    for level in LEVELS:
        blocks = blocks_of(version, level)
        infos = consts.ECC[version][_SEGNO_LEVELS[level]]
        lengths = sorted(info.num_total for info in infos for _ in range(info.num_blocks))
        assert sorted((blocks.at >= 0).sum(axis=1).tolist()) == lengths
        assert {info.num_total - info.num_data for info in infos} == {blocks.parity}
        places = np.sort(blocks.at[blocks.at >= 0])
        assert np.array_equal(places, np.arange(layout_of(version).order.size // 8)), "each codeword in one block"


@pytest.mark.parametrize("version", [1, 2, 6, 7, 13, 14, 21, 31, 32, 39, 40])
def test_known_modules_format_and_version_are_where_another_encoder_puts_them(version, make_code):
    for mask in (0, 5):
        code = make_code(b"where is it", version=version, level="Q" if version > 1 else "L", mask=mask)
        layout = layout_of(version)
        soft = code.soft()
        assert np.array_equal(soft[layout.known != 0], layout.known[layout.known != 0])
        best = formats_of(soft, layout, 1)[0]
        assert (best.level, best.mask, best.agreement) == (code.level, code.mask, 1.0)
        if version >= 7:
            seen = soft.reshape(-1)[layout.version_at]
            assert [version_said(copy) for copy in seen] == [(version, 1.0)] * 2


def test_alignment_lines_are_those_of_the_standard():
    assert alignment_lines(1) == ()
    assert alignment_lines(7) == (6, 22, 38)
    assert alignment_lines(32) == (6, 34, 60, 86, 112, 138)
    assert alignment_lines(40) == (6, 30, 58, 86, 114, 142, 170)


def test_all_eight_masks_undo_themselves_and_differ():
    masks = [mask_of(number, 45) for number in range(8)]
    assert len({mask.tobytes() for mask in masks}) == 8
    code = segno.make("same", version=7, mask=3, error="m", micro=False, boost_error=False)
    other = segno.make("same", version=7, mask=6, error="m", micro=False, boost_error=False)
    places = layout_of(7).order
    bits = [np.array(c.matrix, np.bool_).reshape(-1)[places] for c in (code, other)]
    assert np.array_equal(bits[0] ^ masks[3].reshape(-1)[places], bits[1] ^ masks[6].reshape(-1)[places])
