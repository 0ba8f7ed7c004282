"""The register over the network: the smallest way to it, and what happens when a way leads elsewhere."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from firmware.register.snapshot import sha256_of
from firmware.sync.fetch import Trouble
from firmware.verify.wire import Alg
from issuer.keys import KeyStore
from issuer.status.publication import publish
from tests.register.common import write
from tests.sync.mirror import Handler, Stage, bundle_of
from tests.world import DAY, NOW

LIST = 7


class Registry:
    """A publisher of registers beside the bundle of a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.folder = stage.office.folder
        self.signer = KeyStore(self.folder / "registry").get("status", Alg.ED25519)
        chance = random.Random(7)
        self.states = {(LIST, index): 1 + index % 3 for index in chance.sample(range(100_000), 30_000)}
        self.day = 0

    @property
    def now_s(self) -> int:
        return NOW + self.day * DAY

    def publish(self, changes: int = 0) -> None:
        """The next day's register, and the repository with it."""
        self.day += 1
        for index in range(changes):
            self.states[LIST, (self.day * 977 + index * 13) % 100_000] = 1
        write(self.folder / "register.bin", self.states)
        bundle, history = self.stage.office.bundle, self.folder / "history"
        publish(self.folder / "register.bin", bundle, history, self.signer, self.now_s, lambda _line: None)
        self.stage.office.publish(self.now_s)

    def visit(self) -> None:
        came = self.stage.visit(now=self.now_s)
        assert came.fetched is not None, came.last.what
        ready = self.stage.terminal.bundle
        assert hashlib.sha256(ready["register.bin"]).digest() == sha256_of(self.folder / "register.bin")
        assert ready["register.cwt"] == bundle_of(self.stage.office)["register.cwt"]

    @property
    def parcels(self) -> list[int]:
        """Bytes of each parcel that was sent since the last look."""
        sent = [asked.sent for asked in self.stage.mirror.asked if "/register/" in asked.path]
        self.stage.mirror.asked.clear()
        return sent


@pytest.fixture
def registry(stage: Stage) -> Registry:
    return Registry(stage)


def test_the_first_register_comes_as_a_snapshot_and_the_next_ones_as_deltas(registry: Registry) -> None:
    registry.publish()
    registry.visit()
    [snapshot] = registry.parcels
    for _ in range(3):
        registry.publish(changes=20)
        registry.visit()
        [delta] = registry.parcels
        assert delta < snapshot / 10


def test_a_terminal_that_slept_takes_the_chain_that_is_smaller_than_the_snapshot(registry: Registry) -> None:
    registry.publish()
    registry.visit()
    [snapshot] = registry.parcels
    for _ in range(2):
        registry.publish(changes=20)
    registry.visit()
    assert 0 < sum(registry.parcels) < snapshot


def test_nothing_new_asks_for_no_parcel(registry: Registry) -> None:
    registry.publish()
    registry.visit()
    assert len(registry.parcels) == 1
    registry.visit()
    assert registry.parcels == []


@pytest.mark.parametrize("harm", ["swapped", "truncated", "longer", "missing"])
def test_a_delta_that_is_not_what_was_promised_costs_a_snapshot_and_no_answer(registry: Registry, harm: str) -> None:
    registry.publish()
    registry.visit()
    registry.publish(changes=20)
    [delta] = [path for path in (registry.stage.office.bundle / "register").iterdir() if path.stat().st_size < 2000]

    def hurt(handler: Handler, data: bytes) -> None:
        if harm == "missing":
            handler.answer(404, b"")
        else:
            handler.answer(200, {"swapped": data[::-1], "truncated": data[:-9], "longer": data + b"x"}[harm])

    registry.stage.mirror.tricks[delta.name] = hurt
    if harm == "truncated":  # a way that was cut: the next round goes on
        assert registry.stage.visit(now=registry.now_s).last.trouble is Trouble.OFFLINE
        registry.stage.mirror.tricks.clear()
    registry.visit()


def test_a_delta_that_a_publisher_made_wrongly_costs_a_snapshot_and_no_answer(registry: Registry) -> None:
    """Signed and listed as promised; what it gives is another register."""
    registry.publish()
    registry.visit()
    registry.publish(changes=20)
    state = registry.stage.terminal.plan.state
    from firmware.sync.blobs import Store

    with Store.open(state) as store:  # a base that is a register, and not the one of its token
        entries = dict(store.current().entries)  # type: ignore[union-attr]
        other = registry.folder / "other.bin"
        write(other, {(LIST, 5): 1})
        entries["targets/register.bin"] = store.put(other.read_bytes())
        store.commit(entries, {})
    registry.visit()


def test_an_older_register_under_a_newer_repository_is_refused(registry: Registry) -> None:
    registry.publish()
    first = (registry.stage.office.bundle / "register.cwt").read_bytes()
    registry.publish(changes=5)
    registry.visit()
    before = registry.stage.terminal.bundle
    (registry.stage.office.bundle / "register.cwt").write_bytes(first)
    registry.stage.office.publish(registry.now_s + 60)
    came = registry.stage.visit(now=registry.now_s + 60)
    assert came.last.trouble is Trouble.STEP_BACK
    assert registry.stage.terminal.bundle == before


@pytest.mark.parametrize("data", [b"", b"\xd2\x84", b"no token at all", b"\xff" * 500])
def test_a_token_that_is_none_is_refused_in_words(registry: Registry, data: bytes) -> None:
    (registry.stage.office.bundle / "register.cwt").write_bytes(data)
    registry.stage.office.publish()
    assert registry.stage.visit().last.trouble in (Trouble.MALFORMED, Trouble.OFFLINE)


def test_a_register_that_is_cut_at_half_is_gone_on_with(registry: Registry) -> None:
    registry.publish()
    registry.stage.mirror.tricks["/register/"] = lambda handler, data: (
        handler.answer(200, data, len(data) // 2) if handler.asked.range is None else handler.answer_part(data)
    )
    registry.visit()
    first, second = registry.parcels
    assert abs(first - second) <= 1


def test_parcels_leave_nothing_behind(registry: Registry, tmp_path: Path) -> None:
    registry.publish()
    registry.visit()
    registry.publish(changes=3)
    registry.visit()
    assert list((registry.stage.terminal.plan.state / "parts").iterdir()) == []
    assert sorted(registry.stage.terminal.bundle) == [
        "register.bin", "register.cwt", "rules.cwt", "status/11.cwt", "trust.cwt",
    ]  # fmt: skip
