"""One passage book for a zone of several lanes: seen at once, in nobody's time but the reader's, and what is lost stops nobody."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.gate.passback import MOST_PASSAGES, Direction, Passback, PassbackMode, PassbackRules
from firmware.lanes.zone import FILE_NAME, ZoneBook
from firmware.model import Moment, Reason
from tests.gate.test_passback import NOON, car, go_through

DAY_S = 86400.0
ROOT = Path(__file__).parents[2]


@dataclass
class Time:
    steady_s: float = 1000.0

    def __call__(self) -> float:
        return self.steady_s


class Lane:
    """One process of a lane: its own book and rule. `wrong_s`: its clock is so much ahead of the others'."""

    def __init__(self, zone: Zone, name: str, direction: Direction, wrong_s: float = 0.0) -> None:
        self.zone, self.wrong_s = zone, wrong_s
        self.book = ZoneBook(zone.folder, name, DAY_S, zone.time, lambda: zone.boot)
        self.passback = Passback(zone.rules, name, direction, self.book)
        zone.later(1)  # what passes, passes after the start

    def sees(self, plate: str = "京A12345") -> Reason:
        """A car is shown, and drives through when it may."""
        return go_through(self.passback, self.zone.time.steady_s - 1000.0 + self.wrong_s, car(plate))

    def weighs(self, plate: str = "京A12345") -> Reason:
        now_s = NOON + self.zone.time.steady_s - 1000.0 + self.wrong_s
        return self.passback.weigh(car(plate), Moment.exactly(now_s, 1.0)).reason


class Zone:
    def __init__(self, folder: Path, mode: PassbackMode = PassbackMode.IN_OUT) -> None:
        self.folder, self.time, self.boot = folder, Time(), "b1"
        self.rules = PassbackRules(mode, hard=True)

    def entry(self, name: str = "entry", wrong_s: float = 0.0) -> Lane:
        return Lane(self, name, Direction.IN, wrong_s)

    def exit(self, name: str = "exit", wrong_s: float = 0.0) -> Lane:
        return Lane(self, name, Direction.OUT, wrong_s)

    def later(self, seconds: float) -> None:
        self.time.steady_s += seconds


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path)


def test_a_car_that_went_in_may_go_out_seconds_later_and_in_again(zone: Zone) -> None:
    entry, exit_ = zone.entry(), zone.exit()
    assert entry.sees() is Reason.VALID
    zone.later(20)
    assert exit_.sees() is Reason.VALID
    zone.later(20)
    assert entry.sees() is Reason.VALID


def test_a_car_that_is_in_may_not_come_in_again_at_another_lane(zone: Zone) -> None:
    entry, second = zone.entry(), zone.entry("entry-2")
    entry.sees()
    zone.later(1)
    assert second.sees() is Reason.SUSPENDED
    assert second.sees("京A00002") is Reason.VALID


def test_a_way_out_opens_the_way_in_again_at_every_lane(zone: Zone) -> None:
    entry, second, exit_ = zone.entry(), zone.entry("entry-2"), zone.exit()
    entry.sees()
    zone.later(40)
    exit_.sees()
    zone.later(1)
    assert second.sees() is Reason.VALID


@pytest.mark.parametrize(("mode", "said"), [(PassbackMode.ZONE, Reason.SUSPENDED), (PassbackMode.LANE, Reason.VALID)])
def test_a_rule_of_the_zone_holds_at_the_other_lane_and_one_of_the_lane_does_not(
    tmp_path: Path, mode: PassbackMode, said: Reason
) -> None:
    zone = Zone(tmp_path, mode)
    entry, second = zone.entry(), zone.entry("entry-2")
    entry.sees()
    zone.later(60)
    assert second.sees() is said
    zone.later(300)
    assert second.weighs("京A00002") is Reason.VALID


@pytest.mark.parametrize("wrong_s", [-86400.0, -45.0, 45.0, 86400.0])
def test_lanes_whose_clocks_differ_agree_on_what_came_first(zone: Zone, wrong_s: float) -> None:
    """The defect it stops: a way out by a slow clock lies before the way in, and the car is stopped when it comes back."""
    entry, exit_ = zone.entry(), zone.exit(wrong_s=wrong_s)
    entry.sees()
    zone.later(40)
    exit_.sees()
    zone.later(40)
    assert entry.sees() is Reason.VALID
    zone.later(40)
    assert entry.sees() is Reason.SUSPENDED


