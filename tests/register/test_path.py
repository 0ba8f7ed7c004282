"""Which parcels to fetch: the fewest bytes from what we have to what is offered."""

from __future__ import annotations

import pytest

from firmware.register.facts import RegisterError
from firmware.register.path import STEP_BYTES, choose_path
from firmware.verify.register_token import DeltaOffer, Parcel, RegisterToken

HASH = bytes(32)


def token(serial: int, snapshot: int, *deltas: tuple[int, int, int]) -> RegisterToken:
    """A token with (from, to, bytes) deltas."""
    offers = tuple(DeltaOffer(a, b, Parcel(HASH, size), size, HASH) for a, b, size in sorted(deltas))
    return RegisterToken(serial, 0, 1, HASH, 1, Parcel(HASH, snapshot), offers)


def steps(offered: RegisterToken, have: int | None) -> list[tuple[int, int]] | None:
    path = choose_path(offered, have)
    return None if path is None else [(step.from_serial, step.to_serial) for step in path]


HOURLY = [(n, n + 1, 20_000) for n in range(1, 30)]


def test_nothing_is_fetched_where_we_have_it() -> None:
    assert steps(token(30, 10_000_000, *HOURLY), 30) == []


@pytest.mark.parametrize("have", [None, 0])
def test_the_snapshot_is_taken_where_no_delta_begins(have: int | None) -> None:
    assert steps(token(30, 10_000_000, *HOURLY), have) is None


def test_hours_are_chained_where_nothing_shorter_leads_there() -> None:
    assert steps(token(30, 10_000_000, *HOURLY), 27) == [(27, 28), (28, 29), (29, 30)]


def test_a_day_is_taken_where_it_is_shorter_than_its_hours() -> None:
    assert steps(token(30, 10_000_000, *HOURLY, (6, 30, 300_000)), 6) == [(6, 30)]
    assert steps(token(30, 10_000_000, *HOURLY, (6, 30, 300_000)), 5) == [(5, 6), (6, 30)]


def test_one_delta_is_better_than_two_that_are_hardly_shorter() -> None:
    offered = token(3, 10_000_000, (1, 2, 1000), (2, 3, 1000), (1, 3, 2000 + STEP_BYTES - 1))
    assert steps(offered, 1) == [(1, 3)]


def test_the_snapshot_is_taken_where_the_chain_is_longer() -> None:
    assert steps(token(30, 100_000, *HOURLY), 1) is None
    assert steps(token(30, 100_000, *HOURLY), 28) == [(28, 29), (29, 30)]


def test_rolled_back_serial_is_refused() -> None:
    with pytest.raises(RegisterError, match="older than 31"):
        choose_path(token(30, 100_000, *HOURLY), 31)


def test_many_ways_of_the_same_length_are_no_trouble() -> None:
    deltas = [(a, b, 100) for a in range(40) for b in range(a + 1, 41)]
    assert steps(token(40, 10_000_000, *deltas), 0) == [(0, 40)]
