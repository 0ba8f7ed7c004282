"""The runner of our own pack: what it takes from a vector, and what it says when a vector is not as it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware.conformance import own_pack
from firmware.conformance.files import read_vectors
from firmware.conformance.vector import AGREED, State, UnsupportedError, Vector

PACK = Path(__file__).parents[1] / "vectors" / "pack"
VECTORS = {vector.id: vector for vector in read_vectors(PACK / "pack.json")}
GOOD = VECTORS["driving-licence/good"]


def changed(**fields: Any) -> Vector:
    return Vector(GOOD.suite, GOOD.id, {**GOOD.fields, **fields}, GOOD.folder)


@pytest.mark.parametrize(
    "name",
    [
        "inspection-mark/good-sm2",
        "inspection-mark/wrong-prefix",
        "driving-licence/class-not-covered",
        "driving-licence/bar-code-differs",
        "vehicle-licence/copy-over-7-workdays",
        "delegated-vehicle-licence/lent-for-8-working-days-over-spring-festival",
        "evi-tag/in-date-by-a-floor-only",
        "evi-tag/midnight-in-doubt",
    ],
)
def test_a_vector_is_judged_at_its_own_time_post_and_trust(name: str) -> None:
    assert own_pack.is_own(VECTORS[name])
    assert own_pack.run(VECTORS[name]) == AGREED


@pytest.mark.parametrize(
    ("expected", "state"),
    [
        ({"family": "GO", "reason": "VALID"}, State.AGREED),
        ({"family": "GO", "reason": "VALID", "word": None}, State.AGREED),
        ({"family": "GO", "reason": "VALID", "word": "probation"}, State.DISAGREED),
        ({"family": "STOP", "reason": "EXPIRED"}, State.DISAGREED),
    ],
)
def test_the_word_counts_where_it_is_named(expected: dict[str, str | None], state: State) -> None:
    assert own_pack.run(changed(expected=expected)).state is state


def test_a_disagreement_says_both_answers() -> None:
    answer = own_pack.run(changed(expected={"family": "STOP", "reason": "EXPIRED", "word": None}))
    assert answer.why == "expected STOP EXPIRED, found GO VALID"


def test_a_post_may_be_written_out_in_the_vector() -> None:
    post = json.loads((PACK / "pack.json").read_text(encoding="utf-8"))["profiles"]["needs-C6"]
    assert own_pack.run(changed(profile=post)).why == "expected GO VALID, found STOP SUSPENDED (class-not-covered)"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trust": "trust-1999"}, "trust folder"),
        ({"trust": None}, "no trust folder"),
        ({"profile": "harbour"}, "profile"),
        ({"profile": {"accepts": {}}}, "profile"),
        ({"time": "yesterday"}, "time"),
        ({"time": None}, "time"),
        ({"doubt_s": "some"}, "doubt"),
        ({"beside": "1101234567890"}, "bar codes"),
        ({"input_text": None, "input_hex": None}, "neither"),
    ],
)
def test_a_vector_that_cannot_be_judged_is_not_supported(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        own_pack.run(changed(**fields))
