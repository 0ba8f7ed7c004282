"""The passes of the last day, looked up again when new lists come: 补报. In RAM alone: place on a list, keyed digest, time.

Nothing here says whose car it was: a place on a list is a number that its issuer alone can turn into a document.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware.clock import steady_s
from firmware.model import Family, Kind, Moment, Reason, Verdict
from firmware.verify.status import state_of
from firmware.verify.trust import TrustView

KEEP_S: Final = 24 * 3600.0
#: One a second for five hours, or one every four seconds all day: about 4 MB.
PLACES: Final = 20_000
#: Looked up in one turn of the loop: far below what anybody notices, also on a list of a thousand million places.
SLICE: Final = 256
_PASSED: Final = frozenset({Family.GO, Family.GO_NOTICE})
_NOW_REFUSED: Final = frozenset({Reason.REVOKED, Reason.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Pass:
    """One that was let through. `digest` is keyed with a key that lives as long as this process."""

    status_list: int
    status_index: int
    digest: bytes
    kind: Kind | None
    utc_s: float
    steady_s: float


@dataclass(frozen=True, slots=True)
class Late:
    """A pass that a newer list refuses."""

    utc_s: float
    kind: Kind | None
    reason: Reason


class Passes:
    """Remembers passes, and finds those that newer lists refuse. Each document is told of once."""

    def __init__(self, steady: Callable[[], float] = steady_s) -> None:
        self._steady = steady
        self._key = secrets.token_bytes(32)
        self._passes: deque[Pass] = deque(maxlen=PLACES)
        self._due: deque[Pass] = deque(maxlen=PLACES)
        self._found: dict[bytes, Late] = {}

    def note(self, verdict: Verdict, utc_s: float) -> None:
        """Keep it, if it was a pass."""
        identity = verdict.identity
        if verdict.family not in _PASSED or identity is None:
            return
        if identity.status_list is None or identity.status_index is None:
            return
        digest = hashlib.blake2b(identity.cti, key=self._key, digest_size=16).digest()
        self._passes.append(
            Pass(identity.status_list, identity.status_index, digest, verdict.facts.kind, utc_s, self._steady())
        )

    def lists_changed(self) -> None:
        """Newer lists are in use: every pass is due to be looked up again. A sweep that was under way begins anew."""
        self._passes.extendleft(reversed(self._due))
        self._due = deque(self._passes, PLACES)
        self._passes.clear()

    def look(self, trust: TrustView, moment: Moment) -> tuple[Late, ...]:
        """Look up the next slice. At the end of a sweep: what these lists refuse, the latest pass of each document."""
        if not self._due:
            return ()
        oldest_s = self._steady() - KEEP_S
        for _ in range(min(SLICE, len(self._due))):
            passed = self._due.popleft()
            if passed.steady_s < oldest_s:
                continue
            state = state_of(trust.status_list(passed.status_list, moment), passed.status_index)
            if state is not None and state.reason in _NOW_REFUSED:
                self._found[passed.digest] = Late(passed.utc_s, passed.kind, state.reason)
            else:
                self._passes.append(passed)
        if self._due:
            return ()
        found, self._found = tuple(self._found.values()), {}
        return found

    def __len__(self) -> int:
        return len(self._passes) + len(self._due)
