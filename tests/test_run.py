"""`yanma run` as a process: what comes out of a pipe, how it ends, and with which code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import segno

from firmware.cli import main
from firmware.ledger.store import LedgerStore
from tests.flows.theatre import write_trust
from tests.test_service import Manager
from tests.world import World, text

ROOT = Path(__file__).parents[1]
PATIENCE_S = 30.0


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """A demo trust folder with its anchors."""
    write_trust(World(), tmp_path / "trust")
    return tmp_path / "trust"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two codes as pictures: a payment code, and a credential of an unknown issuer."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    stranger = World().credential(key=World().holder)
    for name, content in (("1-payment", b"https://pay.example/1"), ("2-stranger", text(stranger))):
        segno.make(content, error="m").save(str(folder / f"{name}.png"), scale=6, border=6)
    return folder


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("YANMA_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text("")


def started(*words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "firmware", "run", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        encoding="utf-8",
    )


@pytest.mark.slow
def test_a_folder_in_a_pipe_gives_a_line_a_picture_and_a_summary(
    trust: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    run = started("--source", pictures, "--trust", trust, "--ledger", tmp_path / "ledger")
    out, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, err
    first, second, summary = out.splitlines()
    assert "RETRY NOT_A_CREDENTIAL 非证件 非交管码" in first
    assert "UNSURE UNKNOWN_ISSUER 无密钥" in second
    assert summary.startswith("=== 2 verdicts: RETRY 1 UNSURE 1, median ")
    with LedgerStore(tmp_path / "ledger") as store:
        assert store.verify() == 2
    heard = manager.heard()
    manager.close()
    assert heard.index("READY=1") < heard.index("STOPPING=1") == len(heard) - 1
    assert any(message.startswith("STATUS=有效 0 停 0 名单") for message in heard)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    """Whether a process still runs: an ended one may stay listed until whoever inherited it looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def endless(pictures: Path) -> Path:
    """So many pictures that a test ends first."""
    for number in range(200):
        (pictures / f"3-{number:03d}.png").symlink_to(pictures / "1-payment.png")
    return pictures


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_the_run_cleanly_within_three_seconds(
    stop: signal.Signals, trust: Path, endless: Path, tmp_path: Path
) -> None:
    run = started("--source", endless, "--trust", trust, "--ledger", tmp_path / "ledger", "--lang", "en")
    assert run.stdout is not None
    assert "NOT_A_CREDENTIAL NO CERT" in run.stdout.readline()
    children = children_of(run.pid)
    assert children
    began_s = time.monotonic()
    run.send_signal(stop)
    out, err = run.communicate(timeout=PATIENCE_S)
    assert time.monotonic() - began_s < 3.0
    assert run.returncode == 0, err
    assert "Traceback" not in err
    assert out.splitlines()[-1].startswith("=== ")
    while any(runs(child) for child in children):
        assert time.monotonic() - began_s < 3.0, "a child outlives the run"
        time.sleep(0.01)
    with LedgerStore(tmp_path / "ledger") as store:
        assert store.verify() >= 1


@pytest.mark.slow
def test_a_scanner_that_is_killed_is_replaced_and_verdicts_come_again(
    trust: Path, endless: Path, tmp_path: Path
) -> None:
    run = started("--source", endless, "--trust", trust, "--ledger", tmp_path / "ledger", "--lang", "en")
    assert run.stdout is not None
    assert "NOT_A_CREDENTIAL" in run.stdout.readline()
    scanner = max(children_of(run.pid), key=lambda pid: int(Path(f"/proc/{pid}/statm").read_text().split()[1]))
    os.kill(scanner, signal.SIGKILL)
    told = [run.stdout.readline()]
    while "NOT_A_CREDENTIAL" not in told[-1] or not any("scanner:" in line for line in told):
        told.append(run.stdout.readline())
        assert len(told) < 20, told
    run.terminate()
    _, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, err
    assert "out of service: E21" in "".join(told)


def test_a_folder_that_is_not_there_is_69(trust: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--source", str(tmp_path / "nowhere/"), "--trust", str(trust)]) == 69
    assert "nowhere" in capsys.readouterr().err


def test_a_finite_run_without_trust_data_is_69(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--source", str(pictures), "--trust", str(tmp_path / "no-trust")]) == 69
    assert "yanma-issuer demo" in capsys.readouterr().out


def test_anchors_of_another_environment_are_78(
    trust: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--source", str(pictures), "--trust", str(trust), "--environment", "production"]
    anchors = f"trust.anchors={trust / 'anchors'}"
    assert main(["run", *words, "--set", anchors, "--ledger", str(tmp_path / "ledger")]) == 78
    assert "production" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--gate", "closed"], "needs a relay"),
        (["--gate", "closed", "--pins", "mock", "--set", "gate.lockout_ms=100"], "gate.lockout_ms must lie in"),
        (["--source", "nonsense"], "nonsense"),
        (["--panel", "ssd1306", "--set", "panel.rotate=1"], "rotate"),
        (["--profile", "butcher"], "butcher"),
        (["--pins", "mock", "--gate", "closed", "--set", "pins.loop=5", "--set", "pins.relay=5"], "uses that pin"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_carried_out_as_configured_is_78_and_says_why(
    words: list[str], said: str, trust: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    defaults = ["--source", str(pictures), "--trust", str(trust)]
    assert main(["run", *defaults, *words]) == 78
    found = capsys.readouterr().err
    assert said in found
    assert "next step" in found


def test_an_events_file_that_cannot_be_opened_is_69(
    trust: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--source", str(pictures), "--trust", str(trust), "--json-events", str(tmp_path / "no" / "file")]
    assert main(["run", *words]) == 69
    assert "--json-events" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["0", "-3", "soon", "nan"])
def test_a_time_that_is_none_is_a_wrong_word(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", f"--seconds={word}"]) == 2
    assert "--seconds" in capsys.readouterr().err


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    told = capsys.readouterr().out
    for word in ("--source", "--panel", "--pins", "--trust", "--profile", "--lang", "--ledger", "--once", "--seconds"):
        assert word in told
    assert "exit codes" in told


@pytest.mark.slow
def test_the_code_of_frames_that_stop_is_75_and_the_json_tells_the_fault(trust: Path, tmp_path: Path) -> None:
    no_camera = ["--source", "/dev/video-none", "--set", "scanner.give_up_s=4"]
    run = started(
        *no_camera, "--trust", trust, "--ledger", tmp_path / "ledger", "--json-events", "-", "--panel", "none"
    )
    out, err = run.communicate(timeout=60)
    assert run.returncode == 75, err
    assert '{"event": "service", "fault": "E21"}' in out
