"""Where the state of a place comes from: Token Status Lists, the register, or both. Which of them says it is decided here.

The rule, for each list: the source that was made later leads, and what it says holds, better or worse: a state that was lifted
is lifted. Where the later one does not reach (no such index), the earlier one may only forbid: its yes would be older than it
looks, its no is not taken back by silence. Made in the same second, the worse state holds. So no source softens a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from firmware.model import Moment
from firmware.verify.register_token import RegisterToken
from firmware.verify.statuslist import StatusList
from firmware.verify.wire import Status

#: A list made within a minute after a slow clock's "now" counts as known.
KNOWN_GRACE_S: Final = 60.0
_MILD: Final = (Status.VALID, Status.NOTICE)
_WORST_FIRST: Final = (
    Status.INVALID,
    Status.SUSPENDED,
    Status.OVERDUE,
    Status.EXTENDED,
    Status.LOCAL,
    Status.LOOK_UP_ONLINE,
)


class StatusEntries(Protocol):
    """The states of one list, as made at `issued_s` and serving until `expires_s`."""

    @property
    def number(self) -> int: ...

    @property
    def issued_s(self) -> int: ...

    @property
    def expires_s(self) -> int: ...

    def state(self, index: int, /) -> int | None: ...


class Places(Protocol):
    """The content of a register: its lists, and the state of each place; None for a place that it does not have."""

    def has_list(self, number: int, /) -> bool: ...

    def state(self, number: int, index: int, /) -> int | None: ...


#: From a token to the content that it names: checked against the token's hash, or UntrustedError.
OpenRegister: TypeAlias = Callable[[RegisterToken], Places]


@dataclass(frozen=True, slots=True)
class Register:
    """A register in force: what was signed of it, and its content."""

    token: RegisterToken
    places: Places

    def list(self, number: int) -> StatusEntries | None:
        """One list of it; None for one that it does not have."""
        if not self.places.has_list(number):
            return None
        return RegisterList(number, self.token.issued_s, self.token.expires_s, self.places)


@dataclass(frozen=True, slots=True)
class RegisterList:
    """One list of a register."""

    number: int
    issued_s: int
    expires_s: int
    places: Places

    def state(self, index: int) -> int | None:
        return self.places.state(self.number, index)


@dataclass(frozen=True, slots=True)
class Layered:
    """Two sources of one list. `later` leads; its dates count."""

    later: StatusEntries
    earlier: StatusEntries

    @property
    def number(self) -> int:
        return self.later.number

    @property
    def issued_s(self) -> int:
        return self.later.issued_s

    @property
    def expires_s(self) -> int:
        return self.later.expires_s

    def state(self, index: int) -> int | None:
        said, before = self.later.state(index), self.earlier.state(index)
        if self.later.issued_s == self.earlier.issued_s and said is not None and before is not None:
            return min(said, before, key=_mildness)
        if said is None and before not in _MILD:
            return before
        return said


def leading(sources: Iterable[StatusEntries], moment: Moment) -> StatusEntries | None:
    """Of at most two sources of one list: what was known at the moment, layered. None when nothing was."""
    known = [source for source in sources if source.issued_s <= moment.hi_s + KNOWN_GRACE_S]
    known.sort(key=lambda source: source.issued_s, reverse=True)
    if len(known) < 2:
        return known[0] if known else None
    return Layered(known[0], known[1])


def newest_known(lists: Iterable[StatusList], moment: Moment) -> StatusList | None:
    """The newest of the Token Status Lists of one number (newest first) that was known at the moment; None when none was."""
    latest_s = moment.hi_s + KNOWN_GRACE_S
    for entry in lists:
        if entry.issued_s <= latest_s:
            return entry
    return None


def by_number(lists: Iterable[StatusList]) -> dict[int, tuple[StatusList, ...]]:
    """Token Status Lists by their number, newest first."""
    found: dict[int, tuple[StatusList, ...]] = {}
    for entry in sorted(lists, key=lambda entry: entry.issued_s, reverse=True):
        found[entry.number] = (*found.get(entry.number, ()), entry)
    return found


def _mildness(state: int) -> int:
    """Worst first; states that are not known stand before the mild ones."""
    if state in _MILD:
        return len(_WORST_FIRST) + (2 if state == Status.VALID else 1)
    return _WORST_FIRST.index(Status(state)) if state in _WORST_FIRST else len(_WORST_FIRST)
