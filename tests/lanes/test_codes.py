"""What lanes tell each other: the four cases of a live code, in bounded memory, with nothing of anybody in it."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.lanes.codes import FORM, LaneBoard
from firmware.model import Family, Identity, Moment, Reason, Scan, Verdict
from firmware.remember import RememberingVerifier
from firmware.verify.recall import REPLAY_S
from firmware.verify.trust import TrustView
from tests.world import NOW, POLICE, World, text

WORLD = World()
TRUST = WORLD.trust()


@dataclass
class Time:
    steady_s: float = 1000.0

    def __call__(self) -> float:
        return self.steady_s


class Lane:
    """One lane of a device: its verifier and its board."""

    def __init__(self, folder: Path, name: str, time: Time, boot: str = "b1") -> None:
        self.time = time
        self.began_s = time.steady_s
        self.board = LaneBoard(folder, name, time, lambda: boot)
        self.verifier = RememberingVerifier(name, self.board)

    def shows(self, cose: bytes, trust: TrustView = TRUST) -> Verdict:
        now_s = NOW + self.time.steady_s - 1000.0
        return self.verifier(Scan(text(cose), "test", 0.0, reads=2), trust, Moment.exactly(now_s, 0.5), POLICE)


@dataclass
class Device:
    folder: Path
    time: Time

    def lane(self, name: str, boot: str = "b1") -> Lane:
        return Lane(self.folder, name, self.time, boot)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path, Time())


def test_the_same_live_code_at_two_lanes_is_replayed_and_the_lane_is_named(device: Device) -> None:
    entry, exit_ = device.lane("entry"), device.lane("exit")
    cose = WORLD.live()
    assert entry.shows(cose).reason is Reason.VALID
    device.time.steady_s += 12
    verdict = exit_.shows(cose)
    assert (verdict.family, verdict.reason) == (Family.ALERT, Reason.REPLAYED)
    assert (verdict.facts.used_lane, verdict.facts.used_s) == ("entry", 12.0)


def test_after_a_sync_it_is_still_replayed(device: Device) -> None:
    entry, exit_ = device.lane("entry"), device.lane("exit")
    cose = WORLD.live()
    entry.shows(cose)
    device.time.steady_s += 5
    newer = World(version=8, status_issued=NOW - 60, states={40: 1})
    assert exit_.shows(cose, newer.trust()).reason is Reason.REPLAYED


def test_a_code_that_is_held_in_view_is_no_replay_whatever_the_other_lane_says(device: Device) -> None:
    entry, exit_ = device.lane("entry"), device.lane("exit")
    cose = WORLD.live()
    assert entry.shows(cose).reason is Reason.VALID
    device.time.steady_s += 3
    assert exit_.shows(cose).reason is Reason.REPLAYED
    device.time.steady_s += 3
    assert entry.shows(cose).reason is Reason.VALID, "the lane that had it first is in the right"
    assert exit_.shows(cose).reason is Reason.REPLAYED


def test_the_same_car_with_a_new_code_is_valid(device: Device) -> None:
    entry, exit_ = device.lane("entry"), device.lane("exit")
    entry.shows(WORLD.live())
    device.time.steady_s += 20
    assert exit_.shows(WORLD.live(made=NOW + 15, nonce=b"nonce-02")).reason is Reason.VALID


def test_a_code_that_was_asked_for_again_was_not_used(device: Device) -> None:
    entry, exit_ = device.lane("entry"), device.lane("exit")
    cose = WORLD.live(made=NOW - 90)
    assert entry.shows(cose).reason is Reason.CODE_STALE
    assert exit_.shows(cose).reason is Reason.CODE_STALE


def test_a_copy_on_paper_may_be_shown_at_every_lane(device: Device) -> None:
    cose = WORLD.credential()
    assert [device.lane(name).shows(cose).reason for name in ("entry", "exit")] == [Reason.VALID] * 2


def test_a_lane_that_started_anew_is_told_by_the_others(device: Device) -> None:
    cose = WORLD.live()
    device.lane("entry").shows(cose)
    device.time.steady_s += 1
    assert device.lane("exit").shows(cose).reason is Reason.REPLAYED
    device.time.steady_s += 1
    assert device.lane("exit").shows(cose).reason is Reason.REPLAYED


IDENTITY = Identity(b"cti-cti-", b"kid-kid-", b"nonce-01")


def board(folder: Path, lane: str, time: Time, boot: str = "b1") -> LaneBoard:
    return LaneBoard(folder, lane, time, lambda: boot)


@pytest.mark.parametrize(("age_s", "found"), [(REPLAY_S - 0.1, True), (REPLAY_S + 0.1, False)])
def test_a_use_is_remembered_for_two_minutes(tmp_path: Path, age_s: float, found: bool) -> None:
    time = Time()
    board(tmp_path, "a", time).used(IDENTITY)
    time.steady_s += age_s
    assert (board(tmp_path, "b", time).used(IDENTITY) is not None) is found


def test_uses_of_another_boot_are_not_read(tmp_path: Path) -> None:
    time = Time()
    board(tmp_path, "a", time).used(IDENTITY)
    time.steady_s += 1
    assert board(tmp_path, "b", time, boot="b2").used(IDENTITY) is None


def test_the_memory_is_bounded_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    time = Time()
    own = board(tmp_path, "a", time)
    for number in range(FORM.places + 50):
        own.used(Identity(number.to_bytes(8, "big"), b"kid", b"n"))
    path = tmp_path / "a" / FORM.file_name
    assert len(own) == FORM.places
    assert path.stat().st_size == FORM.max_bytes
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    time.steady_s += REPLAY_S + 1
    own.used(IDENTITY)
    assert len(own) == 1


def test_the_file_holds_no_id_and_two_lanes_write_the_same_code_differently(tmp_path: Path) -> None:
    time = Time()
    for lane in ("a", "b"):
        board(tmp_path, lane, time).used(IDENTITY)
    first, second = ((tmp_path / lane / FORM.file_name).read_bytes() for lane in ("a", "b"))
    for data in (first, second):
        assert IDENTITY.cti not in data
        assert IDENTITY.nonce is not None
        assert IDENTITY.nonce not in data
    assert first[-25:-9] != second[-25:-9]


@pytest.mark.parametrize(
    "content",
    [b"", FORM.magic, b"x" * 69, FORM.magic + bytes(40), FORM.magic + bytes(66), b"y" * (FORM.max_bytes + 25)],
)
def test_a_torn_or_foreign_file_of_another_lane_is_left_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / FORM.file_name).write_bytes(content)
    assert board(tmp_path, "b", Time()).used(IDENTITY) is None


def test_a_folder_that_cannot_be_written_leaves_a_single_lane(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    own = board(tmp_path / "file", "a", Time())
    assert own.used(IDENTITY) is None
    assert own.used(Identity(b"other-id", b"k", b"n")) is None
    assert caplog.text.count("are not told") == 1
