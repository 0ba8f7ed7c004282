from __future__ import annotations

from firmware.scanner.repeat import HOLD_OFF_S, MAX_CODES, MISSED_S, Repeats

A, B = b"code A", b"code B"


def script(*seen: tuple[float, bytes]) -> list[tuple[float, bytes, int]]:
    """What is news of a script of (time, code read)."""
    repeats = Repeats()
    told = [(at_s, code, repeats.news(code, at_s)) for at_s, code in seen]
    return [(at_s, code, reads) for at_s, code, reads in told if reads is not None]


def test_a_a_a_gap_a_b_is_told_as_a_confirmed_a_again_and_b_at_once() -> None:
    assert script((0.0, A), (0.1, A), (0.2, A), (1.8, A), (1.9, B)) == [
        (0.0, A, 1),
        (0.1, A, 2),
        (1.8, A, 1),
        (1.9, B, 1),
    ]


def test_a_code_stays_held_off_while_it_stays_in_view() -> None:
    seen = [(frame * 0.1, A) for frame in range(1000)]
    assert script(*seen) == [(0.0, A, 1), (0.1, A, 2)]


def test_a_code_missed_for_less_than_the_hold_off_was_never_away() -> None:
    assert script((0.0, A), (0.1, A), (0.1 + HOLD_OFF_S - 0.01, A)) == [(0.0, A, 1), (0.1, A, 2)]


def test_a_code_out_of_view_for_the_hold_off_was_shown_again() -> None:
    assert script((0.0, A), (HOLD_OFF_S, A)) == [(0.0, A, 1), (HOLD_OFF_S, A, 1)]


def test_two_codes_in_view_by_turns_are_each_told_once_and_confirmed_once() -> None:
    seen = [(frame * 0.1, (A, B)[frame % 2]) for frame in range(40)]
    assert script(*seen) == [(0.0, A, 1), (0.1, B, 1), (0.2, A, 2), (seen[3][0], B, 2)]


def test_a_still_picture_that_was_read_twice_is_told_once_as_two_reads() -> None:
    repeats = Repeats()
    assert repeats.news(A, 0.0, reads=2) == 2
    assert repeats.news(A, 0.1, reads=2) is None


def test_a_code_is_in_view_until_the_hold_off_is_over() -> None:
    repeats = Repeats()
    assert not repeats.in_view(0.0)
    repeats.news(A, 0.0)
    assert repeats.in_view(HOLD_OFF_S - 0.01)
    assert not repeats.in_view(HOLD_OFF_S)


def test_a_flood_of_codes_does_not_fill_the_memory() -> None:
    repeats = Repeats()
    for number in range(MAX_CODES + 1):
        repeats.news(number.to_bytes(2, "big"), 0.0)
    assert repeats.news((0).to_bytes(2, "big"), 0.1) == 1, "the oldest was forgotten"
    assert repeats.news(MAX_CODES.to_bytes(2, "big"), 0.1) == 2, "the newest was not"


def test_a_code_is_wanted_again_until_it_is_confirmed_and_when_it_is_missed() -> None:
    repeats = Repeats()
    assert not repeats.wanted(0.0), "there is none"
    repeats.news(A, 0.0)
    assert repeats.wanted(0.1), "a second reading"
    repeats.news(A, 0.1)
    assert not repeats.wanted(0.1 + MISSED_S - 0.01)
    assert repeats.wanted(0.1 + MISSED_S)
    assert not repeats.wanted(0.1 + HOLD_OFF_S), "it is gone"
