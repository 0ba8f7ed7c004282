"""The pack that lies in tests/vectors/pack: made the same again, judged by the real verifier, read by the real scanner."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from firmware.model import ClockLevel, Family, Kind, Moment, Profile, Reason, Scan, SecondOpinion, Verdict, Way, Word
from firmware.profiles import NAMES, load_profile
from firmware.scanner.decoders import read_codes
from firmware.sync.store import load_trust
from firmware.verify import base45
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from issuer.cli import main
from issuer.errors import Exit, OfficeError
from issuer.keys import ENVIRONMENT
from issuer.vectors.pack import files, vectors, write_pack
from issuer.vectors.profiles import PROFILES

PACK = Path(__file__).parents[2] / "vectors" / "pack"
INDEX: dict[str, Any] = json.loads((PACK / "pack.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = INDEX["vectors"]


def profile_of(name: str) -> Profile:
    post = INDEX["profiles"][name]
    accepts = tuple((Kind(kind), tuple(Way(way) for way in ways)) for kind, ways in post["accepts"].items())
    return Profile(
        name=name,
        accepts=accepts,
        asks_for=accepts[0][0],
        status_warn_s=post["status_warn_s"],
        status_unsure_s=post["status_unsure_s"],
        phone_allowance_s=post["phone_allowance_s"],
        notice_days=post["notice_days"],
        stop_words=frozenset(Word(word) for word in post["stop_words"]),
        wanted=post["wanted"],
        purposes=frozenset(post["purposes"]),
        required_class=post["required_class"],
    )


def moment_of(row: dict[str, Any]) -> Moment:
    utc_s = datetime.fromisoformat(row["time"]).timestamp()
    if row["doubt_s"] is None:
        return Moment(utc_s, math.inf, ClockLevel.T1)
    return Moment.exactly(utc_s, row["doubt_s"])


@pytest.fixture(scope="module")
def trust() -> dict[str, TrustView]:
    return {
        path.parent.name: load_trust(path.parent, path.parent / "anchors", ENVIRONMENT)
        for path in PACK.glob("*/trust.cwt")
    }


def judged(row: dict[str, Any], trust: dict[str, TrustView]) -> Verdict:
    scan = Scan(
        row["input_text"].encode(),
        "test",
        0.0,
        reads=2,
        second=SecondOpinion.AGREES,
        beside=tuple(text.encode() for text in row["beside"]),
    )
    return verify(scan, trust[row["trust"]], moment_of(row), profile_of(row["profile"]))


def test_the_verifier_gives_every_answer_of_the_pack(trust: dict[str, TrustView]) -> None:
    otherwise = {}
    for row in ROWS:
        verdict, expected = judged(row, trust), row["expected"]
        if (verdict.family, verdict.reason, verdict.facts.word) != tuple(expected.values()):
            otherwise[row["id"]] = (verdict.reason, verdict.facts.word)
        assert Reason(expected["reason"]).family == expected["family"]
        assert verdict.facts.error is None, row["id"]
    assert otherwise == {}


def test_whatever_is_wrong_never_passes(trust: dict[str, TrustView]) -> None:
    passes = (Family.GO, Family.GO_NOTICE)
    for row in ROWS:
        if row["expected"]["family"] not in passes:
            assert judged(row, trust).family not in passes, row["id"]


@pytest.mark.slow
def test_the_pack_is_made_again_byte_for_byte() -> None:
    made = dict(files(list(vectors())))
    lying = {path.relative_to(PACK).as_posix(): path.read_bytes() for path in PACK.rglob("*") if path.is_file()}
    assert made.keys() == lying.keys()
    assert [path for path, data in made.items() if lying[path] != data] == []


def test_every_picture_reads_back_as_the_text_of_its_vector() -> None:
    for row in ROWS:
        gray = np.asarray(Image.open(PACK / row["picture"]).convert("L"))
        codes = [code for code in read_codes(gray) if code.format == "QRCode"]
        assert [code.payload for code in codes] == [row["input_text"].encode()], row["id"]


@pytest.mark.parametrize("beside", sorted({text for row in ROWS for text in row["beside"]}))
def test_the_bar_code_of_a_picture_reads_back_too(beside: str) -> None:
    row = next(row for row in ROWS if row["beside"] == [beside])
    gray = np.asarray(Image.open(PACK / row["picture"]).convert("L"))
    assert [code.payload for code in read_codes(gray, effort="full", formats=("Code128",))] == [beside.encode()]


def test_every_kind_has_its_good_codes_and_more_than_25_defects() -> None:
    by_kind = defaultdict(list)
    for row in ROWS:
        by_kind[row["kind"]].append(row)
    assert set(by_kind) == {kind.value for kind in Kind}
    for rows in by_kind.values():
        assert {"good", "good-ed25519", "good-sm2", "live-good", "server-good"} <= {row["defect"] for row in rows}
        bad = {row["defect"] for row in rows if row["expected"]["family"] not in ("GO", "GO+")}
        assert len(bad) >= 25
    assert len(ROWS) == INDEX["count"] == len({row["id"] for row in ROWS})


def test_the_pack_asks_for_every_reason_that_one_code_can_have() -> None:
    # Not these: they need a camera or a machine at fault.
    elsewhere = {Reason.UNREADABLE, Reason.OUT_OF_SERVICE}
    assert {row["expected"]["reason"] for row in ROWS} == set(Reason) - elsewhere


def test_the_hexadecimal_form_is_what_the_text_holds() -> None:
    given = [row for row in ROWS if row["input_hex"] is not None]
    assert len(given) > 800
    for row in given:
        assert base45.decode(row["input_text"].removeprefix("JZ1:").encode()).hex() == row["input_hex"]


@pytest.mark.parametrize("name", NAMES)
def test_the_posts_of_the_product_stand_in_the_pack_as_they_are(name: str) -> None:
    shipped, written = load_profile(name), profile_of(name)
    assert dict(written.accepts) == dict(shipped.accepts)
    for rule in ("status_warn_s", "status_unsure_s", "phone_allowance_s", "notice_days", "stop_words", "wanted"):
        assert getattr(written, rule) == getattr(shipped, rule), rule
    assert (written.purposes, written.required_class) == (shipped.purposes, shipped.required_class)


def test_every_post_and_trust_folder_is_asked_for(trust: dict[str, TrustView]) -> None:
    assert {row["profile"] for row in ROWS} == set(PROFILES)
    assert {row["trust"] for row in ROWS} == set(trust)


@pytest.fixture
def one_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack of one vector, for tests that ask about the folder and not about the vectors."""
    one = next(iter(vectors()))
    monkeypatch.setattr("issuer.vectors.pack.vectors", lambda: iter([one]))


@pytest.mark.usefixtures("one_vector")
def test_the_command_makes_a_pack_renews_it_and_counts_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pack"
    for _ in range(2):
        assert main(["vectors", str(folder)]) == Exit.OK
        assert f"1 vectors in {folder}" in capsys.readouterr().out
    assert json.loads((folder / "pack.json").read_text(encoding="utf-8"))["count"] == 1
    assert len(list((folder / "pictures").iterdir())) == 1


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("sea")
    with pytest.raises(OfficeError, match="something else") as caught:
        write_pack(tmp_path)
    assert caught.value.exit_code is Exit.CANNOT_CREATE
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.txt"]
