"""Deltas: old + delta = new, byte for byte; and what is not the right delta for the right base is refused whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.register.delta import apply_delta, make_delta
from firmware.register.facts import RegisterError
from firmware.register.parcel import pack_delta, unpack_delta
from firmware.register.snapshot import sha256_of
from firmware.register.squeeze import expand, squeeze
from tests.register.common import read, registers, write

OTHER_SIZES = {3: 4, 7: 120_000, 9: 50, (1 << 40) - 1: 8}


@settings(max_examples=60, deadline=None)
@given(registers(), registers(), st.booleans())
def test_old_and_delta_give_new_byte_for_byte(
    old: dict[tuple[int, int], int], new: dict[tuple[int, int], int], keeps: bool
) -> None:
    if keeps:  # a day's change, not another world
        new = old | dict(list(new.items())[:30])
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "old", old)
        digest = write(folder / "new", new)
        make_delta(folder / "old", folder / "new", folder / "delta")
        size = pack_delta(folder / "delta", folder / "parcel")
        unpack_delta(folder / "parcel", folder / "fetched", size)
        assert (folder / "fetched").read_bytes() == (folder / "delta").read_bytes()
        apply_delta(folder / "old", folder / "fetched", folder / "made", expected=digest)
        assert (folder / "made").read_bytes() == (folder / "new").read_bytes()


@settings(max_examples=40, deadline=None)
@given(registers(), registers(OTHER_SIZES))
def test_lists_may_come_go_grow_and_shrink(old: dict[tuple[int, int], int], new: dict[tuple[int, int], int]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "old", old)
        digest = write(folder / "new", new, OTHER_SIZES)
        make_delta(folder / "old", folder / "new", folder / "delta")
        apply_delta(folder / "old", folder / "delta", folder / "made", expected=digest)
        assert read(folder / "made") == (new, OTHER_SIZES)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Two registers, the delta between them, and a delta between two others."""
    a = {(7, index * 10): 1 for index in range(3000)}
    b = {place: 2 if place[1] % 700 == 0 else 1 for place in a if place[1] % 500} | {(7, 15): 12}
    write(tmp_path / "a", a)
    write(tmp_path / "b", b)
    write(tmp_path / "c", b | {(3, 3): 15})
    make_delta(tmp_path / "a", tmp_path / "b", tmp_path / "ab")
    make_delta(tmp_path / "b", tmp_path / "c", tmp_path / "bc")
    return tmp_path


def refused(world: Path, base: str, delta: Path, result: str) -> None:
    with pytest.raises(RegisterError):
        apply_delta(world / base, delta, world / "made", expected=sha256_of(world / result))
    assert not (world / "made").exists()


def test_a_chain_of_deltas_leads_to_the_end(world: Path) -> None:
    apply_delta(world / "a", world / "ab", world / "1", expected=sha256_of(world / "b"))
    apply_delta(world / "1", world / "bc", world / "2", expected=sha256_of(world / "c"))
    assert (world / "2").read_bytes() == (world / "c").read_bytes()


def test_delta_on_the_wrong_base_is_refused(world: Path) -> None:
    refused(world, "b", world / "ab", "b")
    refused(world, "c", world / "ab", "b")


def test_swapped_delta_is_refused(world: Path) -> None:
    """Somebody serves a genuine delta of another step under the name of this one."""
    refused(world, "b", world / "ab", "c")
    refused(world, "a", world / "bc", "b")


def test_delta_that_gives_another_register_than_the_signed_one_is_refused(world: Path) -> None:
    refused(world, "a", world / "ab", "c")


def test_truncated_delta_is_refused_wherever_it_is_cut(world: Path) -> None:
    whole = (world / "ab").read_bytes()
    for end in range(len(whole)):
        (world / "cut").write_bytes(whole[:end])
        refused(world, "a", world / "cut", "b")


def test_delta_with_any_byte_changed_is_refused(world: Path) -> None:
    whole = (world / "ab").read_bytes()
    for place in range(len(whole)):
        (world / "bad").write_bytes(whole[:place] + bytes((whole[place] ^ 0x10,)) + whole[place + 1 :])
        refused(world, "a", world / "bad", "b")


def test_squeezed_delta_gives_back_the_plain_one(world: Path) -> None:
    for name in ("ab", "bc"):
        squeeze(world / name, world / "small")
        expand(world / "small", world / "back")
        assert (world / "back").read_bytes() == (world / name).read_bytes()


def test_squeezed_delta_that_is_cut_changed_or_longer_is_refused_or_gives_another(world: Path) -> None:
    squeeze(world / "ab", world / "small")
    whole = (world / "small").read_bytes()
    wrong = [whole[:end] for end in range(len(whole))]
    wrong += [whole[:at] + bytes((whole[at] ^ 4,)) + whole[at + 1 :] for at in range(len(whole))]
    for data in (*wrong, whole + b"\x00"):
        (world / "bad").write_bytes(data)
        (world / "back").unlink(missing_ok=True)
        with suppress(RegisterError):
            expand(world / "bad", world / "back")
            refused(world, "a", world / "back", "b")


def test_delta_with_something_behind_it_is_refused(world: Path) -> None:
    (world / "long").write_bytes((world / "ab").read_bytes() + b"\x00")
    refused(world, "a", world / "long", "b")
