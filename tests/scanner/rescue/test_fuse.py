import numpy as np

from firmware.scanner.rescue.decode import decode
from firmware.scanner.rescue.format import Format
from firmware.scanner.rescue.fuse import FRAMES, Fusion, all_show


def _frame(code, seed: int) -> np.ndarray:
    """One frame's grid under noise that alone makes every block wrong."""
    return (0.5 * code.soft() + np.random.default_rng(seed).normal(0.0, 0.45, code.modules.shape)).astype(np.float32)


def _format(code) -> Format:
    return Format(code.level, code.mask, 1.0)


def test_frames_that_say_nothing_alone_say_it_together(dense):
    memory = Fusion()
    total = None
    for seed in range(FRAMES):
        frame = _frame(dense, seed)
        assert decode(frame, 15, "M", dense.mask) is None
        total = memory.add(frame, 15, _format(dense))
        assert (total is None) == (seed == 0)
    decoded = decode(total.soft, 15, "M", dense.mask)
    assert decoded is not None
    assert decoded.payload == dense.payload


def test_another_code_of_the_same_version_and_mask_is_not_added(make_code):
    one, other = (make_code(np.random.default_rng(seed).bytes(60), version=8, mask=4) for seed in (1, 2))
    memory = Fusion()
    assert memory.add(_frame(one, 1), 8, _format(one)) is None
    assert memory.add(_frame(other, 2), 8, _format(other)) is None
    assert memory.add(_frame(one, 3), 8, _format(one)) is not None, "the first is remembered beside it"


def test_another_mask_level_or_version_begins_anew(make_code):
    code, memory = make_code(b"same", version=3, mask=1), Fusion()
    assert memory.add(code.soft(), 3, Format("M", 1, 1.0)) is None
    assert memory.add(code.soft(), 3, Format("M", 2, 1.0)) is None
    assert memory.add(code.soft(), 3, Format("Q", 1, 1.0)) is None
    assert memory.add(code.soft(), 3, Format("M", 1, 1.0)) is not None


def test_only_the_last_frames_count(make_code):
    code, memory = make_code(b"same", version=3, mask=1), Fusion(frames=3)
    for _ in range(6):
        total = memory.add(code.soft(), 3, _format(code))
    assert np.array_equal(total.soft, 3 * code.soft())
    assert len(total.grids) == 3


def test_a_code_not_seen_for_long_is_forgotten_and_so_is_one_that_was_read(make_code):
    one, other = make_code(b"one", version=2, mask=1), make_code(b"other", version=3, mask=2)
    memory = Fusion(frames=2)
    memory.add(one.soft(), 2, _format(one))
    for _ in range(3):
        memory.add(other.soft(), 3, _format(other))
    assert memory.add(one.soft(), 2, _format(one)) is None
    memory.forget()
    assert memory.add(one.soft(), 2, _format(one)) is None


def test_an_answer_that_one_of_the_frames_does_not_show_does_not_stand(make_code):
    """Two documents of one office: a single character is different, and most of the modules are the same."""
    one, other = (make_code(b"HOLDER %d AND THE SAME TEXT FOR ALL" % number, version=5, mask=3) for number in (1, 2))
    assert (one.modules == other.modules).mean() > 0.7
    answer = decode(one.soft(), 5, "M", 3)
    assert all_show((one.soft(), one.soft()), answer.grid, 5, "M")
    assert not all_show((one.soft(), other.soft()), answer.grid, 5, "M")
    assert all_show((one.soft(), 0.001 * other.soft()), answer.grid, 5, "M"), "a frame that shows nothing has no say"
