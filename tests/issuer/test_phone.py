from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from firmware.model import Reason
from firmware.verify.trust import TrustView
from issuer.office import Office
from issuer.phone import LIVE_CODES, keep_fresh, renew
from tests.issuer.common import judge, read_code

EXPECTED = {
    "mark": Reason.VALID,
    "licence": Reason.VALID,
    "licence-server": Reason.VALID,
    "driving": Reason.VALID,
    "delegated": Reason.VALID,
    "mark-due": Reason.VALID_NOTICE,
    "mark-shanghai": Reason.VALID,
    "held": Reason.SUSPENDED,
    "stale": Reason.CODE_STALE,
}


def test_every_live_code_says_what_its_name_says(
    shared_office: Office, trust: TrustView, tmp_path: Path, now_s: int
) -> None:
    renew(tmp_path, shared_office, now_s)
    said = {
        path.stem: judge(read_code(Image.open(path)).bytes, trust, now_s + 1).reason
        for path in (tmp_path / "live").iterdir()
    }
    assert said == EXPECTED
    assert set(LIVE_CODES) == set(EXPECTED)


def test_renewing_replaces_every_code_with_another_one(shared_office: Office, tmp_path: Path, now_s: int) -> None:
    renew(tmp_path, shared_office, now_s)
    first = {path.name: path.read_bytes() for path in (tmp_path / "live").iterdir()}
    renew(tmp_path, shared_office, now_s)
    second = {path.name: path.read_bytes() for path in (tmp_path / "live").iterdir()}
    assert first.keys() == second.keys()
    assert all(first[name] != second[name] for name in first)


@pytest.mark.usefixtures("few_codes")
def test_a_reader_never_sees_half_a_picture(shared_office: Office, tmp_path: Path, now_s: int) -> None:
    renew(tmp_path, shared_office, now_s)
    path, done = tmp_path / "live" / "mark.png", threading.Event()
    broken: list[bytes] = []

    def watch() -> None:
        while not done.is_set():
            data = path.read_bytes()
            if not data.endswith(b"IEND\xaeB`\x82"):
                broken.append(data)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for second in range(8):
        renew(tmp_path, shared_office, now_s + second)
    done.set()
    watcher.join()
    assert broken == []


class StopAfter(threading.Event):
    """Somebody who presses Ctrl-C after so many rounds. Waits for nothing, and remembers how long it was asked to."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.rounds = rounds
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        if len(self.waits) == self.rounds:
            self.set()
        return self.is_set()


@pytest.mark.usefixtures("few_codes")
def test_it_renews_every_twenty_seconds_until_it_is_told_to_stop(shared_office: Office, tmp_path: Path) -> None:
    stop, said = StopAfter(3), list[str]()
    assert keep_fresh(tmp_path, shared_office, say=said.append, stop=stop) == 3
    assert stop.waits == [20.0] * 3
    assert len(said) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_cleanly_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    folder, state = tmp_path / "demo", tmp_path / "state"
    command = [sys.executable, "-m", "issuer.cli"]
    subprocess.run([*command, "demo", folder, "--state", state], check=True, capture_output=True, timeout=60)
    before = (folder / "live" / "mark.png").read_bytes()
    with subprocess.Popen(
        [*command, "phone", folder, "--state", state],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as running:
        assert running.stdout is not None
        assert "fresh" in running.stdout.readline()
        deadline = time.monotonic() + 10
        while (folder / "live" / "mark.png").read_bytes() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(number)
        out, err = running.communicate(timeout=10)
    assert (running.returncode, err) == (0, "")
    assert "Ended" in out
    assert (folder / "live" / "mark.png").read_bytes() != before
    assert not list(folder.rglob(".*"))
