from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from firmware.model import Reason
from issuer.cli import build_parser, main
from issuer.defects import DEFECTS
from issuer.errors import Exit
from tests.issuer.common import NOW_S, judge, make_office, read_code, trust_of

AT = "2026-07-01T09:30:00+08:00"


@pytest.fixture
def make(state: Path, tmp_path: Path):
    def run(*arguments: str, out: str = "code.png") -> int:
        return main(["make", *arguments, "--at", AT, "--state", str(state), "--out", str(tmp_path / out)])

    return run


def test_help_needs_no_heavy_library() -> None:
    script = (
        "import sys; from issuer.cli import build_parser; build_parser().format_help();"
        "print(*sorted({'cbor2','segno','PIL','cryptography','shtab','http.server'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("command", ["demo", "phone", "page", "show", "make", "defects", "status", "keys"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args([command, "--help"])
    assert ended.value.code == 0
    assert "--state" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_is_printed_for_a_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(["--print-completion", shell])
    assert ended.value.code == 0
    assert "yanma-issuer" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["mint"],
        ["make"],
        ["make", "passport", "--out", "x.png"],
        ["page", "--port", "65536"],
        ["page", "--port", "-1"],
    ],
)
def test_wrong_arguments_end_with_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == Exit.USAGE
    assert "usage:" in capsys.readouterr().err


@pytest.mark.usefixtures("few_codes")
def test_a_demo_from_the_command_line_says_what_to_do_next(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", str(folder), "--state", str(state), "--at", AT]) == Exit.OK
    out = capsys.readouterr().out
    assert f"yanma verify --trust {folder}/trust --at 2026-07-01T01:30:00Z" in out
    assert str(state) in out
    assert main(["phone", str(folder), "--once", "--state", str(state)]) == Exit.OK
    assert f"renew it with yanma-issuer demo {folder}" in capsys.readouterr().out
    assert main(["show", "mark", str(folder), "--once", "--state", str(state)]) == Exit.OK
    assert main(["keys", "--state", str(state)]) == Exit.OK
    assert "beijing" in capsys.readouterr().out


def test_the_list_of_defects_names_each_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defects"]) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[name, defect.expects] for name, defect in DEFECTS.items()]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["inspection-mark"], Reason.VALID),
        (["vehicle-licence"], Reason.VALID),
        (["vehicle-licence", "--way", "server"], Reason.VALID),
        (["inspection-mark", "--way", "printed", "--alg", "SM2"], Reason.VALID),
        (["inspection-mark", "--alg", "Ed25519", "--plate", "沪A88888"], Reason.VALID),
        (["inspection-mark", "--until", "2026-07-10"], Reason.VALID_NOTICE),
        (["inspection-mark", "--until", "2026-06-30"], Reason.EXPIRED),
        (["inspection-mark", "--letters", "GH"], Reason.VALID_NOTICE),
        (["vehicle-licence", "--defect", "stale"], Reason.CODE_STALE),
        (["inspection-mark", "--defect", "revoked"], Reason.REVOKED),
        (["driving-licence"], Reason.VALID),
        (["driving-licence", "--alg", "SM2", "--letters", "BD"], Reason.SUSPENDED),
        (["driving-licence", "--until", "2026-06-30"], Reason.EXPIRED),
        (["delegated-vehicle-licence"], Reason.VALID),
        (["delegated-vehicle-licence", "--defect", "taken-back"], Reason.DELEGATION_EXCEEDED),
        (["evi-tag"], Reason.VALID),
        (["evi-tag", "--way", "phone", "--plate", "沪A88888"], Reason.VALID),
    ],
)
def test_one_document_is_made_as_asked(
    make, tmp_path: Path, state: Path, arguments: list[str], reason: Reason, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(*arguments) == Exit.OK
    assert str(tmp_path / "code.png") in capsys.readouterr().out
    read = read_code(Image.open(tmp_path / "code.png"))
    trust = trust_of(make_office(state), tmp_path / "trust")
    assert judge(read.bytes, trust, NOW_S).reason is reason


@pytest.mark.parametrize(
    ("name", "start"), [("m.svg", b"<svg "), ("m.txt", b"JZ1:"), ("m.pdf", b"%PDF-"), ("m.PNG", b"\x89PNG")]
)
def test_the_name_of_the_file_says_what_is_written(make, tmp_path: Path, name: str, start: bytes) -> None:
    assert make("inspection-mark", "--way", "printed", out=name) == Exit.OK
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "out", "exit_code", "told"),
    [
        (["inspection-mark", "--defect", "none"], "m.png", Exit.BAD_DATA, "yanma-issuer defects"),
        (["inspection-mark", "--defect", "stale"], "m.png", Exit.BAD_DATA, "phone, server"),
        (["inspection-mark"], "m.gif", Exit.BAD_DATA, ".png"),
        (["inspection-mark"], "m", Exit.BAD_DATA, ".png"),
        (["inspection-mark"], "m.pdf", Exit.BAD_DATA, "--way printed"),
        (["vehicle-licence", "--way", "printed"], "m.pdf", Exit.BAD_DATA, "inspection-mark"),
        (["inspection-mark", "--plate", "京A 123"], "m.png", Exit.BAD_DATA, "京A12345"),
        (["driving-licence", "--plate", "京A12345"], "m.png", Exit.BAD_DATA, "no plate"),
        (["driving-licence", "--defect", "uninsured"], "m.png", Exit.BAD_DATA, "evi-tag"),
        (["inspection-mark", "--plate", ""], "m.png", Exit.BAD_DATA, "京A12345"),
        (["inspection-mark", "--letters", "g"], "m.png", Exit.BAD_DATA, "state letters"),
        (["inspection-mark", "--letters", "AA"], "m.png", Exit.BAD_DATA, "state letters"),
        (["inspection-mark", "--until", "soon"], "m.png", Exit.BAD_DATA, "2026-07-01"),
        (["inspection-mark", "--until", "9999-12-31"], "m.png", Exit.BAD_DATA, "year"),
    ],
)
def test_what_cannot_be_made_is_told_in_one_line(
    make, arguments: list[str], out: str, exit_code: Exit, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(*arguments, out=out) == exit_code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("yanma-issuer: ")
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_a_file_that_exists_is_kept_unless_forced(make, tmp_path: Path) -> None:
    (tmp_path / "code.png").write_text("mine")
    assert make("inspection-mark") == Exit.CANNOT_CREATE
    assert (tmp_path / "code.png").read_text() == "mine"
    assert make("inspection-mark", "--force") == Exit.OK


@pytest.mark.parametrize("command", [["phone"], ["page"], ["show", "mark"]])
def test_a_folder_that_is_no_demo_is_refused(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, str(tmp_path), "--state", str(tmp_path)]) == Exit.BAD_DATA
    assert "yanma-issuer demo" in capsys.readouterr().err


