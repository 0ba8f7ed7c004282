"""`yanma selftest` through the real door: on a machine without hardware, rehearsed, unattended, at a keyboard, and shown again."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from firmware.clock import steady_s
from firmware.commands import selftest as command
from firmware.config import Flag, load_config
from firmware.doctor.finding import Machine
from firmware.ledger.commissioning.folder import add, folder_of, held
from firmware.ledger.device import open_device_key
from firmware.ledger.keys import make_folder
from firmware.refusal import ExitCode, UnavailableError
from firmware.scanner.testcard import read_card
from firmware.selftest.opening import alone
from firmware.selftest.plan import Step
from firmware.time_sources.handover import write_handover
from firmware.time_sources.poller import REPORT_NAME
from tests.cli.conftest import ROOT, Answer, Demo
from tests.ledger.commissioning.test_commissioning import said

Yanma = Callable[..., Answer]
PATIENCE_S = 120.0


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def words(demo: Demo, ledger: Path) -> list[str]:
    """A machine with trust data and nothing else fitted, whose state lies in a folder of the test."""
    return ["--trust", str(demo.trust), "--ledger", str(ledger), "--panel", "none", "--lang", "en"]


def test_an_unattended_rehearsal_names_every_line_and_keeps_no_record(
    yanma: Yanma, words: list[str], ledger: Path
) -> None:
    answer = yanma("selftest", "--simulate", "--unattended", "--json", *words)
    found = {one["name"]: one["outcome"] for one in answer.objects}
    assert list(found) == list(Step)
    passed = {
        Step.CAMERA,
        Step.LIGHT,
        Step.BANDING,
        Step.FOCUS,
        Step.CARD_NEAR,
        Step.CLOCK,
        Step.STORAGE,
        Step.LEDGER,
        Step.TRUST,
    }
    assert {name for name, outcome in found.items() if outcome == "PASS"} == passed
    assert "FAIL" not in found.values()
    assert answer.code == ExitCode.NOT_ALL  # card-far: nobody confirmed it
    assert "no record was written" in answer.err
    assert list(folder_of(ledger).iterdir()) == []


def test_without_a_camera_the_lines_say_so_and_the_record_is_kept_and_shown(
    yanma: Yanma, words: list[str], ledger: Path
) -> None:
    answer = yanma("selftest", "--unattended", "--source", "/dev/video97", *words)
    assert answer.code == ExitCode.NOT_ALL
    assert "FAIL camera" in answer.out
    assert "yanma selftest --simulate" in answer.out
    assert "PASS storage" in answer.out
    assert "commissioning record 1, signed" in answer.err
    shown = yanma("selftest", "--show", *words)
    assert shown.code == ExitCode.NOT_ALL
    assert "commissioning record 1:" in shown.out
    assert "the signature holds: yanma/ledger/" in shown.out
    assert "made unattended" in shown.out
    [body] = yanma("selftest", "--show", "--json", *words).objects
    assert (body["number"], body["attended"], body["signature"]) == (1, False, "good")
    assert {line["name"] for line in body["lines"]} == set(Step)


def test_a_record_with_a_byte_changed_is_not_shown(yanma: Yanma, words: list[str], ledger: Path) -> None:
    yanma("selftest", "--unattended", "--source", "/dev/video97", *words)
    path = folder_of(ledger) / "000001.json"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"attended":false', b'"attended":true'))
    answer = yanma("selftest", "--show", *words)
    assert (answer.code, answer.out) == (ExitCode.DATA, "")
    assert "does not hold" in answer.err


def test_the_last_record_is_the_baseline_and_one_that_does_not_hold_is_none(
    yanma: Yanma, words: list[str], ledger: Path
) -> None:
    """A lens that was twice as sharp at commissioning, which no lens can be."""
    key, folder = open_device_key(ledger), folder_of(ledger)
    make_folder(folder)
    add(folder, {**said(key), "baseline": {"card-near_sharpness": 200}}, key)

    def card_near() -> str:
        lines = yanma("selftest", "--simulate", "--unattended", "--json", *words).objects
        return next(str(line["outcome"]) for line in lines if line["name"] == Step.CARD_NEAR)

    assert card_near() == "FAIL"
    path = folder / "000001.json"
    path.chmod(0o600)
    path.write_bytes(b"rot")
    assert card_near() == "PASS"


def test_before_the_first_test_there_is_nothing_to_show(yanma: Yanma, words: list[str]) -> None:
    answer = yanma("selftest", "--show", *words)
    assert (answer.code, "next step: run yanma selftest" in answer.err) == (ExitCode.NO_INPUT, True)


def test_with_nobody_to_answer_it_says_how_to_be_asked(yanma: Yanma, words: list[str]) -> None:
    answer = yanma("selftest", "--simulate", *words)
    assert (answer.code, "--unattended" in answer.err) == (ExitCode.UNAVAILABLE, True)


def test_a_running_terminal_keeps_its_devices(yanma: Yanma, words: list[str], tmp_path: Path) -> None:
    fields = {"steady_s": steady_s(), "level": "T2", "half_width_s": 1.0, "why": "kernel"}
    (tmp_path / "run").mkdir()
    write_handover(tmp_path / "run" / REPORT_NAME, fields)
    answer = yanma("selftest", "--unattended", "--set", f"clock.requests={tmp_path / 'run'}", *words)
    assert (answer.code, "systemctl stop yanma-terminal" in answer.err) == (ExitCode.UNAVAILABLE, True)


def test_a_second_self_test_waits_for_the_first(yanma: Yanma, words: list[str], ledger: Path) -> None:
    with held(folder_of(ledger)):
        answer = yanma("selftest", "--unattended", *words)
    assert (answer.code, "another self-test" in answer.err) == (ExitCode.UNAVAILABLE, True)


def test_a_sealed_key_that_was_not_handed_in_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    flags = [Flag("ledger.folder", str(tmp_path / "ledger"), ""), Flag("clock.requests", str(tmp_path), "")]
    machine = Machine(load_config(etc=tmp_path, flags=flags), environ={})
    (tmp_path / "sealed").write_bytes(b"x")
    with pytest.raises(UnavailableError) as refused, alone(machine, tmp_path / "ledger", tmp_path / "sealed"):
        pass
    assert "LoadCredentialEncrypted" in refused.value.next_step
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize("name", ["card.pdf", "card.png"])
def test_the_card_that_is_written_can_be_read(yanma: Yanma, tmp_path: Path, name: str) -> None:
    assert yanma("selftest", "--card", tmp_path / name).code == ExitCode.OK
    if name.endswith(".png"):
        picture = cv2.imread(str(tmp_path / name), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        found = read_card(picture)
        assert found is not None
        assert round(found.module_px) == 16
    [code] = yanma("decode", "--json", tmp_path / name).objects[0]["codes"]
    assert code["format"] == "QRCode"


def test_a_card_of_another_kind_is_refused(yanma: Yanma, tmp_path: Path) -> None:
    answer = yanma("selftest", "--card", tmp_path / "card.docx")
    assert (answer.code, "card.pdf" in answer.err) == (ExitCode.NO_INPUT, True)


def test_every_exit_code_of_the_help_is_in_the_table(yanma: Yanma) -> None:
    text = command.EPILOG.partition("exit codes:")[2]
    assert {int(word) for word in re.findall(r"\b(\d+)\b", text)} <= {int(code) for code in ExitCode}


# --- at a keyboard, on a real pseudo-terminal ---------------------------------------------------------------------------------


class Session:
    """The program at a terminal, and whoever sits before it."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._master, slave = pty.openpty()
        environment = {**os.environ, "HOME": str(folder), "TERM": "dumb"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firmware", "selftest", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=environment,
        )
        os.close(slave)
        self.text = ""

    def until(self, word: str) -> None:
        ends_s = time.monotonic() + PATIENCE_S
        while word not in self.text:
            assert time.monotonic() < ends_s, self.text
            assert self._read() or self.process.poll() is None, self.text

    def type(self, letters: str) -> None:
        os.write(self._master, letters.encode())

    def ended(self) -> int:
        ends_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < ends_s, self.text
            self._read()
        while self._read():
            pass
        return self.process.returncode

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 0.1)[0]:
            return False
        try:
            part = os.read(self._master, 65536).decode("utf-8", "replace")
        except OSError:
            return False
        self.text += part
        return bool(part)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    begun: list[Session] = []

    def begin(*words: str) -> Session:
        begun.append(Session(tmp_path, *words))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


