"""A publisher for benchmarks: the demo's offices and rules, status lists of a given size, one publication after another."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from issuer import world
from issuer.keys import KeyStore
from issuer.office import Office
from issuer.publish import pack_states, rules_cwt, status_cwt, strangers, trust_cwt
from issuer.repository import Published, Publisher, newest_root
from issuer.ring import Ring

DAY_S: Final = 86_400


class Press:
    """A bundle of `lists` status lists of `entries` documents each, 1 % of them marked, and its repository in `www`."""

    def __init__(self, folder: Path, lists: int = 1, entries: int = 1 << 12) -> None:
        self.now_s = int(time.time())
        self.www = folder / "www"
        self._bundle = folder / "bundle"
        self._store = KeyStore(folder / "state")
        self._office = Office(self._store)
        self._lists, self._entries = lists, entries
        (self._bundle / "status").mkdir(parents=True)
        self._write_rare()
        self._write_lists()

    @property
    def root(self) -> bytes:
        return (self.www / "metadata/1.root.json").read_bytes()

    def publish(self, later_s: int, *, changed: bool = False) -> Published:
        """Publish so much later than the last time; `changed`: with new lists."""
        self.now_s += later_s
        if changed:
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
