"""Two real `yanma run`, as entry and exit of one car park: one ledger, one passage book, and a death in between."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import segno

from firmware.ledger.device import FILE_NAME as KEY_NAME
from firmware.ledger.device import read_device_key
from firmware.ledger.reader import LedgerReader
from tests.cli.conftest import Answer, Demo
from tests.cli.conftest import demo as demo
from tests.cli.conftest import yanma as yanma

ROOT = Path(__file__).parents[1]
MOST_PICTURES = 100  # one a second


class Lane:
    """`yanma run` before a picture that the test changes: a payment code, or the code of a car."""

    def __init__(self, folder: Path, demo: Demo, name: str, direction: str) -> None:
        self.barrier = ""
        self.name, self._demo, self._stage = name, demo, folder / f"stage-{name}"
        self._stage.mkdir(exist_ok=True)
        segno.make(b"https://pay.example/1", error="m").save(str(self._stage / "payment.png"), scale=6, border=6)
        shutil.copy(self._stage / "payment.png", self._stage / "shown")
        pictures = folder / f"pictures-{name}"
        pictures.mkdir(exist_ok=True)
        for number in range(MOST_PICTURES):
            (pictures / f"{number:03d}.png").unlink(missing_ok=True)
            (pictures / f"{number:03d}.png").symlink_to(self._stage / "shown")
        settings = {
            "terminal.lane": name,
            "terminal.lanes": folder / "run",
            "gate.passback": "in-out",
            "gate.passback_hard": "true",
            "gate.direction": direction,
            "clock.floor": folder / f"floor-{name}",
        }
        words = ["--source", pictures, "--trust", demo.trust, "--ledger", folder / "ledger", "--profile", "gate"]
        words += ["--gate", "closed", "--pins", "mock", "--panel", "none", "--json-events", "-"]
        words += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        with (folder / f"log-{name}").open("a") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "firmware", "run", *map(str, words)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
            )

    def shows(self, car: bool) -> None:
        """By rename, so that no half of a picture is seen."""
        source = self._demo.code("mark-printed") if car else self._stage / "payment.png"
        shutil.copy(source, self._stage / "next")
        (self._stage / "next").rename(self._stage / "shown")

    def tells(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next event of this kind. What the barrier did is told before the verdict."""
        assert self.child.stdout is not None
        for line in self.child.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"].startswith("gate-"):
                self.barrier = event["event"]
            if what(event):
                return event
        raise AssertionError(f"{self.name} never told of it")

    def judges(self) -> str:
        """What is said of the car. Afterwards a payment code, so that the car is a new one the next time."""
        self.barrier = ""
        self.shows(car=True)
        reason = self.tells(lambda event: event.get("kind") is not None)["reason"]
        self.shows(car=False)
        self.tells(lambda event: event.get("reason") == "NOT_A_CREDENTIAL")
        return str(reason)

    def lets_through(self) -> str:
        """As soon as the barrier has settled after its start."""
        while True:
            reason = self.judges()
            if self.barrier == "gate-granted":
                return reason


@contextmanager
def lane(folder: Path, demo: Demo, name: str, direction: str) -> Iterator[Lane]:
    running = Lane(folder, demo, name, direction)
    try:
        yield running
    finally:
        running.child.kill()
        running.child.communicate()


@pytest.mark.slow
def test_entry_and_exit_share_ledger_and_passages(tmp_path: Path, demo: Demo, yanma: Callable[..., Answer]) -> None:
    with lane(tmp_path, demo, "exit", "out") as way_out, lane(tmp_path, demo, "entry-2", "in") as second:
        for each in (way_out, second):
            each.tells(lambda event: event.get("reason") == "NOT_A_CREDENTIAL")
        with lane(tmp_path, demo, "entry", "in") as entry:
            assert entry.lets_through() == "VALID"
            assert second.judges() == "SUSPENDED"  # it is in: entry said so a moment ago
            entry.child.send_signal(signal.SIGKILL)
            assert second.judges() == "SUSPENDED"  # what entry told outlives it
        assert way_out.lets_through() == "VALID"
        assert second.lets_through() == "VALID"
        with lane(tmp_path, demo, "entry", "in") as entry:
            assert entry.judges() == "SUSPENDED"  # started again: it is in, by the other lane
            running = [entry, way_out, second]
            for each in running:
                each.child.send_signal(signal.SIGTERM)
            assert [each.child.wait(30) for each in running] == [0, 0, 0]

    folder = tmp_path / "ledger"
    with LedgerReader.in_folder(folder) as reader:
        names = reader.lanes()
        records = list(reader.records())
        assert reader.verify(read_device_key(folder / KEY_NAME).note_key) == len(records)
    assert set(names.values()) == {"entry", "entry-2", "exit"}
    said = [(names[record.lane], record.reason.value) for record in records]
    assert said.count(("exit", "VALID")) >= 1
    assert said.count(("entry-2", "SUSPENDED")) == 2
    assert ("entry", "SUSPENDED") in said
    assert yanma("ledger", "verify", "--ledger", folder).code == 0
    [report] = yanma("ledger", "report", "--ledger", folder, "--json").objects
    assert set(report["lanes"]) == {"entry", "entry-2", "exit"}
    assert sum(report["lanes"].values()) == len(records)
    assert "PRIVATE" not in str(report)
    file = tmp_path / "all.yanma-log"
    assert yanma("ledger", "export", file, "--ledger", folder).code == 0
    [checked] = yanma("ledger", "verify", file, "--json").objects
    assert checked["lanes"] == report["lanes"]
    logs = "".join(path.read_text() for path in tmp_path.glob("log-*"))
    assert "Traceback" not in logs