MOCKED = ["--pins", "mock", "--gate", "closed", "--set", "pins.key_next=none", "--set", "gate.pulse_ms=50"]


def test_a_person_at_a_keyboard_passes_all_of_it_in_time(session: Callable[..., Session], words: list[str]) -> None:
    """Lamps, sound and vibration confirmed by y, the lens left as it is, the barrier by a capital Y and then y."""
    seen = session("--simulate", *words, *MOCKED)
    for question in ("Did all light?", "one long beep?", "two pulses?"):
        seen.until(question)
        seen.type("y")
    seen.until("] focus ...")
    time.sleep(1.0)
    seen.type("y")
    seen.until("Nobody under it?")
    assert "capital Y" in seen.text
    seen.type("y")  # not enough
    time.sleep(0.3)
    assert "Did the barrier move?" not in seen.text
    seen.type("Y")
    seen.until("Did the barrier move?")
    seen.type("y")
    assert seen.ended() == ExitCode.OK, seen.text
    assert "PASS relay" in seen.text
    assert "FAIL" not in seen.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_leave_at_once_and_keep_no_record(
    session: Callable[..., Session], words: list[str], ledger: Path, number: signal.Signals
) -> None:
    seen = session("--simulate", *words, *MOCKED)
    seen.until("Did all light?")
    seen.process.send_signal(number)
    assert seen.ended() == ExitCode.INTERRUPTED
    assert "Traceback" not in seen.text
    assert list(folder_of(ledger).iterdir()) == []
