"""Anti-passback: the same car again, where it cannot be again. A verdict in, the verdict out, made worse where the rule says so.

off      every good document passes
lane     not twice through this lane within `again_s`
zone     not twice in this direction, through whatever lane, within `again_s`
in-out   not in again before it went out, nor out again before it came in

A soft rule lets the car pass and says so (GO+); a hard one stops it, but never on its way out: nobody is locked in. What counts is
that a car passed: where the barrier tells that itself, a grant that nobody drove through is forgotten. Records are keyed digests in
memory. Lost (a power cut, one lane of several), they stop nobody; a way out that was missed stops nobody for longer than
`lockout_s`, nor past the hour of amnesty.
"""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final, Protocol

from firmware.model import Check, CheckName, Family, Moment, Outcome, Reason, Verdict, Word

CHINA: Final = timezone(timedelta(hours=8))
DAY_S: Final = 86400.0
#: A car that is shown again this soon is still before the barrier that was granted to it.
SAME_PASSAGE_S: Final = 30.0
#: Cars that one book holds; the oldest is forgotten first, which stops nobody.
MOST_PASSAGES: Final = 20_000
_OPENING: Final = frozenset({Family.GO, Family.GO_NOTICE})


class PassbackMode(StrEnum):
    """Where the same car counts as the same car again."""

    OFF = "off"
    LANE = "lane"
    ZONE = "zone"
    IN_OUT = "in-out"


class Direction(StrEnum):
    """Which way this lane leads."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class PassbackRules:
    """Ranges are refused here. `amnesty_hour` is an hour of the day in China at which all is forgiven; None: never."""

    mode: PassbackMode = PassbackMode.OFF
    hard: bool = False
    again_s: float = 300.0
    lockout_s: float = 12 * 3600.0
    amnesty_hour: int | None = None

    def __post_init__(self) -> None:
        for name, low, value, high in (
            ("again_s", 1.0, self.again_s, DAY_S),
            ("lockout_s", 60.0, self.lockout_s, 7 * DAY_S),
            ("amnesty_hour", 0, self.amnesty_hour or 0, 23),
        ):
            if not low <= value <= high:
                raise ValueError(f"gate.passback {name} must lie in {low:g} to {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True)
class Passage:
    """One car that passed. `car` is a digest under the key of a book: without the key it names nobody."""

    car: bytes
    lane: str
    direction: Direction
    utc_s: float


@dataclass(frozen=True, slots=True)
class History:
    """The passages of one car, oldest first. Of the time before `since_s` some may be missing."""

    passages: tuple[Passage, ...]
    since_s: float = float("-inf")


class PassageBook(Protocol):
    """The passages of a zone: those of this lane, and of others where lanes share one. No method raises."""

    def mark(self, plate: str) -> bytes: ...

    def of(self, plate: str, now_s: float) -> History: ...

    def add(self, passage: Passage) -> None: ...


class MemoryBook:
    """The passages of one process, in bounded memory, gone at its end: all of them at once, which stops nobody."""

    def __init__(self, most: int = MOST_PASSAGES) -> None:
        self._key = secrets.token_bytes(32)
        self._passages: deque[Passage] = deque(maxlen=most)

    def mark(self, plate: str) -> bytes:
        return hmac.digest(self._key, plate.encode(), "sha256")[:16]

    def of(self, plate: str, now_s: float) -> History:
        car = self.mark(plate)
        return History(tuple(passage for passage in self._passages if passage.car == car))

    def add(self, passage: Passage) -> None:
        self._passages.append(passage)


class Passback:
    """The rule of one lane over a book."""

    def __init__(self, rules: PassbackRules, lane: str, direction: Direction, book: PassageBook) -> None:
        self._rules = rules
        self._lane = lane
        self._direction = direction
        self._book = book
        self._granted: Passage | None = None
        self._weighed_s = 0.0

    def weigh(self, verdict: Verdict, moment: Moment) -> Verdict:
        """The verdict as this lane gives it. Only a GO or GO+ on a document that names a car is ever changed."""
        self._weighed_s = moment.utc_s
        plate = _plate(verdict)
        if plate is None or verdict.family not in _OPENING or not self._again(plate, moment):
            return verdict
        if self._rules.hard and self._direction is Direction.IN:
            return _worse(verdict, Check(CheckName.POLICY, Outcome.BAD, Reason.SUSPENDED, Word.PASSED_BEFORE))
        return _worse(verdict, Check(CheckName.POLICY, Outcome.GOOD, Reason.VALID_NOTICE, Word.PASSED_BEFORE))

    def granted(self, verdict: Verdict) -> None:
        """The barrier was opened for the verdict that was weighed last; whether the car passes is not yet known."""
        plate = _plate(verdict)
        self._granted = (
            None if plate is None else Passage(self._book.mark(plate), self._lane, self._direction, self._weighed_s)
        )

    def passed(self) -> None:
        """The car that was granted the passage has passed. A second car behind it (tailgating) is nobody that we know."""
        if self._granted is not None:
            self._book.add(self._granted)
            self._granted = None

    def forgone(self) -> None:
        """Nobody drove through."""
        self._granted = None

    def _again(self, plate: str, moment: Moment) -> bool:
        rules, now_s = self._rules, moment.utc_s
        if rules.mode is PassbackMode.OFF:
            return False
        history = self._book.of(plate, now_s)
        forgiven_s = max(now_s - rules.lockout_s, _amnesty_before(now_s, rules.amnesty_hour))
        if rules.mode is PassbackMode.IN_OUT:
            forgiven_s = max(forgiven_s, history.since_s)  # the way out may be what is missing
        passages = [passage for passage in history.passages if passage.utc_s > forgiven_s]
        if any(self._is_this_passage(passage, now_s) for passage in passages[-1:]):
            return False
        match rules.mode:
            case PassbackMode.LANE:
                passages = [passage for passage in passages if passage.lane == self._lane]
            case PassbackMode.ZONE:
                passages = [passage for passage in passages if passage.direction is self._direction]
            case PassbackMode.IN_OUT:
                return bool(passages) and passages[-1].direction is self._direction
        return any(now_s - passage.utc_s <= rules.again_s for passage in passages)

    def _is_this_passage(self, passage: Passage, now_s: float) -> bool:
        return passage.lane == self._lane and now_s - passage.utc_s <= SAME_PASSAGE_S


def _plate(verdict: Verdict) -> str | None:
    """What a car is known by: every document of a car has a plate; not all have the VIN."""
    return None if verdict.sighting is None else verdict.sighting.plate


def _worse(verdict: Verdict, check: Check) -> Verdict:
    """The verdict with this check in the place of the post's own, which was good."""
    checks = tuple(check if each.name is check.name else each for each in verdict.checks)
    facts, reason = verdict.facts, check.reason or verdict.reason
    if verdict.reason is Reason.VALID_NOTICE and reason is Reason.VALID_NOTICE:
        facts = replace(facts, notices=(*facts.notices, Word.PASSED_BEFORE))
    else:
        facts = replace(facts, word=check.word, more=0)
    return replace(verdict, family=reason.family, reason=reason, checks=checks, facts=facts)


def _amnesty_before(now_s: float, hour: int | None) -> float:
    """The last instant of amnesty that is not after now; minus infinity when there is none."""
    if hour is None:
        return float("-inf")
    local = datetime.fromtimestamp(now_s, UTC).astimezone(CHINA)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).timestamp()