def test_an_unknown_live_code_is_refused_with_the_names_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "passport", "--once", "--state", str(tmp_path)]) == Exit.BAD_DATA
    assert "licence-server" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["cbor2", "segno"])
def test_an_installation_for_terminals_says_how_to_add_the_office(missing: str, tmp_path: Path) -> None:
    arguments = ["make", "inspection-mark", "--state", str(tmp_path), "--out", str(tmp_path / "mark.png")]
    script = f"import sys; sys.modules[{missing!r}] = None; from issuer.cli import main; sys.exit(main({arguments}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == Exit.BAD_CONFIG
    assert done.stderr == f"yanma-issuer: {missing} is not installed: pip install 'yanma[issuer]'\n"


def test_a_folder_that_the_system_refuses_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "--state", str(tmp_path / "keys")]) == Exit.OK
    assert main(["demo", str(tmp_path / ("x" * 300)), "--state", str(tmp_path)]) == Exit.CANNOT_CREATE
    assert capsys.readouterr().err.count("\n") == 1


def test_a_terminal_without_chinese_gets_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "issuer.cli", "show", "mark", "--once", "--state", str(tmp_path)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"A12345" in done.stdout


def test_a_closed_pipe_is_no_error() -> None:
    script = "import sys; from issuer.cli import main; sys.exit(main(['defects']))"
    done = subprocess.run(
        f'"{sys.executable}" -c "{script}" | head -n 1', shell=True, capture_output=True, text=True, timeout=30
    )
    assert done.stdout.startswith("stale")
    assert done.stderr == ""


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01T00:00:00Z", "99999999999999"])
def test_a_time_that_is_none_is_refused(at: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", str(tmp_path / "demo"), "--state", str(tmp_path), "--at", at]) == Exit.BAD_DATA
    assert "2026-07-01T09:30:00+08:00" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
