"""The battery-backed clock: believed only as far as it was set from proven time, by us, and never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.clock import Rank, Sample
from firmware.time_sources import ds3231
from firmware.time_sources.rtc import MAX_KEPT_HALF_S, SET_EACH_S, RtcSource, SettingFile
from firmware.time_sources.simulated import Chip
from firmware.time_sources.source import Heard

NOW_S = 1_800_000_000.25
DAY_S = 86_400.0


@dataclass
class World:
    """True time, and the steady clock of one boot after another."""

    true_s: float = NOW_S
    booted_s: float = NOW_S - 100.0

    def steady(self) -> float:
        return self.true_s - self.booted_s

    def proven(self, half_s: float = 0.1) -> Sample:
        return Sample.around("reply", Rank.PROVEN, self.true_s, half_s, self.steady())


class Desk:
    def __init__(self, folder: Path, ppm: float = 0.0) -> None:
        self.world = World()
        self.chip = Chip(lambda: self.world.true_s, ppm)
        self.file = SettingFile(folder / "rtc.json")
        self.reboot()

    def reboot(self, off_s: float = 0.0) -> None:
        self.world.true_s += off_s
        self.world.booted_s = self.world.true_s - 5.0
        self.source = RtcSource(lambda: self.chip, self.file, steady=self.world.steady)

    def poll(self, proven: Sample | None = None) -> Heard:
        return self.source.poll(proven)

    def believed(self) -> Sample:
        sample = self.poll().sample
        assert sample is not None
        assert sample.lo_s <= self.world.true_s <= sample.hi_s
        return sample


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_new_chip_says_nothing_until_proven_time_sets_it(desk: Desk) -> None:
    assert desk.poll().sample is None
    heard = desk.poll(desk.world.proven())
    assert heard.anew
    sample = desk.believed()
    assert sample.rank is Rank.KEPT
    assert sample.half_width_s == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("ppm", [-5.0, 0.0, 5.0])
def test_after_weeks_without_power_it_still_holds_time_to_seconds(tmp_path: Path, ppm: float) -> None:
    desk = Desk(tmp_path, ppm)
    desk.poll(desk.world.proven())
    desk.reboot(off_s=30 * DAY_S + 0.7)
    assert desk.believed().half_width_s == pytest.approx(0.6 + 30 * DAY_S * 5e-6, abs=0.02)


def test_a_flat_battery_is_told_by_the_stop_flag(desk: Desk) -> None:
    desk.poll(desk.world.proven())
    desk.chip.lose_battery()
    desk.reboot()
    heard = desk.poll()
    assert heard.sample is None
    assert "battery" in heard.why


def test_a_module_that_was_exchanged_and_set_a_day_fast_is_not_believed(desk: Desk) -> None:
    desk.poll(desk.world.proven())
    desk.chip = Chip(lambda: desk.world.true_s)
    desk.chip.set_by_somebody(int(NOW_S + DAY_S))
    desk.reboot()
    heard = desk.poll()
    assert heard.sample is None
    assert "another setting" in heard.why


def test_a_chip_that_was_set_back_before_its_setting_is_not_believed(desk: Desk) -> None:
    desk.poll(desk.world.proven())
    desk.chip.set_by_somebody(int(NOW_S - DAY_S))
    assert "earlier" in desk.poll().why


def test_a_missing_chip_is_said_to_be_missing(desk: Desk) -> None:
    desk.chip.plugged = False
    heard = desk.poll(desk.world.proven())
    assert (heard.sample, heard.present) == (None, False)


def test_another_device_at_its_address_is_never_written_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.chip, "read_i2c_block_data", lambda *_: [0xFF] * ds3231.REGISTERS)
    assert desk.poll(desk.world.proven()).sample is None
    assert desk.chip.writes == 0


def test_a_power_cut_between_chip_and_file_leaves_a_clock_that_is_not_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.poll(desk.world.proven())
    desk.world.true_s += 400 * DAY_S

    def full(self: SettingFile, setting: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SettingFile, "save", full)
    assert "cannot be written down" in desk.poll(desk.world.proven()).why
    desk.reboot()
    assert "another setting" in desk.poll().why


def test_it_is_set_again_only_when_that_is_worth_it(desk: Desk) -> None:
    desk.poll(desk.world.proven())
    desk.world.true_s += SET_EACH_S + 1
    desk.poll(desk.world.proven())
    assert desk.chip.writes == 1
    desk.world.true_s += 20 * DAY_S
    desk.poll(desk.world.proven())
    assert desk.chip.writes == 2
    assert desk.believed().half_width_s < 0.7


def test_time_that_is_proven_only_roughly_is_not_kept(desk: Desk) -> None:
    desk.poll(desk.world.proven(half_s=MAX_KEPT_HALF_S + 0.1))
    assert desk.chip.writes == 0


def test_a_torn_setting_is_as_good_as_none(desk: Desk) -> None:
    desk.poll(desk.world.proven())
    text = desk.file.path.read_text()
    endless = text.replace("1800000000.25", "1e400")
    for torn in (text[: len(text) // 2], "", "[]", endless, text.replace("1800000000,", "1e400,"), "\x00" * 40):
        assert torn != text
        desk.file.path.write_text(torn)
        assert desk.file.load() is None
        desk.reboot()
        assert desk.poll().sample is None


@given(st.integers(946_684_800, 7_258_118_399))
@example(946_684_800)
@example(1_709_164_799)  # the eve of a leap day
@example(4_102_444_799)  # the last second of 2099
@example(4_102_444_800)
def test_every_second_to_the_year_2199_goes_through_the_registers(utc_s: int) -> None:
    world = World()
    chip = Chip(lambda: world.true_s)
    for tag in (ds3231.new_tag(), ds3231.new_tag()):
        ds3231.write(chip, utc_s, tag)
        assert ds3231.read(chip) == ds3231.RtcReading(utc_s, stopped=False, tag=tag)


def test_a_chip_in_twelve_hour_form_is_read_rightly() -> None:
    data = [0x56, 0x34, 0x40 | 0x20 | 0x11, 1, 0x22, 0x11, 0x26, *[0] * 9, 0, 0, 0]

    class Twelve(Chip):
        def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
            return data

    assert ds3231.read(Twelve(lambda: 0.0)).utc_s == 1_795_390_496
