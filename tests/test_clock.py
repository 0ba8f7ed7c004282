"""Time with its doubt: whom the clock believes, how doubt grows, and that nothing goes below the floor."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.clock import (
    BUILD_FLOOR_S,
    DRIFT_PPM,
    TIMESYNC_ERROR_S,
    UNSYNCED_DOUBT_S,
    Clock,
    FixedClock,
    FloorFile,
    LinuxHost,
    Reading,
    SystemClock,
    stamp_error_s,
)
from firmware.model import ClockLevel, Moment

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0
HOUR_S = 3_600.0


@dataclass
class Board:
    """A host whose clocks a test sets. The crystal is `drift_ppm` fast against true time."""

    reading: Reading = field(default_factory=lambda: Reading(NOW_S, 100.0, None))

    def read(self) -> Reading:
        return self.reading

    def passes(self, seconds: float) -> None:
        self.reading = replace(self.reading, wall_s=self.reading.wall_s + seconds, boot_s=self.reading.boot_s + seconds)

    def sets(self, wall_s: float) -> None:
        self.reading = replace(self.reading, wall_s=wall_s)

    def syncs(self, wall_s: float, error_s: float = 0.01) -> None:
        self.reading = replace(self.reading, wall_s=wall_s, kernel_error_s=error_s)

    def loses_sync(self) -> None:
        self.reading = replace(self.reading, kernel_error_s=None)


@dataclass
class Memory:
    """A floor store that survives the clock."""

    floor_s: float | None = None

    def load(self) -> float | None:
        return self.floor_s

    def save(self, floor_s: float) -> None:
        self.floor_s = floor_s


def contains(moment: Moment, true_s: float) -> bool:
    return moment.lo_s <= true_s <= moment.hi_s


def test_a_fixed_clock_always_says_the_same() -> None:
    clock: Clock = FixedClock(Moment.exactly(NOW_S))
    assert clock.moment() == clock.moment() == Moment.exactly(NOW_S)


def test_a_synchronised_clock_is_t2_with_at_least_two_seconds_of_doubt() -> None:
    board = Board()
    board.syncs(NOW_S, error_s=0.001)
    assert SystemClock(board, trust_system=False).moment() == Moment(NOW_S - 2, NOW_S + 2, ClockLevel.T2)


def test_a_larger_error_of_the_kernel_widens_the_doubt_until_it_is_no_synchronisation() -> None:
    board = Board()
    board.syncs(NOW_S, error_s=7.5)
    assert SystemClock(board, trust_system=False).moment().doubt_s == pytest.approx(7.5)
    board.syncs(NOW_S, error_s=16.0)
    assert SystemClock(board, trust_system=False).moment().level is ClockLevel.T2
    board.syncs(NOW_S, error_s=16.001)
    assert SystemClock(board, trust_system=False).moment().level is ClockLevel.T1


def test_an_unsynchronised_clock_is_only_a_floor_in_production_and_five_seconds_of_doubt_in_a_demo() -> None:
    production = SystemClock(Board(), trust_system=False)
    assert production.moment() == Moment(BUILD_FLOOR_S, math.inf, ClockLevel.T1)
    assert "only the floor" in production.why
    demo = SystemClock(Board(), trust_system=True)
    assert demo.moment() == Moment(NOW_S - UNSYNCED_DOUBT_S, NOW_S + UNSYNCED_DOUBT_S, ClockLevel.T2)


@pytest.mark.parametrize("trusting", [True, False])
def test_a_dead_rtc_that_says_1970_gives_the_floor(trusting: bool) -> None:
    clock = SystemClock(Board(Reading(60.0, 60.0, None)), Memory(NOW_S), trust_system=trusting)
    assert clock.moment() == Moment(NOW_S, math.inf, ClockLevel.T1)


def test_even_a_synchronised_clock_below_the_floor_is_refused() -> None:
    board = Board()
    board.syncs(NOW_S - DAY_S)
    clock = SystemClock(board, Memory(NOW_S), trust_system=True)
    assert clock.moment() == Moment(NOW_S, math.inf, ClockLevel.T1)
    assert "below the floor" in clock.why


def test_an_rtc_that_is_a_day_fast_does_not_raise_the_floor_and_is_corrected_by_the_network() -> None:
    board, memory = Board(Reading(NOW_S + DAY_S, 5.0, None)), Memory(NOW_S - HOUR_S)
    clock = SystemClock(board, memory, trust_system=True)
    assert clock.moment().utc_s == pytest.approx(NOW_S + DAY_S)
    board.syncs(NOW_S)
    assert contains(clock.moment(), NOW_S)
    clock.save_floor()
    assert memory.floor_s == NOW_S - HOUR_S


def test_doubt_grows_by_100_ppm_after_synchronisation_is_lost() -> None:
    board = Board()
    board.syncs(NOW_S)
    clock = SystemClock(board, trust_system=False)
    clock.moment()
    board.loses_sync()
    board.passes(DAY_S)
    moment = clock.moment()
    assert moment.level is ClockLevel.T2
    assert moment.utc_s == pytest.approx(NOW_S + DAY_S)
    assert moment.doubt_s == pytest.approx(2.0 + DAY_S * DRIFT_PPM / 1e6)


@pytest.mark.parametrize("synced", [True, False])
@pytest.mark.parametrize("step_s", [-10 * DAY_S, -HOUR_S, HOUR_S, 10 * DAY_S])
def test_setting_the_system_clock_changes_no_moment(synced: bool, step_s: float) -> None:
    board = Board()
    if synced:
        board.syncs(NOW_S)
    clock = SystemClock(board, trust_system=True)
    clock.moment()
    floor_before_s = clock.floor_s
    board.passes(10.0)
    board.sets(board.reading.wall_s + step_s)
    assert contains(clock.moment(), NOW_S + 10.0)
    assert clock.moment().doubt_s < 6.0
    assert clock.floor_s == floor_before_s


def test_a_step_is_told_to_the_doctor() -> None:
    board = Board()
    board.syncs(NOW_S)
    clock = SystemClock(board, trust_system=False)
    clock.moment()
    board.syncs(NOW_S + HOUR_S)
    clock.moment()
    assert "was set since" in clock.why


def test_new_agreement_of_the_network_narrows_the_doubt_again() -> None:
    board = Board()
    board.syncs(NOW_S)
    clock = SystemClock(board, trust_system=False)
    clock.moment()
    board.loses_sync()
    board.passes(DAY_S)
    clock.moment()
    board.syncs(NOW_S + DAY_S + 3.0)
    assert clock.moment() == Moment(NOW_S + DAY_S + 1.0, NOW_S + DAY_S + 5.0, ClockLevel.T2)


def test_signed_dates_raise_the_floor_and_never_lower_it() -> None:
    memory = Memory()
    clock = SystemClock(Board(), memory, trust_system=False)
    clock.raise_floor(NOW_S)
    clock.raise_floor(NOW_S - DAY_S)
    assert clock.moment().lo_s == NOW_S
    clock.save_floor()
    assert SystemClock(Board(Reading(0.0, 0.0, None)), memory, trust_system=True).moment().lo_s == NOW_S


def test_a_signed_date_after_what_the_clock_said_leaves_only_the_floor() -> None:
    clock = SystemClock(Board(), trust_system=True)
    clock.moment()
    clock.raise_floor(NOW_S + DAY_S)
    assert clock.moment() == Moment(NOW_S + DAY_S, math.inf, ClockLevel.T1)


def test_a_signed_date_within_the_doubt_cuts_the_interval() -> None:
    clock = SystemClock(Board(), trust_system=True)
    clock.raise_floor(NOW_S + 1.0)
    assert clock.moment() == Moment(NOW_S + 1.0, NOW_S + UNSYNCED_DOUBT_S, ClockLevel.T2)


def test_a_floor_before_the_firmware_was_built_is_the_builds() -> None:
    assert SystemClock(Board(), Memory(1.0), trust_system=False).moment().lo_s == BUILD_FLOOR_S


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["passes", "sets", "syncs", "loses", "signs"]),
            st.floats(min_value=0, max_value=4e9, allow_nan=False),
        ),
        max_size=20,
    )
)
def test_no_story_takes_time_below_the_floor_or_the_floor_down(story: list[tuple[str, float]]) -> None:
    board = Board()
    clock = SystemClock(board, Memory(NOW_S - DAY_S), trust_system=True)
    for step, value in story:
        floor_before_s = clock.floor_s
        if step == "passes":
            board.passes(value)
        elif step == "sets":
            board.sets(value)
        elif step == "syncs":
            board.syncs(value)
        elif step == "loses":
            board.loses_sync()
        else:
            clock.raise_floor(value)
        moment = clock.moment()
        assert clock.floor_s >= floor_before_s
        assert moment.lo_s >= clock.floor_s


def test_the_floor_file_keeps_the_floor_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = FloorFile(tmp_path / "floor")
    assert file.load() is None
    file.save(NOW_S)
    file.save(NOW_S + 0.5)
    assert file.load() == NOW_S + 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["floor"]


@pytest.mark.parametrize("content", [b"", b"x", b"nan", b"inf", b"\xff\xfe", b"1" * 400])
def test_a_torn_floor_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "floor").write_bytes(content)
    loaded = FloorFile(tmp_path / "floor").load()
    assert loaded is None or math.isfinite(loaded)
    assert FloorFile(tmp_path).load() is None


def test_an_absurdly_late_floor_file_leaves_only_that_floor(tmp_path: Path) -> None:
    (tmp_path / "floor").write_bytes(b"4e9")
    assert SystemClock(Board(), FloorFile(tmp_path / "floor"), trust_system=True).moment().level is ClockLevel.T1


def test_a_floor_that_cannot_be_written_raises_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        FloorFile(tmp_path / "none" / "floor").save(NOW_S)


def test_what_timesyncd_left_counts_as_synchronised_with_its_age_as_drift(tmp_path: Path) -> None:
    stamp = tmp_path / "synchronized"
    assert stamp_error_s(NOW_S, stamp) is None
    stamp.touch()
    os.utime(stamp, (NOW_S, NOW_S))
    assert stamp_error_s(NOW_S, stamp) == TIMESYNC_ERROR_S
    assert stamp_error_s(NOW_S + DAY_S, stamp) == pytest.approx(TIMESYNC_ERROR_S + 8.64)
    assert stamp_error_s(NOW_S - 1, stamp) is None


def test_a_synchronisation_two_days_ago_is_none(tmp_path: Path) -> None:
    stamp = tmp_path / "synchronized"
    stamp.touch()
    os.utime(stamp, (NOW_S, NOW_S))
    late_s = NOW_S + 2 * DAY_S
    board = Board(Reading(late_s, 100.0, stamp_error_s(late_s, stamp)))
    assert SystemClock(board, trust_system=False).moment().level is ClockLevel.T1


def test_a_kernel_that_says_it_is_not_synchronised_is_not_overruled() -> None:
    board = Board(Reading(NOW_S, 100.0, math.inf))
    assert SystemClock(board, trust_system=False).moment().level is ClockLevel.T1


def test_this_machine_can_be_read() -> None:
    first, second = LinuxHost().read(), LinuxHost().read()
    assert second.boot_s >= first.boot_s > 0
    assert first.kernel_error_s is None or first.kernel_error_s >= 0
