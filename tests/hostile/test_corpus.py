"""What the fuzzer began with and what it found worth keeping, replayed: no fault, and nobody passes who should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.door import BY_STRANGERS, TOKENS, WITH_A_KEY, attack, judge, seeds

CORPUS = Path(__file__).parent / "corpus"


def test_kept_inputs_break_no_promise() -> None:
    kept = sorted(path for path in CORPUS.iterdir() if path.suffix == ".bin")
    assert 50 <= len(kept) <= 200
    for path in kept:
        attack(path.read_bytes())


@pytest.mark.parametrize("name", seeds())
def test_seeds_break_no_promise_cut_or_with_one_wrong_byte(name: str) -> None:
    data = seeds()[name]
    attack(data)
    for place in range(1, len(data), 3):
        attack(data[:place])
        attack(data[:place] + bytes((data[place] ^ 0x41,)) + data[place + 1 :])


def test_every_dressing_reaches_what_it_is_for() -> None:
    """If the seeds of the dressings gave no varied answers, the fuzzer would knock at a wall."""
    assert {data[0] for data in seeds().values()} == {*BY_STRANGERS, *WITH_A_KEY, *TOKENS}
    reasons = {
        judge((BY_STRANGERS.get(data[0]) or WITH_A_KEY[data[0]])(data[1:])).reason.value
        for data in seeds().values()
        if data[0] not in TOKENS
    }
    assert {"VALID", "NOT_A_CREDENTIAL", "CANNOT_TELL", "STRIPPED", "BAD_SIGNATURE"} <= reasons


def test_broken_promise_is_seen() -> None:
    """The attack itself would notice: an input that the office's good codes give, dressed as a stranger's, is only theirs."""
    with pytest.raises(AssertionError, match="stranger"):
        attack(b"\x00" + _code_of_another_office())


def _code_of_another_office() -> bytes:
    from tests.hostile.door import MARK, WORLD, text

    return text(WORLD.credential(MARK, claims={7: b"another1"}))
