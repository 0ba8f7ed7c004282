from __future__ import annotations

import io
import json
from collections import defaultdict
from pathlib import Path

import pytest
from PIL import Image

from firmware.cli import main as verify
from firmware.model import Family, Kind, Reason
from issuer import qr, world
from issuer.demo import made_at, make_demo
from issuer.demo_cases import CODES, SCENES, DemoCode
from issuer.errors import Exit, OfficeError
from issuer.office import Form, Office
from issuer.people import SUBJECTS
from issuer.phone import LIVE_CODES
from tests.issuer.common import NOW_S, make_office, read_code


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    make_demo(home / "demo", make_office(home / "state"), NOW_S, force=False, say=lambda _text: None)
    return home / "demo"


def test_the_terminal_gives_every_answer_that_expected_json_promises(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads((demo / "expected.json").read_text(encoding="utf-8"))
    assert len(rows) >= 30
    scans = defaultdict(list)
    for row in rows:
        scans[row["at"], row["profile"]].append(row)
    wrong = []
    for (at, profile), group in scans.items():
        pictures = [str(demo / row["file"]) for row in group]
        verify(["verify", "--trust", str(demo / "trust"), "--at", at, "--profile", profile, "--json", *pictures])
        answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [answer["file"] for answer in answers] == pictures
        for row, answer in zip(group, answers, strict=True):
            if (answer["family"], answer["reason"]) != (row["family"], row["reason"]):
                wrong.append((row, answer["family"], answer["reason"]))
    assert wrong == []


def test_the_answers_cover_every_reason_that_one_picture_can_give(demo: Path) -> None:
    rows = json.loads((demo / "expected.json").read_text(encoding="utf-8"))
    # Not these: they need a clock, a camera, a memory, another document or a machine at fault.
    elsewhere = {"CLOCK_NOT_TRUSTED", "REPLAYED", "UNREADABLE", "OUT_OF_SERVICE"}
    assert {row["reason"] for row in rows} == {reason.value for reason in Reason} - elsewhere
    assert {row["profile"] for row in rows} == {"police", "gate", "insurer", "dealer"}


def test_the_table_shows_every_kind_good_and_bad() -> None:
    families = {
        kind: {
            row.reason.family for code in CODES if code.foreign is None and code.kind is kind for row in code.expected
        }
        for kind in Kind
    }
    for kind, said in families.items():
        assert {Family.GO, Family.STOP, Family.ALERT} <= said, kind


def test_the_table_shows_the_kinds_in_every_way_and_algorithm() -> None:
    shown = {(code.kind, code.form) for code in CODES if code.foreign is None}
    assert shown >= {(Kind.INSPECTION_MARK, form) for form in Form}
    assert shown >= {(Kind.VEHICLE_LICENCE, Form.PHONE), (Kind.VEHICLE_LICENCE, Form.SERVER)}
    assert {SUBJECTS[code.subject].office for code in CODES} == {"beijing", "shanghai", "guangdong"}
    assert len({code.name for code in CODES}) == len(CODES)


def test_no_private_key_lies_below_the_demo_folder(demo: Path) -> None:
    keys = [path.read_text() for path in (demo.parent / "state").rglob("*.key")]
    secrets = [line.split('"')[1] for text in keys for line in text.splitlines() if line.startswith("private")]
    assert len(secrets) >= len(world.KEY_PLANS)
    for path in demo.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(secret.encode() in data or bytes.fromhex(secret) in data for secret in secrets)
    assert not list(demo.rglob("*.key"))


def test_the_scenes_name_pictures_that_exist_and_fresh_codes_come_from_the_phone(demo: Path) -> None:
    story = json.loads((demo / "scenes.json").read_text(encoding="utf-8"))
    assert story["version"] == 1
    assert len(story["scenes"]) == len(SCENES)
    for scene in story["scenes"]:
        assert (demo / scene["picture"]).is_file()
        assert scene["carrier"] in ("phone", "paper")
        assert scene["seconds"] > 0
        assert scene["caption"]
    fresh = {Path(scene.picture).stem for scene in SCENES if scene.picture.startswith("live/")}
    assert fresh <= set(LIVE_CODES)
    frozen = {Path(scene.picture).stem for scene in SCENES if scene.picture.startswith("codes/")}
    by_name = {code.name: code for code in CODES}
    assert [name for name in frozen if by_name[name].form.live and by_name[name].defect is None] == []


@pytest.mark.usefixtures("few_codes")
def test_making_it_again_renews_it_with_the_same_keys(tmp_path: Path) -> None:
    folder, office = tmp_path / "demo", make_office(tmp_path / "state")
    make_demo(folder, office, NOW_S, force=False, say=lambda _text: None)
    anchor, trust = ((folder / "trust" / name).read_bytes() for name in ("anchors/root.toml", "trust.cwt"))
    said: list[str] = []
    make_demo(folder, office, NOW_S + 86400, force=False, say=said.append)
    assert said[0].startswith("Renewing")
    assert (folder / "trust" / "anchors" / "root.toml").read_bytes() == anchor
    assert (folder / "trust" / "trust.cwt").read_bytes() != trust


@pytest.mark.usefixtures("few_codes")
def test_a_folder_with_something_else_in_it_is_left_alone_unless_forced(tmp_path: Path, office: Office) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday.txt").write_text("sea")
    with pytest.raises(OfficeError, match="--force") as caught:
        make_demo(folder, office, NOW_S, force=False, say=lambda _text: None)
    assert caught.value.exit_code is Exit.CANNOT_CREATE
    assert [path.name for path in folder.iterdir()] == ["holiday.txt"]
    make_demo(folder, office, NOW_S, force=True, say=lambda _text: None)
    assert (folder / "holiday.txt").read_text() == "sea"


@pytest.mark.usefixtures("few_codes")
def test_without_sm2_the_demo_is_made_without_it(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.sm2._LIBRARY", "libcrypto-that-is-not-there.so.3")
    said: list[str] = []
    make_demo(tmp_path / "demo", office, NOW_S, force=False, say=said.append)
    assert any("SM2 is left out" in line for line in said)
    assert sorted(path.stem for path in (tmp_path / "demo" / "codes").iterdir()) == ["foreign-wifi", "mark-downloaded"]
    story = json.loads((tmp_path / "demo" / "scenes.json").read_text(encoding="utf-8"))
    assert all("sm2" not in scene["picture"] for scene in story["scenes"])


@pytest.mark.parametrize("marker", ["", "[]", "{}", '{"made": "soon"}', '{"made": 5}', "\udcff"])
def test_a_marker_that_makes_no_sense_is_no_demo(tmp_path: Path, marker: str) -> None:
    assert made_at(tmp_path) is None
    (tmp_path / "demo.json").write_text(marker, encoding="utf-8", errors="surrogateescape")
    assert made_at(tmp_path) is None


def test_the_demo_knows_when_it_was_made(demo: Path) -> None:
    assert made_at(demo) == NOW_S


@pytest.mark.parametrize("code", [code for code in CODES if code.ink is not qr.Ink.BLACK], ids=lambda code: code.name)
def test_coloured_and_inverted_codes_read_back(shared_office: Office, code: DemoCode) -> None:
    read = read_code(Image.open(io.BytesIO(qr.png(code.symbol(shared_office, NOW_S), code.ink))))
    assert read.bytes.startswith(b"JZ1:")
