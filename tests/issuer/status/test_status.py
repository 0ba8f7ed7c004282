"""`yanma-issuer status` from end to end: what an authority has becomes what a terminal verifies, and everything gives one hash."""

from __future__ import annotations

import hashlib
import io
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import cbor2
import numpy as np
import pytest

from firmware.register.path import choose_path, take_delta, take_snapshot
from firmware.register.snapshot import Snapshot, sha256_of
from firmware.sync.store import load_trust
from firmware.verify.register_token import RegisterToken
from firmware.verify.trust import UntrustedError, believe_register
from issuer.cli import main
from issuer.errors import Exit
from issuer.keys import ENVIRONMENT
from issuer.office import Office
from issuer.publish import write_trust
from issuer.status.publication import parcel_path, read_token
from issuer.status.token_lists import pack_states, unpack_states
from tests.issuer.common import NOW_S
from tests.shared_data import vectors

Run = Callable[..., int]
HOUR_S = 3600


@pytest.fixture
def run(state: Path) -> Run:
    return lambda action, *words: main(["status", action, *map(str, words), "--state", str(state)])


def states_of(places: int, marks: int, seed: int = 1) -> np.ndarray:
    chance = np.random.default_rng(seed)
    states = np.zeros(places, np.uint8)
    states[chance.choice(places, marks, replace=False)] = chance.choice([1, 2, 12, 14], marks)
    return states


