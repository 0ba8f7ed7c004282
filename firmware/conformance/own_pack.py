"""Our own pack (`yanma-issuer vectors`): whole codes, judged by the device's one door at a time, a post and a trust folder.

A vector of it expects a family and a reason; the trust folder stands beside the pack, with its demo anchors inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Final

from firmware.conformance.vector import AGREED, Answer, State, UnsupportedError, Vector
from firmware.model import Moment, Profile, Scan
from firmware.profiles import load_profile
from firmware.refusal import Refusal
from firmware.sync.store import DEMO, TrustError, anchors_folder, load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify

_CHINA: Final = timezone(timedelta(hours=8))
#: A payload handed over as bytes was not misread by a camera.
_READS: Final = 2


def is_own(vector: Vector) -> bool:
    expected = vector.expected
    return isinstance(expected, Mapping) and "family" in expected and "reason" in expected


def run(vector: Vector) -> Answer:
    """The verdict has the expected family and reason."""
    scan = Scan(vector.input, "vector", 0.0, reads=_READS)
    verdict = verify(scan, _trust(_trust_folder(vector)), _moment(vector), _profile(vector))
    found = (str(verdict.family), str(verdict.reason))
    wanted = (vector.expected["family"], vector.expected["reason"])
    if found == wanted:
        return AGREED
    word = f" ({verdict.facts.word})" if verdict.facts.word else ""
    return Answer(State.DISAGREED, f"expected {wanted[0]} {wanted[1]}, found {found[0]} {found[1]}{word}")


def _trust_folder(vector: Vector) -> Path:
    named = vector.fields.get("trust")
    if not isinstance(named, str):
        raise UnsupportedError("the vector names no trust folder")
    return vector.folder / named


@lru_cache(maxsize=8)
def _trust(folder: Path) -> TrustView:
    try:
        return load_trust(folder, anchors_folder(folder, folder, DEMO), DEMO)
    except TrustError as error:
        raise UnsupportedError(f"its trust folder cannot be used: {error.what}") from error


def _profile(vector: Vector) -> Profile:
    try:
        return load_profile(str(vector.fields.get("profile", "police")))
    except Refusal as error:
        raise UnsupportedError(f"its profile cannot be used: {error.what}") from error


def _moment(vector: Vector) -> Moment:
    """The vector's time: seconds since 1970, or ISO 8601 (without a zone: China's)."""
    time = vector.fields.get("time")
    if isinstance(time, int | float) and not isinstance(time, bool):
        return Moment.exactly(time)
    try:
        at = datetime.fromisoformat(str(time))
    except ValueError:
        raise UnsupportedError(f"its time {time!r} is none") from None
    return Moment.exactly((at if at.tzinfo else at.replace(tzinfo=_CHINA)).timestamp())
