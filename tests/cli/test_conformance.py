"""`yanma conformance`: rows, JSON lines and exit codes, and a whole code of our own pack."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.refusal import ExitCode
from tests.cli.conftest import Answer
from tests.hostile.shapes import COSE, KEY, WORLD
from tests.world import NOW, text

Yanma = Callable[..., Answer]
XY = {"kty": "EC", "crv": "P-256", "pub": KEY.public.hex()}
RIGHT = {"id": "right", "input_hex": COSE.hex(), "key": XY, "expected": "valid"}
WRONG = {"id": "wrong", "input_hex": COSE.hex(), "key": XY, "expected": "invalid"}
OTHER = {"id": "other", "input_hex": COSE.hex(), "key": {"kty": "RSA"}, "expected": "valid"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, *vectors: dict[str, Any], suite: str = "cose_sign1", **more: Any) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"suite": suite, "vectors": vectors, **more}), encoding="utf-8")
        return path

    return write


def test_all_agree_gives_zero(yanma: Yanma, write: Callable[..., Path]) -> None:
    answer = yanma("conformance", write("a.json", RIGHT, OTHER))
    assert answer.code == ExitCode.OK
    assert answer.lines[0].split() == ["suite", "agreed", "disagreed", "not", "supported"]
    assert [line.split() for line in answer.lines[1:]] == [["cose_sign1", "1", "0", "1"], ["total", "1", "0", "1"]]


def test_disagreement_is_named_and_gives_one(yanma: Yanma, write: Callable[..., Path]) -> None:
    answer = yanma("conformance", write("a.json", RIGHT, WRONG))
    assert answer.code == ExitCode.NOT_ALL
    assert "  disagreed: wrong: expected invalid, accepted" in answer.lines


def test_list_says_why_and_which(yanma: Yanma, write: Callable[..., Path]) -> None:
    answer = yanma("conformance", "--list", write("a.json", RIGHT, OTHER))
    at = answer.lines.index("  not supported, 1: a key of RSA that is not supported")
    assert answer.lines[at + 1].strip() == "other"


def test_json_is_one_object_a_suite(yanma: Yanma, write: Callable[..., Path]) -> None:
    path = write("a.json", RIGHT, WRONG, OTHER, {**OTHER, "suite": "unheard_of"})
    first, second = yanma("conformance", "--json", path).objects
    assert first == {"suite": "cose_sign1", "agreed": 1, "disagreed": ["wrong"], "unsupported": 1}
    assert second == {"suite": "unheard_of", "agreed": 0, "disagreed": [], "unsupported": 1}
    listed = yanma("conformance", "--json", "--list", path).objects
    assert set(listed[0]["why"]) == {"wrong", "other"}


def test_file_that_is_none_is_named_and_the_others_run(
    yanma: Yanma, write: Callable[..., Path], tmp_path: Path
) -> None:
    good = write("a.json", RIGHT)
    (tmp_path / "b.json").write_text("no json")
    broken = yanma("conformance", good, tmp_path / "b.json")
    assert broken.code == ExitCode.DATA
    assert "b.json: no vector file" in broken.err
    assert "total" in broken.out
    missing = yanma("conformance", good, tmp_path / "none.json")
    assert missing.code == ExitCode.NO_INPUT
    assert yanma("conformance", tmp_path).code == ExitCode.DATA, "the folder holds both"
    (tmp_path / "empty").mkdir()
    alone = yanma("conformance", tmp_path / "empty")
    assert (alone.code, alone.out) == (ExitCode.NO_INPUT, "")


def test_no_file_is_wrong_usage(yanma: Yanma) -> None:
    assert yanma("conformance").code == ExitCode.USAGE


def own(**changes: Any) -> dict[str, Any]:
    vector = {
        "id": "mark/good",
        "input_text": text(COSE).decode(),
        "input_hex": COSE.hex(),
        "time": "2026-06-12T06:30:00Z",
        "doubt_s": 0,
        "profile": "police",
        "trust": "trust",
        "beside": [],
        "expected": {"family": "GO", "reason": "VALID", "word": None},
    }
    return vector | changes


@pytest.fixture
def trust_folder(tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    (folder / "anchors").mkdir(parents=True)
    (folder / "status").mkdir()
    anchor = f'environment = "demo"\nname = "a"\nalg = "ES256"\nkid = "{WORLD.anchor.kid.hex()}"\n'
    anchor += f'public = "{WORLD.anchor.public.hex()}"\nuses = ["trust", "rules"]\n'
    (folder / "anchors" / "a.toml").write_text(anchor)
    (folder / "trust.cwt").write_bytes(WORLD.trust_cwt())
    (folder / "rules.cwt").write_bytes(WORLD.rules_cwt())
    (folder / "status" / "11.cwt").write_bytes(WORLD.status_cwt())


ANSWER = {"family": "GO", "reason": "VALID"}
POST = {
    "status_warn_s": 86400,
    "status_unsure_s": 172800,
    "phone_allowance_s": 15,
    "notice_days": None,
    "stop_words": ["sealed"],
    "wanted": True,
    "purposes": [],
    "required_class": None,
}


@pytest.mark.usefixtures("trust_folder")
@pytest.mark.parametrize(
    ("changes", "agrees"),
    [
        ({}, True),
        ({"expected": ANSWER}, True),
        ({"time": NOW}, True),
        ({"time": "2026-06-12T14:30:00"}, True),
        ({"time": "2026-06-12T14:30:00", "doubt_s": 20}, True),
        ({"doubt_s": None}, False),
        ({"time": "2036-06-12T14:30:00"}, False),
        ({"profile": "every-way"}, True),
        ({"profile": "none-at-all"}, False),
        ({"input_text": None}, False),
        ({"input_text": "https://example.org"}, False),
        ({"expected": ANSWER | {"word": "cancelled"}}, False),
        ({"expected": ANSWER | {"reason": "REVOKED"}}, False),
        ({"expected": ANSWER | {"family": "STOP"}}, False),
    ],
)
def test_code_of_our_own_pack_is_judged_at_its_time_and_post(
    changes: dict[str, Any], agrees: bool, yanma: Yanma, write: Callable[..., Path]
) -> None:
    posts = {
        "every-way": POST | {"accepts": {"inspection-mark": ["live", "downloaded", "printed"]}},
        "none-at-all": POST | {"accepts": {"driving-licence": ["live"]}},
    }
    [row] = yanma("conformance", "--json", write("pack.json", own(**changes), suite="yanma", profiles=posts)).objects
    assert (row["agreed"], row["disagreed"]) == ((1, []) if agrees else (0, ["mark/good"]))


@pytest.mark.usefixtures("trust_folder")
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"trust": None}, "names no trust folder"),
        ({"trust": "elsewhere"}, "trust folder cannot be used"),
        ({"profile": "nobody"}, "profile cannot be used"),
        ({"profile": "broken"}, "not written out"),
        ({"time": "tomorrow"}, "time"),
        ({"time": None}, "time"),
        ({"doubt_s": -1}, "doubt"),
        ({"beside": "12"}, "bar codes"),
        ({"input_text": None, "input_hex": None}, "neither"),
    ],
)
def test_vector_that_cannot_be_judged_says_why(
    changes: dict[str, Any], word: str, yanma: Yanma, write: Callable[..., Path]
) -> None:
    path = write("pack.json", own(**changes), suite="yanma", profiles={"broken": {"accepts": {}}})
    [row] = yanma("conformance", "--json", "--list", path).objects
    assert row["unsupported"] == 1
    assert word in row["why"]["mark/good"]
