"""Our own pack (`yanma-issuer vectors`): whole codes, judged by the device's one door at a time, a post and a trust folder.

A vector of it expects a family and a reason, and often the word. The trust folder, with its demo anchors, stands beside the
pack; posts are written out in the pack, or else are those of the product.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from firmware.conformance.vector import AGREED, Answer, State, UnsupportedError, Vector
from firmware.model import ClockLevel, Kind, Moment, Profile, Scan, Way, Word
from firmware.profiles import load_profile
from firmware.refusal import Refusal
from firmware.sync.store import DEMO, TrustError, anchors_folder, load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify

_CHINA: Final = timezone(timedelta(hours=8))
#: A payload handed over as text was not misread by a camera.
_READS: Final = 2
_SETS: Final[Mapping[str, type]] = {"stop_words": Word, "purposes": str}
_AS_THEY_ARE: Final = (
    "status_warn_s",
    "status_unsure_s",
    "phone_allowance_s",
    "notice_days",
    "wanted",
    "required_class",
)


def is_own(vector: Vector) -> bool:
    expected = vector.expected
    return isinstance(expected, Mapping) and "family" in expected and "reason" in expected


def run(vector: Vector) -> Answer:
    """The verdict has the expected family and reason, and the expected word where one is named."""
    trust = _trust(_trust_folder(vector))
    verdict = verify(_scan(vector), trust, _moment(vector), _profile(vector))
    found = {"family": verdict.family, "reason": verdict.reason, "word": verdict.facts.word}
    names = [name for name in found if name in vector.expected]
    wanted = {name: vector.expected[name] for name in names}
    if wanted == {name: found[name] for name in names}:
        return AGREED
    spoken = (" ".join(str(part) for part in answer.values() if part) for answer in (wanted, found))
    return Answer(State.DISAGREED, "expected {}, found {}".format(*spoken))


def _scan(vector: Vector) -> Scan:
    """The code as read. `input_hex` holds the bytes inside the text, and is only looked at where there is no text."""
    text = vector.fields.get("input_text")
    payload = text.encode() if isinstance(text, str) else vector.input
    beside = vector.fields.get("beside") or ()
    if not isinstance(beside, list | tuple) or not all(isinstance(code, str) for code in beside):
        raise UnsupportedError("its bar codes are no texts")
    return Scan(payload, "vector", 0.0, reads=_READS, beside=tuple(code.encode() for code in beside))


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
    name = str(vector.fields.get("profile", "police"))
    written = vector.file.get("profiles")
    try:
        if isinstance(written, Mapping) and name in written:
            return _written_profile(name, written[name])
        return load_profile(name)
    except Refusal as error:
        raise UnsupportedError(f"its profile cannot be used: {error.what}") from error


def _written_profile(name: str, fields: Mapping[str, Any]) -> Profile:
    try:
        accepts = tuple((Kind(kind), tuple(Way(way) for way in ways)) for kind, ways in fields["accepts"].items())
        more: dict[str, Any] = {key: frozenset(map(_SETS[key], fields[key])) for key in _SETS if key in fields}
        more |= {key: fields[key] for key in _AS_THEY_ARE if key in fields}
        return Profile(name=name, accepts=accepts, asks_for=accepts[0][0], **more)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise UnsupportedError(f"its profile {name!r} is not of a form that is read here") from error


def _moment(vector: Vector) -> Moment:
    """The vector's time, seconds since 1970 or ISO 8601 (without a zone: China's), give or take `doubt_s`.

    A `doubt_s` of null means a clock that only knows that it is not earlier.
    """
    at_s = _instant(vector.fields.get("time"))
    doubt_s = vector.fields.get("doubt_s", 0)
    if doubt_s is None:
        return Moment(at_s, math.inf, ClockLevel.T3)
    if type(doubt_s) not in (int, float) or not doubt_s >= 0:
        raise UnsupportedError(f"its doubt_s {doubt_s!r} is none")
    return Moment.exactly(at_s, doubt_s)


def _instant(time: object) -> float:
    if type(time) in (int, float):
        return float(str(time))
    try:
        at = datetime.fromisoformat(str(time))
    except ValueError:
        raise UnsupportedError(f"its time {time!r} is none") from None
    return (at if at.tzinfo else at.replace(tzinfo=_CHINA)).timestamp()
