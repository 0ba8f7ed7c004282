"""The short code: what a person may mistype, and what that does."""

from __future__ import annotations

import string
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ledger.receipts.code import ALPHABET, LENGTH, code_of, read_code

contents = st.binary(max_size=40)


@given(contents)
def test_a_code_is_eight_characters_and_reads_back(content: bytes) -> None:
    code = code_of(content)
    assert len(code) == LENGTH
    assert read_code(code) == code


@given(contents, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(content: bytes, place: int, wrong: str) -> None:
    code = code_of(content)
    typed = code[:place] + wrong + code[place + 1 :]
    assert read_code(typed) == (code if typed == code else None)


@given(contents)
def test_two_exchanged_characters_are_always_found(content: bytes) -> None:
    code = code_of(content)
    for one, other in combinations(range(LENGTH), 2):
        typed = list(code)
        typed[one], typed[other] = typed[other], typed[one]
        if "".join(typed) != code:
            assert read_code("".join(typed)) is None


def test_what_people_write_for_zero_and_one_is_understood() -> None:
    code = next(found for number in range(10**6) if {"0", "1"} <= set(found := code_of(str(number).encode())))
    for typed in (code.lower(), code.replace("0", "O"), code.replace("1", "I"), code.replace("1", "l")):
        assert read_code(typed) == code
    assert read_code(f" {code[:4]}-{code[4:]} ") == code


@pytest.mark.parametrize("typed", ["", "4K7Q2M9", "4K7Q2M9XX", "UUUUUUUU", "京A12345", "........"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_the_alphabet_has_no_letter_that_looks_like_another() -> None:
    assert set(string.digits + string.ascii_uppercase) - set(ALPHABET) == set("ILOU")
    assert len(ALPHABET) == 32
