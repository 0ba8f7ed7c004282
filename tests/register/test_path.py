"""Which parcels to fetch: the fewest bytes from what we have to what is offered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.register.delta import make_delta
from firmware.register.facts import RegisterError
from firmware.register.parcel import pack, pack_delta
from firmware.register.path import STEP_BYTES, choose_path, take_delta, take_snapshot
from firmware.register.snapshot import Snapshot, sha256_of
from firmware.verify.register_token import DeltaOffer, Parcel, RegisterToken
from tests.register.common import write

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


@pytest.fixture
def offered(tmp_path: Path) -> RegisterToken:
    """Two registers, and in the folder the parcels that a token offers: the second whole, and the delta to it."""
    write(tmp_path / "old", {(7, index * 9): 1 for index in range(3000)})
    content = write(tmp_path / "new", {(7, index * 9): 1 + index % 2 for index in range(2900)})
    with Snapshot(tmp_path / "new") as snapshot:
        pack(tmp_path / "new", tmp_path / "snapshot", snapshot.cuts)
    make_delta(tmp_path / "old", tmp_path / "new", tmp_path / "plain")
    unpacked = pack_delta(tmp_path / "plain", tmp_path / "delta")
    whole, step = (
        Parcel(sha256_of(tmp_path / name), (tmp_path / name).stat().st_size) for name in ("snapshot", "delta")
    )
    offers = (DeltaOffer(1, 2, step, unpacked, content),)
    return RegisterToken(2, 0, 1, content, (tmp_path / "new").stat().st_size, whole, offers)


def test_both_parcels_give_the_signed_register(offered: RegisterToken, tmp_path: Path) -> None:
    take_snapshot(tmp_path / "snapshot", offered, tmp_path / "a")
    take_delta(tmp_path / "old", tmp_path / "delta", offered.deltas[0], tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "new").read_bytes()


def take(name: str, offered: RegisterToken, folder: Path) -> None:
    if name == "snapshot":
        take_snapshot(folder / name, offered, folder / "made")
    else:
        take_delta(folder / "old", folder / name, offered.deltas[0], folder / "made")


@pytest.mark.parametrize("name", ["snapshot", "delta"])
def test_parcel_that_is_not_the_signed_one_is_refused_and_leaves_nothing(
    name: str, offered: RegisterToken, tmp_path: Path
) -> None:
    """Truncated on the way, one bit flipped, swapped for the other one, or longer."""
    whole = (tmp_path / name).read_bytes()
    other = (tmp_path / {"snapshot": "delta", "delta": "snapshot"}[name]).read_bytes()
    for data in (whole[:-1], whole[:50] + bytes((whole[50] ^ 1,)) + whole[51:], other, whole + b"\x00", b""):
        (tmp_path / name).write_bytes(data)
        before = sorted(tmp_path.iterdir())
        with pytest.raises(RegisterError):
            take(name, offered, tmp_path)
        assert sorted(tmp_path.iterdir()) == before


def test_a_token_that_names_another_content_is_not_satisfied(offered: RegisterToken, tmp_path: Path) -> None:
    """The publisher signed a wrong hash: the parcels are as signed, what they give is not."""
    with pytest.raises(RegisterError):
        take_snapshot(tmp_path / "snapshot", replace(offered, content=HASH), tmp_path / "made")
    with pytest.raises(RegisterError):
        take_delta(tmp_path / "old", tmp_path / "delta", replace(offered.deltas[0], to_content=HASH), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_many_ways_of_the_same_length_are_no_trouble() -> None:
    deltas = [(a, b, 100) for a in range(40) for b in range(a + 1, 41)]
    assert steps(token(40, 10_000_000, *deltas), 0) == [(0, 40)]
