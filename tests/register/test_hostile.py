"""Register files, deltas and parcels that lie: always RegisterError, never a guess, never more memory than the limits say."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.register.delta import Delta
from firmware.register.facts import RegisterError
from firmware.register.parcel import pack, unpack
from firmware.register.snapshot import Snapshot
from tests.register.common import write


@pytest.fixture
def good(tmp_path: Path) -> Path:
    chance = random.Random(5)
    write(tmp_path / "r", {(7, index): chance.choice((1, 2, 2, 14)) for index in chance.sample(range(100_000), 5000)})
    return tmp_path / "r"


def use(path: Path) -> None:
    """All that a reader may do with a file. Whatever it is: answers, or RegisterError."""
    with suppress(RegisterError), Snapshot(path) as snapshot:
        for _ in snapshot.batches():
            pass
    with suppress(RegisterError), Snapshot(path) as snapshot:
        for index in range(0, 100_000, 997):
            with suppress(RegisterError):
                snapshot.state(7, index)
    with suppress(RegisterError), Delta(path):
        pass


def test_register_cut_anywhere_is_refused_when_it_is_opened(good: Path) -> None:
    whole = good.read_bytes()
    for end in [*range(200), *range(200, len(whole), 37), len(whole) - 1]:
        good.write_bytes(whole[:end])
        with pytest.raises(RegisterError):
            Snapshot(good)


def test_register_with_something_behind_it_is_refused(good: Path) -> None:
    good.write_bytes(good.read_bytes() + b"\x00")
    with pytest.raises(RegisterError, match="left over"):
        Snapshot(good)


def test_status_file_with_lying_lengths_is_refused_or_answers(good: Path) -> None:
    """Every byte of header, list table and directory replaced: no other error, no huge array."""
    whole = good.read_bytes()
    for place in range(90):
        for value in (0, 1, 0x7F, 0x80, 0xFF, whole[place] ^ 1):
            good.write_bytes(whole[:place] + bytes((value,)) + whole[place + 1 :])
            use(good)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_is_refused_or_answers(good: Path, data: st.DataObject) -> None:
    whole = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    other = good.with_name("other")
    other.write_bytes(whole)
    use(other)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([b"YMR\x01", b"YMD\x01", b""]), st.binary(max_size=300))
def test_any_bytes_are_a_register_or_refused(tmp_path: Path, magic: bytes, data: bytes) -> None:
    (tmp_path / "any").write_bytes(magic + data)
    use(tmp_path / "any")


def test_what_is_no_file_is_no_register(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").write_bytes(b"")
    for name in ("pipe", "empty"):
        with pytest.raises(RegisterError):
            Snapshot(tmp_path / name)


def test_parcel_gives_back_what_was_packed(good: Path) -> None:
    with Snapshot(good) as snapshot:
        pack(good, good.with_name("p"), snapshot.cuts)
    size = good.stat().st_size
    unpack(good.with_name("p"), good.with_name("back"), size)
    assert good.with_name("back").read_bytes() == good.read_bytes()
    for wrong in (size - 1, size + 1, 0, 1 << 40):
        with pytest.raises(RegisterError):
            unpack(good.with_name("p"), good.with_name("wrong"), wrong)
    assert not good.with_name("wrong").exists()


def test_parcel_that_is_a_bomb_is_refused_at_the_promised_size(tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(zstandard.compress(bytes(50 << 20)))
    with pytest.raises(RegisterError):
        unpack(tmp_path / "bomb", tmp_path / "out", 1000)
    assert not (tmp_path / "out").exists()


def test_parcel_that_wants_a_large_window_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    (tmp_path / "wide").write_bytes(stream.compress(b"x" * 100) + stream.flush())
    with pytest.raises(RegisterError):
        unpack(tmp_path / "wide", tmp_path / "out", 100)


@pytest.mark.parametrize("change", ["cut", "tail", "second frame", "no frame"])
def test_parcel_that_is_cut_or_long_is_refused(change: str, good: Path) -> None:
    with Snapshot(good) as snapshot:
        pack(good, good.with_name("p"), snapshot.cuts)
    whole = good.with_name("p").read_bytes()
    wrong = {
        "cut": whole[:-1],
        "tail": whole + b"\x00",
        "second frame": whole + zstandard.compress(b""),
        "no frame": b"",
    }
    good.with_name("p").write_bytes(wrong[change])
    with pytest.raises(RegisterError):
        unpack(good.with_name("p"), good.with_name("out"), good.stat().st_size)
    assert not good.with_name("out").exists()
