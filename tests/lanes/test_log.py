"""A lane's file in memory: taken up again after a restart, and honest about what it lost."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.lanes.log import MAX_LANES, Form, LaneLog

FORM = Form("things", b"TEST", places=4, keep_s=100.0)
THING, OTHER = b"a thing", b"another"


@dataclass
class Time:
    steady_s: float = 1000.0

    def __call__(self) -> float:
        return self.steady_s


@dataclass
class Device:
    folder: Path
    time: Time

    def lane(self, name: str, boot: str = "b1") -> LaneLog:
        return LaneLog(self.folder, name, FORM, self.time, lambda: boot)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path, Time())


def test_what_one_lane_tells_the_others_see_at_once(device: Device) -> None:
    one, two = device.lane("one"), device.lane("two")
    device.time.steady_s += 5
    one.add(one.mark(THING), note=7)
    [entry] = two.others(THING).entries
    assert (entry.lane, entry.at_s, entry.note) == ("one", 1005.0, 7)
    assert two.others(OTHER).entries == ()
    assert one.others(THING).entries == ()
    assert [entry.lane for entry in one.own(THING)] == ["one"]


def test_a_lane_that_starts_again_goes_on_with_its_file(device: Device) -> None:
    one, two = device.lane("one"), device.lane("two")
    one.add(one.mark(THING))
    device.time.steady_s += 5
    again = device.lane("one")
    assert len(again.own(THING)) == 1
    again.add(again.mark(OTHER))
    assert len(two.others(THING).entries) == len(two.others(OTHER).entries) == 1
    assert two.others(THING).since_s == 1000.0


def test_a_file_of_another_boot_says_nothing_and_is_begun_anew(device: Device) -> None:
    one = device.lane("one")
    one.add(one.mark(THING))
    device.time.steady_s = 30.0
    later = device.lane("two", boot="b2")
    assert later.others(THING).entries == ()
    assert device.lane("one", boot="b2").own(THING) == ()


def test_a_lane_that_lost_its_file_says_since_when_it_tells(device: Device) -> None:
    one, two = device.lane("one"), device.lane("two")
    one.add(one.mark(THING))
    (device.folder / "one" / FORM.file_name).unlink()
    device.time.steady_s += 50
    device.lane("one")
    assert two.others(THING).since_s == 1050.0


def test_a_lane_whose_file_has_gone_may_have_told_anything_and_that_is_logged_once(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = device.lane("one"), device.lane("two")
    one.add(one.mark(THING))
    assert two.others(THING).since_s == 1000.0
    (device.folder / "one" / FORM.file_name).unlink()
    for seconds in (10.0, 20.0):
        device.time.steady_s = 1000.0 + seconds
        assert two.others(THING).since_s == 1000.0 + seconds
    assert caplog.text.count("no longer told of things by lane one") == 1
    device.time.steady_s = 1030.0
    device.lane("one")
    assert two.others(THING).since_s == 1030.0


def test_what_goes_before_its_time_leaves_a_gap_and_what_is_old_leaves_none(device: Device) -> None:
    one, two = device.lane("one"), device.lane("two")
    for number in range(FORM.places):
        device.time.steady_s += 1
        one.add(one.mark(bytes([number])))
    assert two.others(THING).since_s == 1000.0
    device.time.steady_s += 1
    one.add(one.mark(THING))
    assert two.others(THING).since_s == 1001.0  # the first of them had to go
    assert len(one) == FORM.places
    device.time.steady_s += FORM.keep_s + 1
    one.add(one.mark(THING))
    assert len(one) == 1


def test_a_lane_that_can_no_longer_write_says_so_in_the_file_that_stands(
    device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The defect it stops: memory is full, cars that go out are told to nobody, and the way in stops them."""
    one, two = device.lane("one"), device.lane("two")
    one.add(one.mark(THING))

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    for seconds in (30.0, 40.0):
        device.time.steady_s = 1000.0 + seconds
        one.add(one.mark(OTHER))
        assert two.others(OTHER).since_s == 1000.0 + seconds
    assert caplog.text.count("other lanes are not told of things") == 1


def test_only_its_owner_may_read_it_and_two_lanes_write_the_same_thing_differently(device: Device) -> None:
    marks = set()
    for name in ("one", "two"):
        lane = device.lane(name)
        lane.add(lane.mark(THING))
        marks.add(lane.mark(THING))
        path = device.folder / name / FORM.file_name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert THING not in path.read_bytes()
    assert len(marks) == 2


def test_no_more_lanes_are_read_than_a_device_can_have(device: Device) -> None:
    for number in range(MAX_LANES + 4):
        lane = device.lane(f"{number:02d}")
        lane.add(lane.mark(THING))
    assert len(device.lane("zz").others(THING).entries) == MAX_LANES


def test_a_mark_across_two_entries_is_none(device: Device) -> None:
    """A search for bytes finds them anywhere: only where an entry begins they mean something."""
    one, two = device.lane("one"), device.lane("two")
    mark = one.mark(THING)
    path = device.folder / "one" / FORM.file_name
    head = path.read_bytes()
    path.write_bytes(head + bytes(5) + mark + bytes(4))
    assert two.others(THING).entries == ()
    path.write_bytes(head + mark + bytes(9))
    device.time.steady_s = 50.0
    assert len(two.others(THING).entries) == 1


@given(st.binary(max_size=200))
def test_strange_bytes_of_another_lane_never_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("lanes")
    LaneLog(folder, "one", FORM, Time(), lambda: "b1")
    path = folder / "one" / FORM.file_name
    path.write_bytes(path.read_bytes()[:44] + content)
    two = LaneLog(folder, "two", FORM, Time(), lambda: "b1")
    assert len(two.others(THING).entries) <= FORM.places
    assert len(LaneLog(folder, "one", FORM, Time(), lambda: "b1")) <= FORM.places
