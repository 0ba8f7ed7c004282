"""A publisher for benchmarks: the demo's offices and rules, status lists of a given size, one publication after another."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import numpy as np

from firmware.register.bits import Bits, Numbers
from firmware.register.snapshot import write_snapshot
from firmware.register.table import ListTable
from issuer import world
from issuer.keys import KeyStore
from issuer.office import Office
from issuer.publish import pack_states, rules_cwt, status_cwt, strangers, trust_cwt
from issuer.repository import Published, Publisher, newest_root
from issuer.ring import Ring
from issuer.status.publication import publish

DAY_S: Final = 86_400
_LIST_SIZE: Final = 1 << 20
_MARKED: Final = 0.01
#: Of all documents, in a day; half of them are marked anew, half no more.
_CHANGED: Final = 0.0001


class Registry:
    """A register of so many documents, 1 % of them marked, and the next day's, with 0.01 % of all changed."""

    def __init__(self, documents: int, seed: int = 1) -> None:
        self._chance = np.random.default_rng(seed)
        self._lists = ListTable.of({1 + row: _LIST_SIZE for row in range(-(-documents // _LIST_SIZE))})
        self._documents = documents
        self._changes = int(documents * _CHANGED / 2)
        self.positions: Numbers = self._drawn(int(documents * _MARKED))
        self.states: Bits = self._chance.integers(1, 4, len(self.positions)).astype(np.uint8)

    def write(self, path: Path) -> None:
        write_snapshot(path, self._lists, iter([(self.positions, self.states)]))

    def next_day(self) -> None:
        kept = np.ones(len(self.positions), bool)
        kept[self._chance.choice(len(kept), self._changes, replace=False)] = False
        added = np.setdiff1d(self._drawn(self._changes), self.positions)
        positions = np.concatenate((self.positions[kept], added))
        states = np.concatenate((self.states[kept], self._chance.integers(1, 4, len(added)).astype(np.uint8)))
        order = np.argsort(positions, kind="stable")
        self.positions, self.states = positions[order], states[order]

    def _drawn(self, count: int) -> Numbers:
        return np.unique(self._chance.integers(0, self._documents, count))


class Press:
    """A bundle of `lists` status lists of `entries` documents each, 1 % of them marked, and its repository in `www`.

    With `documents`, also a register of so many. Its delta of a day changes 0.01 % of all.
    """

    def __init__(self, folder: Path, lists: int = 1, entries: int = 1 << 12, documents: int = 0) -> None:
        self.now_s = int(time.time())
        self.www = folder / "www"
        self._bundle = folder / "bundle"
        self._store = KeyStore(folder / "state")
        self._office = Office(self._store)
        self._lists, self._entries = lists, entries
        (self._bundle / "status").mkdir(parents=True)
        self._registry = Registry(documents) if documents else None
        self._history = folder / "history"
        self._write_rare()
        self._write_lists()

    @property
    def root(self) -> bytes:
        return (self.www / "metadata/1.root.json").read_bytes()

    def publish(self, later_s: int, *, changed: bool = False) -> Published:
        """Publish so much later than the last time; `changed`: with new lists."""
        self.now_s += later_s
        if changed:
            if self._registry is not None:
                self._registry.next_day()
            self._write_lists()
        ring = Ring(self._store, may_begin=newest_root(self.www / "metadata") == 0)
        return Publisher(self.www, ring, self.now_s).publish(self._bundle)

    def _write_rare(self) -> None:
        (self._bundle / "trust.cwt").write_bytes(trust_cwt(self._office.anchor, self._office.listed(), self.now_s))
        (self._bundle / "rules.cwt").write_bytes(rules_cwt(self._office.anchor, self.now_s))

    def _write_lists(self) -> None:
        signer = next(key for plan, key in self._office.listed() if plan.name == world.STATUS_NAME)
        for number in range(1, self._lists + 1):
            packed = pack_states({}, self._entries, strangers(self.now_s + number))
            (self._bundle / f"status/{number}.cwt").write_bytes(status_cwt(signer, number, packed, self.now_s))
        if self._registry is not None:
            register = self._history.with_name("register.bin")
            self._registry.write(register)
            publish(register, self._bundle, self._history, signer, self.now_s, lambda _line: None)
