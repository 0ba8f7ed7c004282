"""The door: help, usage, exit codes, streams; and that nothing heavy is imported for a question that needs nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware import __version__, cli
from firmware.refusal import ExitCode
from tests.cli.conftest import ROOT, Answer, program

Yanma = Callable[..., Answer]
HEAVY = (
    "numpy",
    "cv2",
    "PIL",
    "cryptography",
    "luma",
    "gpiozero",
    "zxingcpp",
    "dataclasses",
    "logging",
    "shutil",
    "json",
)


def test_help_teaches_examples_exit_codes_and_variables_in_80_columns(yanma: Yanma) -> None:
    answer = yanma("--help")
    assert answer.code == ExitCode.OK
    for part in ("examples:", "exit codes:", "environment variables:", *cli.COMMANDS):
        assert part in answer.out
    assert max(len(line) for line in answer.lines) <= 80


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(yanma: Yanma, name: str) -> None:
    answer = yanma(name, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert cli.COMMANDS[name] in re.sub(r"\s+", " ", answer.out)


def test_the_exit_codes_of_the_help_are_those_of_the_table(yanma: Yanma) -> None:
    text = yanma("--help").out.partition("exit codes:")[2].partition("environment variables:")[0]
    assert {int(word) for word in re.findall(r"\b\d+\b", text)} == {int(code) for code in ExitCode}
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert {int(word) for word in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == {int(code) for code in ExitCode}


def test_help_and_version_import_nothing_heavy() -> None:
    script = (
        "import sys; from firmware.cli import main; main(['--help']);"
        f" print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=ROOT, text=True, check=True)
    assert result.stderr.strip() == "[]"


def test_no_command_shows_the_help_and_is_wrong_usage(yanma: Yanma) -> None:
    answer = yanma()
    assert (answer.code, "examples:" in answer.out) == (ExitCode.USAGE, True)


@pytest.mark.parametrize("words", [["nosuch"], ["verify"], ["decode", "--nosuch", "x"], ["config", "hide"]])
def test_wrong_usage_is_told_in_one_line_and_exits_2(yanma: Yanma, words: list[str]) -> None:
    answer = yanma(*words)
    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert "error: " in answer.err


def test_version_names_the_product_and_its_parts(yanma: Yanma) -> None:
    assert yanma("--version").lines[0] == f"yanma {__version__}"
    [found] = yanma("version", "--json").objects
    assert found["yanma"] == __version__
    assert "zxing-cpp" in found


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_the_completion_script_knows_every_command(yanma: Yanma, shell: str) -> None:
    answer = yanma("completion", shell)
    assert answer.code == ExitCode.OK
    assert all(name in answer.out for name in cli.COMMANDS)
    assert "--explain" in answer.out or shell == "tcsh"
    assert yanma("--print-completion", shell).out == answer.out


def test_chinese_comes_out_under_the_c_locale() -> None:
    for locale in (
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ):
        result = program("--help", **locale)
        assert result.returncode == 0
        assert "验码".encode() in result.stdout


def test_a_reader_that_goes_away_ends_the_program_quietly() -> None:
    command = f"{sys.executable} -m firmware config show --origin | true; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT, check=False)
    assert result.returncode in (ExitCode.OK, ExitCode.PIPE_CLOSED)
    assert result.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_io_error_without_a_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "firmware", "config", "show"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert result.returncode == ExitCode.IO
    assert b"Traceback" not in result.stderr
    assert b"next step" in result.stderr


def test_an_error_inside_shows_its_traceback_only_with_debug(yanma: Yanma, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware.commands import version

    def broken(args: object) -> int:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(version, "main", broken)
    quiet, loud = yanma("version"), yanma("--debug", "version")
    assert (quiet.code, loud.code) == (ExitCode.INTERNAL, ExitCode.INTERNAL)
    assert "Traceback" not in quiet.err
    assert "--debug" in quiet.err
    assert "ZeroDivisionError: inside" in loud.err


def test_a_missing_library_is_named_and_exits_69(yanma: Yanma, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware.commands import version

    def without_cv2(args: object) -> int:
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")

    monkeypatch.setattr(version, "main", without_cv2)
    answer = yanma("version")
    assert (answer.code, "No module named 'cv2'" in answer.err) == (ExitCode.UNAVAILABLE, True)


def test_ctrl_c_exits_130(yanma: Yanma, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware.commands import version

    def interrupted(args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(version, "main", interrupted)
    assert yanma("version").code == ExitCode.INTERRUPTED


def test_config_show_prints_toml_that_reads_back_with_origins(yanma: Yanma, tmp_path: Path) -> None:
    answer = yanma("config", "show", "--origin", "--panel", "png:out", "--set", "camera.fps=9")
    assert 'driver = "png"                               # flag --panel png:out' in answer.lines
    assert 'png = "out"                                  # flag --panel png:out' in answer.lines
    file = tmp_path / "config.toml"
    file.write_text(answer.out, encoding="utf-8")
    again = yanma("config", "show", "--config", file)
    assert again.code == ExitCode.OK
    assert "fps = 9" in again.lines


def test_config_show_as_json_gives_values_and_their_origins(yanma: Yanma, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANMA_CAMERA__FPS", "7")
    [plain] = yanma("config", "show", "--json").objects
    [full] = yanma("config", "show", "--json", "--origin").objects
    assert plain["camera.fps"] == 7
    assert full["camera.fps"] == {"value": 7, "origin": "environment YANMA_CAMERA__FPS"}


def test_a_wrong_setting_exits_78_with_a_suggestion(yanma: Yanma) -> None:
    answer = yanma("config", "show", "--set", "panel.drver=none")
    assert (answer.code, answer.out) == (ExitCode.CONFIG, "")
    assert 'did you mean "panel.driver"?' in answer.err
    assert yanma("config", "show", "--set", "panel.driver").code == ExitCode.CONFIG


def test_a_variable_names_the_configuration_file(yanma: Yanma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[camera]\nfps = 3\n", encoding="utf-8")
    monkeypatch.setenv("YANMA_CONFIG", str(file))
    assert "fps = 3" in yanma("config", "show").lines


def test_a_file_name_that_is_not_utf_8_does_not_end_the_program(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.png"
    result = subprocess.run(
        [sys.executable, "-m", "firmware", "decode", "--json", name], capture_output=True, cwd=ROOT, check=False
    )
    assert result.returncode == ExitCode.NO_INPUT
    assert b"Traceback" not in result.stderr