def test_after_a_restart_a_lane_knows_what_passed_it(zone: Zone) -> None:
    entry, exit_ = zone.entry(), zone.exit()
    entry.sees()
    zone.later(40)
    assert zone.entry().sees() is Reason.SUSPENDED
    exit_.sees()
    zone.later(40)
    zone.exit()
    assert zone.entry().sees() is Reason.VALID


@pytest.mark.parametrize("restarts", [True, False], ids=["started-anew", "gone"])
def test_a_way_out_that_lost_its_memory_makes_the_way_in_stop_nobody(zone: Zone, restarts: bool) -> None:
    """The defect it stops: half of the book is lost, and a car that went out is held for hours as one that never did."""
    entry, exit_ = zone.entry(), zone.exit()
    entry.sees()
    zone.later(40)
    exit_.sees()
    zone.later(40)
    assert entry.weighs("京A00009") is Reason.VALID
    shutil.rmtree(zone.folder / "exit")
    if restarts:
        zone.exit()
    zone.later(1)
    assert entry.sees() is Reason.VALID


def test_after_a_boot_nobody_is_stopped(zone: Zone) -> None:
    zone.entry().sees()
    zone.boot, zone.time.steady_s = "b2", 1003.0
    assert zone.entry().sees() is Reason.VALID


def test_a_lane_that_cannot_write_is_a_single_lanes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    zone = Zone(tmp_path / "file", PassbackMode.LANE)
    entry = zone.entry()
    assert entry.sees() is Reason.VALID
    zone.later(60)
    assert entry.sees() is Reason.SUSPENDED
    assert caplog.text.count("are not told of passages") == 1


def test_no_plate_is_in_the_file_and_its_size_is_bounded(zone: Zone) -> None:
    entry = zone.entry()
    entry.sees("京A12345")
    path = zone.folder / "entry" / FILE_NAME
    data = path.read_bytes()
    assert "京A12345".encode() not in data
    assert b"12345" not in data
    assert (len(data) - 44) * MOST_PASSAGES < 600_000


PROCESS = """
import sys
from pathlib import Path
from firmware.gate.passback import Direction, Passback, PassbackMode, PassbackRules
from firmware.lanes.zone import ZoneBook
from tests.gate.test_passback import car, go_through

name, direction = sys.argv[2:]
book = ZoneBook(Path(sys.argv[1]), name, 86400.0)
rule = Passback(PassbackRules(PassbackMode.IN_OUT, hard=True), name, Direction(direction), book)
print("ready", flush=True)
for line in sys.stdin:
    print(go_through(rule, float(line), car()).value, flush=True)
"""


class Process:
    """A lane in a process of its own, on the real clock of the boot."""

    def __init__(self, folder: Path, name: str, direction: str) -> None:
        words = [sys.executable, "-c", textwrap.dedent(PROCESS), str(folder), name, direction]
        self.child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.child.stdout is not None
        assert self.child.stdout.readline().strip() == "ready"

    def sees(self, seconds: float) -> str:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(f"{seconds}\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()

    def kill(self) -> None:
        self.child.kill()
        self.child.communicate()


@pytest.mark.slow
def test_two_processes_share_the_book_and_one_that_is_killed_takes_it_up_again(tmp_path: Path) -> None:
    entry, exit_ = Process(tmp_path, "entry", "in"), Process(tmp_path, "exit", "out")
    second = Process(tmp_path, "entry-2", "in")
    try:
        assert entry.sees(0) == "VALID"
        assert second.sees(1) == "SUSPENDED"
        entry.kill()
        assert second.sees(2) == "SUSPENDED"
        assert exit_.sees(3) == "VALID"
        entry = Process(tmp_path, "entry", "in")
        assert entry.sees(4) == "VALID"
        assert second.sees(5) == "SUSPENDED"
    finally:
        for process in (entry, exit_, second):
            process.kill()
