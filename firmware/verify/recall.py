"""What a code says together with the codes seen a moment ago: a live code used twice, and two codes of one car.

The caller remembers `Sighting`s in memory for a minute or so and hands them in; nothing here remembers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from firmware.model import Check, CheckName, Kind, Outcome, Reason, Sighting, Word
from firmware.verify import wire

#: Two codes of one car are compared when they are scanned within this time (row S9).
COMPARE_S: Final = 60.0
#: A live code cannot be shown again after its life and the phone's allowance; a sighting older than this proves nothing.
REPLAY_S: Final = 2.0 * wire.LIVE_S

_ONE_LANE: Final = Check(CheckName.REPLAY, Outcome.SKIPPED)
_FIRST: Final = Check(CheckName.REPLAY, Outcome.GOOD)
_REPLAYED: Final = Check(CheckName.REPLAY, Outcome.BAD, Reason.REPLAYED)


def check_replay(own: Sighting, seen: Iterable[Sighting]) -> Check:
    """A live code that another lane has seen is REPLAYED; shown again on its own lane it is only shown again."""
    if not own.live:
        return _ONE_LANE
    return _FIRST if used_before(own, seen) is None else _REPLAYED


def used_before(own: Sighting, seen: Iterable[Sighting]) -> Sighting | None:
    """The sighting of the same live code on another lane, while it proves anything."""
    for other in seen:
        if (
            own.live
            and other.live
            and other.lane != own.lane
            and 0 <= own.utc_s - other.utc_s <= REPLAY_S
            and _same_code(own, other)
        ):
            return other
    return None


def _same_code(one: Sighting, other: Sighting) -> bool:
    return one.identity.cti == other.identity.cti and one.identity.nonce == other.identity.nonce


@dataclass(frozen=True, slots=True)
class Comparison:
    """How this code and an earlier one of a car go together. `matches`: the other kind, where all that both say agrees."""

    check: Check | None = None
    matches: Kind | None = None


_NOTHING: Final = Comparison()
_MISMATCH: Final = Comparison(Check(CheckName.POLICY, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.CAR_MISMATCH))
_OTHER_CAR: Final = Comparison(Check(CheckName.POLICY, Outcome.GOOD, Reason.VALID_NOTICE, Word.OTHER_CAR))


def compare(own: Sighting, seen: Iterable[Sighting]) -> Comparison:
    """Tag = plate = document, for two codes of different kinds within a minute; the newest comparable one counts.

    A contradiction (same plate, another VIN; same VIN, another plate; another tag) cannot be told here: check by hand. A tag and
    a document that share nothing are two cars, which is worth a notice and no more: the next car may have driven up.
    """
    recent = [
        other
        for other in seen
        if other.kind is not own.kind and 0 <= own.utc_s - other.utc_s <= COMPARE_S and other.plate
    ]
    if own.plate is None or not recent:
        return _NOTHING
    other = max(recent, key=lambda sighting: sighting.utc_s)
    shared = [
        one == another
        for one, another in ((own.plate, other.plate), (own.vin, other.vin), (own.tag_id, other.tag_id))
        if one is not None and another is not None
    ]
    if all(shared):
        return Comparison(matches=other.kind)
    if any(shared):
        return _MISMATCH
    return _OTHER_CAR if Kind.EVI_TAG in (own.kind, other.kind) else _NOTHING