def changed(states: np.ndarray, count: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    states = states.copy()
    states[chance.choice(len(states), count, replace=False)] = chance.choice([0, 1, 2, 12], count)
    return states


def build(run: Run, folder: Path, states: np.ndarray, name: str = "register.bin") -> Path:
    np.save(folder / "states.npy", states)
    assert run("build", folder / "states.npy", folder / name, "--list-size", 50_000) == Exit.OK
    return folder / name


def at(hours: float) -> str:
    from issuer.dates import iso_utc

    return iso_utc(NOW_S + int(hours * HOUR_S))


def test_array_packed_array_and_lines_give_the_same_register(run: Run, tmp_path: Path) -> None:
    states = states_of(100_000, 1500)
    (tmp_path / "states.bin").write_bytes((states[0::2] | states[1::2] << 4).tobytes())
    lines = [f"{1 + place // 50_000},{place % 50_000},{states[place]}" for place in np.flatnonzero(states)]
    random.Random(1).shuffle(lines)
    (tmp_path / "states.csv").write_text("list,index,state\n" + "\n".join(lines) + "\n")
    (tmp_path / "lists.csv").write_text("1,50000\n2,50000\n")
    digests = {sha256_of(build(run, tmp_path, states))}
    for name in ("states.bin", "states.csv"):
        assert run("build", tmp_path / name, tmp_path / "other.bin", "--lists", tmp_path / "lists.csv") == Exit.OK
        digests.add(sha256_of(tmp_path / "other.bin"))
    assert len(digests) == 1


def test_lines_of_changes_give_what_a_new_build_gives(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = states_of(100_000, 4000)
    base = build(run, tmp_path, states)
    lines, chance = ["list,index,state"], random.Random(2)
    for _ in range(3000):
        place, state = chance.randrange(100_000), chance.choice((0, 0, 1, 2, 14))
        states[place] = state
        word = {0: "valid", 2: "suspended"}.get(state, str(state))
        lines.append(f"{1 + place // 50_000}, {place % 50_000}, {word}")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    assert run("change", base, "-", tmp_path / "changed.bin") == Exit.OK
    assert sha256_of(tmp_path / "changed.bin") == sha256_of(build(run, tmp_path, states))


WRONG_LINES = (
    "1,2",
    "1,2,16",
    "1,-2,1",
    "x,2,1",
    "1,2,1,1",
    "1,2,nonsense",
    "99,0,1",
    "1,50000,1",
    "1,99999999999999999999,1",
)


@pytest.mark.parametrize("line", WRONG_LINES)
def test_a_wrong_line_is_named_and_nothing_is_written(
    line: str, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = build(run, tmp_path, states_of(100_000, 40))
    (tmp_path / "changes.csv").write_text(f"1,1,1\n{line}\n")
    assert run("change", base, tmp_path / "changes.csv", tmp_path / "new.bin") == Exit.BAD_DATA
    assert "changes.csv" in capsys.readouterr().err
    assert not (tmp_path / "new.bin").exists()


def test_a_file_that_is_no_register_is_told_in_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(b"x" * 100)
    assert run("show", tmp_path / "x") == Exit.BAD_DATA
    assert "not a register" in capsys.readouterr().err


@pytest.fixture
def published(run: Run, tmp_path: Path) -> tuple[Path, list[Path]]:
    """Fifty hours of publications, and the register of each."""
    states, registers = states_of(2_000_000, 90_000), []
    for hour in range(0, 51, 2):
        registers.append(build(run, tmp_path, states, f"{hour}.bin"))
        assert run("publish", registers[-1], tmp_path / "public", "--at", at(hour)) == Exit.OK
        states = changed(states, 40, hour)
    return tmp_path / "public", registers


def test_every_earlier_register_finds_its_way_and_comes_to_the_signed_one(
    published: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    folder, registers = published
    token = read_token(folder / "register.cwt")
    assert token is not None
    assert (token.serial, token.content) == (len(registers), sha256_of(registers[-1]))
    spent = []
    for serial, base in enumerate(registers, 1):
        path = choose_path(token, serial)
        if path is None:
            continue
        for step in path:
            take_delta(base, parcel_path(folder, step.parcel), step, tmp_path / f"{serial}-{step.to_serial}")
            base = tmp_path / f"{serial}-{step.to_serial}"
        assert base.read_bytes() == registers[-1].read_bytes()
        spent.append(sum(step.parcel.size_bytes for step in path))
    assert len(spent) >= 13, "two days of publications have a chain"
    assert max(spent) < token.snapshot.size_bytes
    take_snapshot(parcel_path(folder, token.snapshot), token, tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == registers[-1].read_bytes()


def test_deltas_lead_from_an_hour_a_day_seven_and_thirty_days_ago(run: Run, tmp_path: Path) -> None:
    states = states_of(100_000, 3000)
    days = (0, 15, 23, 29, 30 - 2 / 24, 30 - 1 / 24, 30)
    for serial, day in enumerate(days, 1):
        register = build(run, tmp_path, states)
        assert run("publish", register, tmp_path / "p", "--at", at(24 * day)) == Exit.OK
        states = changed(states, 30, serial)
    token = read_token(tmp_path / "p" / "register.cwt")
    assert token is not None
    assert [step.from_serial for step in token.deltas if step.to_serial == len(days)] == [1, 3, 4, 6]
    assert (5, 6) in {(step.from_serial, step.to_serial) for step in token.deltas}, "a step of an hour is still offered"
    kept = sorted(path.name for path in (tmp_path / "p.history").iterdir())
    assert len(kept) == len(days)


def test_nothing_lies_beside_what_the_token_names(published: tuple[Path, list[Path]]) -> None:
    folder, _ = published
    token = read_token(folder / "register.cwt")
    assert token is not None
    named = {parcel_path(folder, offer.parcel) for offer in token.deltas} | {parcel_path(folder, token.snapshot)}
    assert set((folder / "register").iterdir()) == named
    for path in named:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


def test_the_same_publication_again_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        register = build(run, tmp_path, states_of(100_000, 900))
        assert run("publish", register, tmp_path / name, "--at", at(0)) == Exit.OK
        register = build(run, tmp_path, states_of(100_000, 900, seed=2))
        assert run("publish", register, tmp_path / name, "--at", at(1)) == Exit.OK
        found.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()})
    assert found[0] == found[1]


def test_a_publication_before_the_last_one_is_refused(run: Run, tmp_path: Path) -> None:
    register = build(run, tmp_path, states_of(10_000, 9))
    assert run("publish", register, tmp_path / "p", "--at", at(1)) == Exit.OK
    assert run("publish", register, tmp_path / "p", "--at", at(1)) == Exit.BAD_DATA


def test_token_status_lists_of_a_register_hash_the_same(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register = build(run, tmp_path, states_of(170_000, 3000))
    assert run("publish", register, tmp_path / "p", "--at", at(0)) == Exit.OK
    assert run("cwt", register, tmp_path / "lists", "--at", at(0)) == Exit.OK
    assert run("check", tmp_path / "p", tmp_path / "lists") == Exit.OK
    assert "4 Token Status Lists give the same" in capsys.readouterr().out
    other = build(run, tmp_path, changed(states_of(170_000, 3000), 1, 5))
    assert run("cwt", other, tmp_path / "lists", "--at", at(0)) == Exit.OK
    assert run("check", tmp_path / "p", tmp_path / "lists") == Exit.BAD_DATA


def test_a_terminal_believes_a_published_register(run: Run, office: Office, tmp_path: Path) -> None:
    states = states_of(100_000, 900)
    register = build(run, tmp_path, states)
    assert run("publish", register, tmp_path / "p", "--at", at(-1)) == Exit.OK
    write_trust(tmp_path / "trust", office.anchor, office.listed(), NOW_S)
    (tmp_path / "trust" / "register.cwt").write_bytes((tmp_path / "p" / "register.cwt").read_bytes())
    (tmp_path / "trust" / "register.bin").write_bytes(register.read_bytes())
    view = load_trust(tmp_path / "trust", tmp_path / "trust" / "anchors", ENVIRONMENT)
    assert view.register is not None
    assert [view.register.places.state(1, index) for index in range(3000)] == states[:3000].tolist()
    with pytest.raises(UntrustedError, match="older"):
        believe_register((tmp_path / "p" / "register.cwt").read_bytes(), view.keys, serial_floor=2)


def test_the_office_packs_the_lists_of_the_draft() -> None:
    """Both ways, with 1, 2, 4 and 8 bits an entry: entries -> states, states -> the very entries."""
    for vector in vectors("token_status_list"):
        data = bytes.fromhex(vector["input_hex"])
        packed = data if data[:1] == b"\x78" else cbor2.loads(data)["lst"]
        entries = zlib.decompress(packed)
        states = unpack_states(entries, vector["bits"])
        expected = np.zeros(vector["size"], np.uint8)
        for index, state in vector["expected"].items():
            expected[int(index)] = state
        assert (states == expected).all()
        assert pack_states(expected, vector["bits"]) == entries
        assert zlib.compress(pack_states(expected, vector["bits"]), 9) == packed, vector["id"]


@pytest.mark.parametrize(("states", "bits"), [([2], 1), ([16], 4), ([0], 3)])
def test_states_that_do_not_fit_are_not_packed(states: list[int], bits: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        pack_states(np.array(states, np.uint8), bits)


def test_lookups_after_a_chain_are_those_of_the_array(published: tuple[Path, list[Path]], tmp_path: Path) -> None:
    folder, registers = published
    token: RegisterToken | None = read_token(folder / "register.cwt")
    assert token is not None
    (step,) = choose_path(token, token.serial - 1) or ()
    take_delta(registers[-2], parcel_path(folder, step.parcel), step, tmp_path / "now")
    with Snapshot(tmp_path / "now") as now, Snapshot(registers[-1]) as built:
        assert [now.state(1, i) for i in range(2000)] == [built.state(1, i) for i in range(2000)]
