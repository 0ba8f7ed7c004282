"""The register comes with a bundle, stays with those that have none, and is mapped by readers while the sync goes on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from firmware.model import Moment
from firmware.sync.blobs import Store
from firmware.sync.install import Installed, RefusedError, install
from firmware.sync.store import FellBackError, load_trust
from firmware.verify import wire
from firmware.verify.trust import TrustView
from firmware.verify.wire import Claim, RegisterField
from tests.register.common import write as write_register
from tests.sync.bundles import ENVIRONMENT, world, write_anchors, write_bundle
from tests.world import DAY, NOW, Key

PLACE = (7, 12_345)


class Card:
    """A trust folder and a publisher with a register."""

    def __init__(self, folder: Path) -> None:
        self.trust = folder / "trust"
        self.keys = write_anchors(folder / "keys")
        self.sticks = folder / "sticks"

    def stick(self, version: int, serial: int | None, *, state: int = 1, lister: Key | None = None) -> Path:
        """A bundle, with a register of this serial in which PLACE has this state."""
        made = world(version, NOW - 10_000 + version)
        if lister is not None:
            made.lister = lister
        stick = write_bundle(self.sticks / f"{version}-{serial}", made)
        if serial is not None:
            content = write_register(stick / "register.bin", {PLACE: state, (40, 1): 2})
            size = (stick / "register.bin").stat().st_size
            body = {
                RegisterField.SERIAL: serial,
                RegisterField.CONTENT: content,
                RegisterField.SIZE: size,
                RegisterField.SNAPSHOT: [content, size],
                RegisterField.DELTAS: [],
            }
            claims = {Claim.IAT: NOW - 5000 + serial, Claim.EXP: NOW + 30 * DAY, Claim.REGISTER: body}
            token = made._token(made.lister, wire.REGISTER_TYPE, claims)
            (stick / "register.cwt").write_bytes(token)
        return stick

    def bring(self, stick: Path) -> Installed:
        return install(stick, self.trust, self.keys, ENVIRONMENT)

    def load(self) -> TrustView:
        return load_trust(self.trust, self.keys, ENVIRONMENT)

    def register_blob(self) -> Path:
        with Store.open(self.trust, read_only=True) as store:
            current = store.current()
            assert current is not None
            return store.path(current.entries["register.bin"])


def state_in(view: TrustView) -> int | None:
    found = view.status_list(PLACE[0], Moment.exactly(float(NOW)))
    return None if found is None else found.state(PLACE[1])


@pytest.fixture
def card(tmp_path: Path) -> Card:
    made = Card(tmp_path)
    made.bring(made.stick(7, 1))
    return made


def test_a_register_comes_with_its_bundle_and_is_looked_up(card: Card) -> None:
    assert state_in(card.load()) == 1
    assert card.bring(card.sticks / "7-1").unchanged
    with Store.open(card.trust, read_only=True) as store:
        assert store.floors()["demo/register"] == 1


def test_a_bundle_without_a_register_leaves_the_one_in_force_and_does_not_write_it_again(card: Card) -> None:
    blob = card.register_blob()
    written = blob.stat().st_mtime_ns, blob.stat().st_ino
    assert not card.bring(card.stick(8, None)).unchanged
    assert card.bring(card.sticks / "8-None").unchanged
    assert (card.load().version, state_in(card.load())) == (8, 1)
    assert (blob.stat().st_mtime_ns, blob.stat().st_ino) == written


def test_a_register_that_the_new_trust_list_no_longer_believes_goes_with_it(card: Card) -> None:
    """Else the whole of the next load would be refused for it."""
    card.bring(card.stick(8, None, lister=Key.es256(7777)))
    assert card.load().register is None


def test_an_older_register_is_refused_also_after_it_was_out_of_force(card: Card) -> None:
    card.bring(card.stick(8, 5))
    with pytest.raises(RefusedError, match="older than 5"):
        card.bring(card.stick(9, 4))
    card.bring(card.stick(10, None, lister=Key.es256(7777)))
    assert card.load().register is None
    with pytest.raises(RefusedError, match="older than 5"):
        card.bring(card.stick(11, 4))
    card.bring(card.stick(12, 6, state=2))
    assert state_in(card.load()) == 2


@pytest.mark.parametrize("damage", ["other bytes", "cut short", "missing"])
def test_a_register_that_is_not_what_its_token_names_is_refused_with_all_of_the_bundle(card: Card, damage: str) -> None:
    stick = card.stick(8, 2)
    data = (stick / "register.bin").read_bytes()
    if damage == "missing":
        (stick / "register.bin").unlink()
    else:
        (stick / "register.bin").write_bytes(data[:-1] if damage == "cut short" else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(RefusedError, match=r"register\.bin"):
        card.bring(stick)
    assert card.load().version == 7


def test_a_view_looks_up_in_its_register_on_after_that_was_collected(card: Card) -> None:
    view, blob = card.load(), card.register_blob()
    for version in (8, 9, 10):
        card.bring(card.stick(version, version, state=2))
    assert not blob.exists()
    assert (state_in(view), state_in(card.load())) == (1, 2)


def test_a_damaged_register_lets_the_reader_fall_back_and_the_same_stick_mends_it(card: Card) -> None:
    stick = card.stick(8, 2, state=2)
    card.bring(stick)
    blob = card.register_blob()
    blob.write_bytes(b"rot" * 100)
    with pytest.raises(FellBackError) as caught:
        card.load()
    assert (caught.value.view.version, state_in(caught.value.view)) == (7, 1)
    assert not card.bring(stick).unchanged
    assert (card.load().version, state_in(card.load())) == (8, 2)
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
