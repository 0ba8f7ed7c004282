"""Our own pack (`yanma-issuer vectors`): whole codes, judged by the device's one door at a time, a post and a trust folder.

A vector of it expects a family and a reason, and a word where it names one; docs/conformance-pack.md has every field. The
trust folder stands beside the pack, with its demo anchors inside, and the posts stand in the pack itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from firmware.conformance.files import PACK
from firmware.conformance.vector import AGREED, Answer, State, UnsupportedError, Vector
from firmware.model import ClockLevel, Kind, Moment, Profile, Scan, Way, Word
from firmware.profiles import load_profile
from firmware.refusal import Refusal
from firmware.sync.store import DEMO, TrustError, load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify

_CHINA: Final = timezone(timedelta(hours=8))
#: A payload handed over as bytes was not misread by a camera.
_READS: Final = 2


def is_own(vector: Vector) -> bool:
    expected = vector.expected
    return isinstance(expected, Mapping) and "family" in expected and "reason" in expected


def run(vector: Vector) -> Answer:
    """The verdict has the expected family and reason, and the expected word where one is named."""
    scan = Scan(_text(vector), "vector", 0.0, reads=_READS, beside=_beside(vector))
    verdict = verify(scan, _trust(_trust_folder(vector)), _moment(vector), _profile(vector))
    found = (str(verdict.family), str(verdict.reason), verdict.facts.word)
    word = vector.expected.get("word", found[2])
    wanted = (vector.expected["family"], vector.expected["reason"], word)
    if found == wanted:
        return AGREED
    return Answer(State.DISAGREED, f"expected {_spoken(wanted)}, found {_spoken(found)}")


def _spoken(answer: tuple[str, str, str | None]) -> str:
    family, reason, word = answer
    return f"{family} {reason}" + (f" ({word})" if word else "")


def _text(vector: Vector) -> bytes:
    """The text of the code. `input_hex` of this suite is the structure inside the text, not the input."""
    text = vector.fields.get("input_text")
    return text.encode() if isinstance(text, str) else vector.input


def _beside(vector: Vector) -> tuple[bytes, ...]:
    texts = vector.fields.get("beside", [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise UnsupportedError("its bar codes are no list of texts")
    return tuple(text.encode() for text in texts)


def _trust_folder(vector: Vector) -> Path:
    named = vector.fields.get("trust")
    if not isinstance(named, str):
        raise UnsupportedError("the vector names no trust folder")
    return vector.folder / named


@lru_cache(maxsize=8)
def _trust(folder: Path) -> TrustView:
    try:
        return load_trust(folder, folder / "anchors", DEMO)
    except TrustError as error:
        raise UnsupportedError(f"its trust folder cannot be used: {error.what}") from error


def _profile(vector: Vector) -> Profile:
    """The post: written out in the vector, or named; a name means a post of the pack before one of the product."""
    named = vector.fields.get("profile", "police")
    post = named if isinstance(named, Mapping) else _posts(vector.folder).get(named)
    if post is not None:
        return _written_out(str(post.get("name", named)), post)
    try:
        return load_profile(str(named))
    except Refusal as error:
        raise UnsupportedError(f"its profile cannot be used: {error.what}") from error


@lru_cache(maxsize=8)
def _posts(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """The posts that the pack in this folder writes out; none where there is no pack."""
    path = folder / PACK
    document = json.loads(path.read_bytes()) if path.is_file() else {}
    posts = document.get("profiles", {}) if isinstance(document, Mapping) else {}
    return posts if isinstance(posts, Mapping) else {}


def _written_out(name: str, post: Mapping[str, Any]) -> Profile:
    try:
        accepts = tuple((Kind(kind), tuple(Way(way) for way in ways)) for kind, ways in post["accepts"].items())
        return Profile(
            name=name,
            accepts=accepts,
            asks_for=accepts[0][0],
            status_warn_s=float(post["status_warn_s"]),
            status_unsure_s=float(post["status_unsure_s"]),
            phone_allowance_s=float(post["phone_allowance_s"]),
            notice_days=post["notice_days"],
            stop_words=frozenset(Word(word) for word in post["stop_words"]),
            wanted=bool(post["wanted"]),
            purposes=frozenset(post["purposes"]),
            required_class=post["required_class"],
        )
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise UnsupportedError(f"its profile {name!r} is not written out as the pack does it") from error


def _moment(vector: Vector) -> Moment:
    """The vector's time: seconds since 1970, or ISO 8601 (without a zone: China's); `doubt_s` null: it is not earlier."""
    time, doubt_s = vector.fields.get("time"), vector.fields.get("doubt_s", 0)
    try:
        at_s = _instant(str(time)) if isinstance(time, bool | str | None) else float(time)
        return Moment(at_s, math.inf, ClockLevel.T1) if doubt_s is None else Moment.exactly(at_s, float(doubt_s))
    except (ValueError, TypeError):
        raise UnsupportedError(f"its time {time!r} with the doubt {doubt_s!r} is none") from None


def _instant(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=_CHINA)).timestamp()
