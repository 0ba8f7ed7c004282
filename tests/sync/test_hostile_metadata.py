"""Metadata harmed at random: whatever comes, the answer is words or the same bundle, never a traceback and never a half."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from firmware.model import Moment
from firmware.sync.fetch import FolderSource
from firmware.sync.judged import Judged
from firmware.sync.keeping import MemoryKeeper
from firmware.sync.rounds import NoMirrorError, Round, one_round
from tests.sync.mirror import Office, bundle_of
from tests.world import NOW

ROLES = ("timestamp", "snapshot", "targets", "trust", "status-now", "firmware")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("office"))
    made.publish()
    return made


def fetch(office: Office, www: Path, home: Path) -> dict[str, bytes] | None:
    """What lies ready after one round from this folder; None where it was refused in words, and nothing lies there."""
    shutil.rmtree(home, ignore_errors=True)
    work = Round(
        office.root, MemoryKeeper(), home / "parts", home / "incoming", Judged(Moment.exactly(NOW)), lambda *_: None
    )
    try:
        one_round(work, [FolderSource(www)])
    except NoMirrorError as error:
        said = error.what
        return None if said and not (home / "incoming/current").exists() else {"refused, and yet": said.encode()}
    folder = (home / "incoming/current").resolve()
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.cwt")}


def outcome(office: Office, folder: Path, name: str, data: bytes) -> None:
    """Put this in the place of one metadata file, and fetch."""
    www = folder / "www"
    shutil.rmtree(www, ignore_errors=True)
    shutil.copytree(office.www, www)
    (www / "metadata" / name).write_bytes(data)
    assert fetch(office, www, folder / "home") in (None, bundle_of(office))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(role=st.sampled_from(ROLES), seed=st.integers(0, 1 << 30))
def test_bytes_harmed_anywhere_never_get_through(office: Office, tmp_path: Path, role: str, seed: int) -> None:
    chance = random.Random(seed)
    path = office.newest(role)
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data))
        harm = chance.choice(("flip", "cut", "double", "drop"))
        if harm == "flip":
            data[place] ^= 1 << chance.randrange(8)
        elif harm == "cut":
            del data[place:]
        elif harm == "double":
            data[place:place] = data[place : place + chance.randint(1, 200)]
        else:
            del data[place : place + chance.randint(1, 20)]
        data = data or bytearray(b"\0")
    outcome(office, tmp_path, path.name, bytes(data))


#: JSON that is well formed and means something else.
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1 << 80,
    1.5,
    "",
    "x" * 5000,
    [],
    {},
    [[]],
    {"": {}},
    "2026-99-99T00:00:00Z",
    "../x",
    "\ud800",
]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every value within a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in leaves(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copy = json.loads(json.dumps(value))
    if not path:
        return new
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return copy


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(role=st.sampled_from(ROLES), place=st.integers(0, 1 << 20), odd=st.sampled_from(ODD))
def test_every_field_with_every_odd_value_is_answered_in_words(
    office: Office, tmp_path: Path, role: str, place: int, odd: Any
) -> None:
    path = office.newest(role)
    value = json.loads(path.read_bytes())
    places = leaves(value)
    harmed = replaced(value, places[place % len(places)], odd)
    outcome(office, tmp_path, path.name, json.dumps(harmed).encode())


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(role=st.sampled_from(ROLES), place=st.integers(0, 1 << 20), odd=st.sampled_from(ODD))
@example(role="targets", place=40, odd=True)
@example(role="snapshot", place=63, odd=1 << 80)
def test_an_odd_value_that_is_signed_by_the_right_key_is_answered_in_words_too(
    office: Office, tmp_path: Path, role: str, place: int, odd: Any
) -> None:
    """A thief of one key, or a publisher's own mistake: the signature is good, and so are the hashes that name it."""
    copy = Office(tmp_path / "thief")
    shutil.rmtree(copy.folder)
    shutil.copytree(office.folder, copy.folder)
    value = json.loads(copy.newest(role).read_bytes())
    places = [found for found in leaves(value["signed"]) if found and found[0] != "_type"]
    harmed = replaced(value["signed"], places[place % len(places)], odd)
    copy.sign_raw(role, harmed)
    ready = fetch(copy, copy.www, tmp_path / "home") or {}
    # What such a key may change: which files of its own there are, never their bytes.
    assert set(ready.items()) <= set(bundle_of(office).items())
