"""`yanma verify`: one line a file, the codes that lead, the exit codes, and what a person is told."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from firmware.refusal import ExitCode
from firmware.scanner.decoders import read_codes
from firmware.scanner.picture import read_picture
from tests.cli.conftest import Answer, Demo, program

Yanma = Callable[..., Answer]


def payload_of(path: str) -> bytes:
    [(_, gray)] = read_picture(path)
    [code] = read_codes(gray, effort="full")
    return code.payload


def grey(path: str) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("L")


def side_by_side(target: Path, *names: str) -> str:
    """One picture that holds several codes."""
    pictures = [grey(name) for name in names]
    sheet = Image.new("L", (sum(p.width for p in pictures), max(p.height for p in pictures)), 255)
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width
    sheet.save(target)
    return str(target)


def test_every_code_of_the_demo_gets_the_answer_that_is_expected(yanma: Yanma, demo: Demo) -> None:
    groups = defaultdict(list)
    for row in json.loads((demo.folder / "expected.json").read_text(encoding="utf-8")):
        groups[row["at"], row["profile"]].append(row)
    assert groups
    for (at, profile), rows in groups.items():
        files = [demo.folder / row["file"] for row in rows]
        answer = yanma("verify", "--json", "--trust", demo.trust, "--at", at, "--profile", profile, *files)
        said = [(found["family"], found["reason"]) for found in answer.objects]
        assert said == [(row["family"], row["reason"]) for row in rows]


def test_a_good_mark_gives_one_line_and_exit_code_0(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--trust", demo.trust, demo.code("mark-downloaded"))
    assert answer.code == ExitCode.OK
    [line] = answer.lines
    assert line.startswith(f"{demo.code('mark-downloaded')}: GO VALID 有效")
    assert answer.err == ""


def test_one_bad_file_among_good_ones_gives_exit_code_1(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--trust", demo.trust, demo.code("mark-downloaded"), demo.code("mark-revoked"))
    assert answer.code == ExitCode.NOT_ALL
    assert [line.split(": ")[1].split()[0] for line in answer.lines] == ["GO", "STOP"]


def test_json_gives_the_documented_fields_and_no_null_facts(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--json", "--trust", demo.trust, "--at", demo.at, demo.code("mark-downloaded"))
    [found] = answer.objects
    assert (found["file"], found["family"], found["reason"]) == (demo.code("mark-downloaded"), "GO", "VALID")
    assert (found["profile"], found["codes"], found["facts"]["demo"]) == ("police", 1, True)
    assert found["at"].endswith("+08:00")
    assert [check["name"] for check in found["checks"]][:4] == ["decode", "format", "issuer", "signature"]
    assert set(found["checks"][0]) == {"name", "outcome", "reason", "word"}
    assert None not in found["facts"].values()
    assert len(found["facts"]["ends"]) == len("2027-01-31")
    assert found["ages"]["trust_s"] == 0.0


def test_explain_prints_every_check_in_order(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--explain", "--lang", "en", "--trust", demo.trust, demo.code("mark-revoked"))
    checks = [line.split() for line in answer.lines[1:]]
    names = ["decode", "format", "issuer", "signature", "freshness", "dates", "status", "delegation", "policy"]
    assert [check[0] for check in checks][: len(names)] == names
    [status] = [check for check in checks if check[0] == "status"]
    assert status[1:3] == ["bad", "REVOKED"]
    assert all(len(line) <= 80 for line in answer.lines[1:])


def test_a_payload_on_standard_input_is_judged_with_its_bytes_kept(demo: Demo) -> None:
    payload = payload_of(demo.code("mark-downloaded"))
    words = ("verify", "--json", "--trust", str(demo.trust), "-")
    for stdin in (payload, payload + b"\n", payload + b"\n\n"):
        result = program(*words, stdin=stdin)
        assert (result.returncode, json.loads(result.stdout)["reason"]) == (0, "VALID")
    for stdin in (payload + b"\r\n", b" " + payload, payload + b" \n", payload + b"\x00"):
        result = program(*words, stdin=stdin)
        assert (result.returncode, json.loads(result.stdout)["reason"]) == (1, "NOT_A_CREDENTIAL")


def test_a_text_file_gives_one_line_for_each_payload(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    text = tmp_path / "codes.txt"
    text.write_bytes(payload_of(demo.code("mark-downloaded")) + b"\n\nhello\n" + payload_of(demo.code("mark-revoked")))
    answer = yanma("verify", "--json", "--trust", demo.trust, text)
    said = [(found["line"], found["reason"], found["decoder"]) for found in answer.objects]
    assert said == [(1, "VALID", "text"), (3, "NOT_A_CREDENTIAL", "text"), (4, "REVOKED", "text")]
    assert yanma("verify", "--trust", demo.trust, text).lines[1].startswith(f"{text}:3: RETRY")


def test_a_changed_payload_given_as_text_is_a_bad_signature_at_once(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    text = tmp_path / "code.txt"
    text.write_bytes(payload_of(demo.code("mark-flipped-bit")))
    assert yanma("verify", "--json", "--trust", demo.trust, text).objects[0]["reason"] == "BAD_SIGNATURE"


def test_a_picture_with_a_bad_signature_was_read_twice_before_it_is_called_so(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--json", "--trust", demo.trust, demo.code("mark-flipped-bit"))
    assert answer.objects[0]["reason"] == "BAD_SIGNATURE"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("foreign-chat", "mark-downloaded"), "VALID"),
        (("mark-downloaded", "mark-revoked"), "REVOKED"),
        (("mark-revoked", "mark-flipped-bit"), "BAD_SIGNATURE"),
    ],
)
def test_credentials_lead_before_other_codes_and_the_worst_before_the_better(
    yanma: Yanma, demo: Demo, tmp_path: Path, names: tuple[str, ...], reason: str
) -> None:
    sheet = side_by_side(tmp_path / "sheet.png", *map(demo.code, names))
    for profile in ("police", "insurer"):
        [found] = yanma("verify", "--json", "--trust", demo.trust, "--profile", profile, sheet).objects
        assert (found["reason"], found["codes"]) == (reason, 2)


def test_a_document_that_the_post_asked_for_leads_before_one_that_it_did_not(
    yanma: Yanma, demo: Demo, tmp_path: Path
) -> None:
    sheet = side_by_side(tmp_path / "sheet.png", demo.code("licence-live"), demo.code("mark-downloaded"))
    [found] = yanma("verify", "--json", "--trust", demo.trust, "--at", demo.at, "--profile", "gate", sheet).objects
    assert (found["reason"], found["codes"]) == ("VALID", 2)


def test_a_page_of_a_pdf_is_judged_too(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    pages = [Image.new("L", (800, 800), 255), grey(demo.code("mark-downloaded"))]
    pages[0].save(tmp_path / "marks.pdf", save_all=True, append_images=pages[1:])
    [found] = yanma("verify", "--json", "--trust", demo.trust, tmp_path / "marks.pdf").objects
    assert (found["reason"], found["codes"]) == ("VALID", 1)


def test_a_folder_stands_for_its_pictures_by_name(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--trust", demo.trust, demo.folder / "codes")
    names = [line.partition(": ")[0] for line in answer.lines]
    assert names == sorted(str(path) for path in (demo.folder / "codes").glob("*.png"))


def test_a_folder_without_pictures_is_told_and_the_others_go_on(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    answer = yanma("verify", "--trust", demo.trust, tmp_path, demo.code("mark-downloaded"))
    assert (answer.code, "a folder without pictures" in answer.err) == (ExitCode.NO_INPUT, True)
    assert len(answer.lines) == 1


def test_a_named_pipe_is_refused_and_never_waited_for(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert yanma("verify", "--trust", demo.trust, tmp_path / "pipe.png").code == ExitCode.DATA


def test_a_picture_without_a_code_is_unreadable_without_a_cause(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    Image.new("L", (400, 300), 200).save(tmp_path / "empty.png")
    answer = yanma("verify", "--json", "--trust", demo.trust, tmp_path / "empty.png")
    [found] = answer.objects
    assert (answer.code, found["family"], found["reason"]) == (ExitCode.NOT_ALL, "RETRY", "UNREADABLE")
    assert (found["codes"], "word" in found["facts"]) == (0, False)


def test_a_blurred_code_is_unreadable_with_its_cause(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    picture = grey(demo.code("mark-downloaded"))
    sheet = Image.new("L", (picture.width * 2, picture.height * 2), 255)
    sheet.paste(picture, (picture.width // 2, picture.height // 2))
    sheet.filter(ImageFilter.GaussianBlur(9)).save(tmp_path / "blurred.png")
    [found] = yanma("verify", "--json", "--trust", demo.trust, tmp_path / "blurred.png").objects
    assert found["reason"] == "UNREADABLE"
    assert found["facts"]["word"] == found["checks"][0]["word"] == "blurred"


def test_a_file_that_is_no_picture_has_its_own_row_and_the_others_go_on(
    yanma: Yanma, demo: Demo, tmp_path: Path
) -> None:
    (tmp_path / "note.png").write_bytes(b"not a picture")
    good = demo.code("mark-downloaded")
    answer = yanma("verify", "--json", "--trust", demo.trust, tmp_path / "note.png", good)
    assert answer.code == ExitCode.DATA
    assert (answer.objects[0]["family"], answer.objects[0]["reason"]) == (None, None)
    assert "is not a picture" in answer.objects[0]["error"]
    assert answer.objects[1]["reason"] == "VALID"
    assert "next step" in answer.err


def test_a_missing_file_weighs_more_than_a_bad_one(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "note.png").write_bytes(b"")
    answer = yanma("verify", "--trust", demo.trust, tmp_path / "none.png", tmp_path / "note.png")
    assert (answer.code, answer.out) == (ExitCode.NO_INPUT, "")


def test_an_empty_text_is_bad_data(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_bytes(b"\n\n")
    assert yanma("verify", "--trust", demo.trust, tmp_path / "none.txt").code == ExitCode.DATA


def test_a_day_is_taken_as_its_noon_in_china_and_that_is_said(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--json", "--trust", demo.trust, "--at", "2031-02-03", demo.code("mark-downloaded"))
    assert answer.objects[0]["at"] == "2031-02-03T12:00:00+08:00"
    assert answer.objects[0]["reason"] == "EXPIRED"
    assert "Asia/Shanghai" in answer.err


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "1969-12-31", "", "9999-99-99T00:00"])
def test_a_time_that_is_none_is_wrong_usage(yanma: Yanma, demo: Demo, text: str) -> None:
    answer = yanma("verify", "--trust", demo.trust, "--at", text, demo.code("mark-downloaded"))
    assert (answer.code, "--at" in answer.err) == (ExitCode.USAGE, True)


def test_missing_trust_data_names_the_next_step(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    answer = yanma("verify", "--trust", tmp_path / "none", demo.code("mark-downloaded"))
    assert (answer.code, answer.out) == (ExitCode.UNAVAILABLE, "")
    assert "yanma-issuer demo DIR" in answer.err


def test_the_demo_folder_instead_of_its_trust_folder_is_understood(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("verify", "--trust", demo.folder, demo.code("mark-downloaded"))
    assert answer.code == ExitCode.UNAVAILABLE
    assert str(demo.trust) in answer.err


def test_tampered_trust_data_is_refused_whole(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    copy = tmp_path / "trust"
    for path in demo.trust.rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(demo.trust)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    raw = bytearray((copy / "trust.cwt").read_bytes())
    raw[-1] ^= 1
    (copy / "trust.cwt").write_bytes(raw)
    answer = yanma("verify", "--trust", copy, demo.code("mark-downloaded"))
    assert (answer.code, "signature" in answer.err) == (ExitCode.UNAVAILABLE, True)


def test_demo_trust_data_never_serves_a_production_terminal(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[terminal]\nenvironment = "production"\n[trust]\nanchors = "{demo.trust / "anchors"}"\n', encoding="utf-8"
    )
    answer = yanma("verify", "--config", config, "--trust", demo.trust, demo.code("mark-downloaded"))
    assert (answer.code, answer.out) == (ExitCode.CONFIG, "")
    assert "environment 'demo', but terminal.environment = 'production'" in answer.err


def test_production_anchors_never_serve_a_demo(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    for path in (demo.trust / "anchors").glob("*.toml"):
        text = path.read_text(encoding="utf-8").replace('"demo"', '"production"')
        (anchors / path.name).write_text(text, encoding="utf-8")
    words = ("--set", f"trust.anchors={anchors}", "--trust", demo.trust)
    answer = yanma("verify", *words, demo.code("mark-downloaded"))
    assert (answer.code, "environment 'production'" in answer.err) == (ExitCode.CONFIG, True)


def test_without_a_believed_clock_a_live_code_is_not_judged(yanma: Yanma, demo: Demo) -> None:
    words = ("--set", "clock.trust_system=false", "--trust", demo.trust)
    [found] = yanma("verify", "--json", *words, demo.code("licence-live")).objects
    assert found["family"] == "UNSURE" or found["reason"] != "VALID"
    assert found["family"] not in ("GO", "GO+")


def test_random_pictures_always_get_a_row(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (120, 160), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    [found] = yanma("verify", "--json", "--trust", demo.trust, tmp_path / "noise.png").objects
    assert found["reason"] == "UNREADABLE"
