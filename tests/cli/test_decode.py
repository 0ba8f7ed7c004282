"""`yanma decode`: what a picture holds, without judging it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from firmware.refusal import ExitCode
from tests.cli.conftest import Answer, Demo

Yanma = Callable[..., Answer]


def test_json_gives_exact_bytes_corners_decoder_and_stage(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("decode", "--json", demo.code("mark-downloaded"))
    assert answer.code == ExitCode.OK
    [found] = answer.objects
    [code] = found["codes"]
    assert (found["file"], found["why"]) == (demo.code("mark-downloaded"), None)
    assert b64decode(code["bytes"]).startswith(b"JZ1:")
    assert code["format"] == "QRCode"
    assert len(code["corners"]) == 4
    assert all(len(corner) == 2 for corner in code["corners"])
    (left, top), _, (right, bottom), _ = code["corners"]
    with Image.open(demo.code("mark-downloaded")) as picture:
        width, height = picture.size
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert code["decoder"]
    assert code["stage"]


def test_no_trust_data_is_needed_and_foreign_codes_are_shown(yanma: Yanma, demo: Demo) -> None:
    answer = yanma("decode", demo.code("foreign-wifi"))
    assert (answer.code, "QRCode" in answer.out, "WIFI:" in answer.out) == (0, True, True)


def test_a_picture_without_a_code_says_why_and_exits_1(yanma: Yanma, demo: Demo, tmp_path: Path) -> None:
    Image.new("L", (400, 300), 200).save(tmp_path / "empty.png")
    answer = yanma("decode", "--json", tmp_path / "empty.png", demo.code("mark-downloaded"))
    assert answer.code == ExitCode.NOT_ALL
    assert answer.objects[0] == {"file": str(tmp_path / "empty.png"), "codes": [], "why": "nothing like a code"}
    assert len(answer.objects[1]["codes"]) == 1


def test_a_file_that_cannot_be_read_has_a_row_of_its_own(yanma: Yanma, tmp_path: Path) -> None:
    (tmp_path / "note.png").write_bytes(b"hello")
    answer = yanma("decode", "--json", tmp_path / "note.png", tmp_path / "none.png")
    assert answer.code == ExitCode.NO_INPUT
    assert [found["codes"] for found in answer.objects] == [[], []]
    assert "is not a picture" in answer.objects[0]["error"]
    assert "cannot be opened" in answer.objects[1]["error"]


def test_a_payload_never_sends_control_codes_to_the_terminal(yanma: Yanma, tmp_path: Path) -> None:
    import segno

    segno.make_qr("\x1b[2Jred", error="m").save(str(tmp_path / "rude.png"), scale=6)
    answer = yanma("decode", tmp_path / "rude.png")
    assert answer.code == ExitCode.OK
    assert "\x1b" not in answer.out
    assert "\\x1b[2Jred" in answer.out
