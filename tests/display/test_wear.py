"""The wear of the display: what is counted, how it is kept, and that a lost or torn map stops nobody."""

from __future__ import annotations

import logging
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from firmware.display.brightness import DIM_CONTRAST, STEPS
from firmware.display.screens import HEIGHT, WIDTH, blank
from firmware.display.wear import FILE_BYTES, WearError, WearMap, WearMeter
from firmware.display.wear_file import KEEP_EACH_S, WearKeeper, load_wear, read_wear
from firmware.model import Light

SPOTS = ((0, 0), (WIDTH - 1, 0), (64, 32), (WIDTH - 1, HEIGHT - 1))
STEP = st.tuples(st.sampled_from(["show", *Light]), st.integers(0, len(SPOTS) - 1), st.floats(0, 500))


def spot(place: int) -> Image.Image:
    picture = blank()
    picture.putpixel(SPOTS[place], 255)
    return picture


@given(st.lists(STEP, max_size=25))
def test_the_meter_counts_what_a_sum_by_hand_counts(steps: list[tuple[str, int, float]]) -> None:
    meter, now_s = WearMeter(WearMap(), 200), 0.0
    expected = [0.0] * len(SPOTS)
    shown: int | None = None
    light = Light.FULL
    for what, place, wait_s in steps:
        if what == "show":
            meter.show(spot(place), now_s)
            shown = place
        else:
            light = Light(what)
            meter.lighten(light, now_s)
        now_s += wait_s
        if shown is not None:
            expected[shown] += wait_s * {Light.FULL: 200, Light.DIM: DIM_CONTRAST, Light.DARK: 0}[light] / 255
    meter.settle(now_s)
    found = [meter.wear.seconds[y, x] for x, y in SPOTS]
    assert found == pytest.approx(expected, abs=1e-6)
    assert meter.wear.seconds.sum() == pytest.approx(sum(expected), abs=1e-6)


def test_a_clock_that_goes_back_takes_no_wear_away() -> None:
    meter = WearMeter(WearMap(), 255)
    meter.show(spot(0), 100.0)
    meter.settle(40.0)
    meter.settle(50.0)
    assert meter.wear.seconds.sum() == pytest.approx(10.0)


def test_a_darker_step_of_the_light_around_wears_less() -> None:
    sums = []
    for step in (0, STEPS):
        meter = WearMeter(WearMap(), 200)
        meter.brighten(step, 0.0)
        meter.show(spot(0), 0.0)
        meter.settle(100.0)
        sums.append(meter.wear.seconds.sum())
    assert sums == pytest.approx([100 * 12 / 255, 100 * 200 / 255])


def test_the_summary_is_of_hours_and_over_all_pixels() -> None:
    wear = WearMap()
    assert wear.summary().ratio is None
    wear.add(spot(0), 7200.0)
    found = wear.summary()
    assert (found.max_hours, found.mean_hours) == pytest.approx((2.0, 2.0 / (WIDTH * HEIGHT)))
    assert found.ratio == pytest.approx(WIDTH * HEIGHT)


@given(
    st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(0, 2**32 - 1)), max_size=9)
)
def test_a_map_comes_back_as_it_was_written(lit: list[tuple[int, int, int]]) -> None:
    wear = WearMap()
    for y, x, seconds in lit:
        wear.seconds[y, x] = seconds
    again = WearMap.from_bytes(wear.to_bytes())
    assert np.array_equal(again.seconds, wear.seconds)


def test_a_pixel_older_than_32_bits_hold_stays_at_the_most() -> None:
    wear = WearMap(np.full((HEIGHT, WIDTH), 1e12))
    assert WearMap.from_bytes(wear.to_bytes()).seconds.max() == 2**32 - 1


def _of_other_size() -> bytes:
    body = struct.pack(">7sHH", b"YWEAR1\n", WIDTH * 2, HEIGHT // 2) + bytes(4 * WIDTH * HEIGHT)
    return body + struct.pack(">I", zlib.crc32(body))


WHOLE = WearMap().to_bytes()
BAD = {
    "empty": b"",
    "torn-in-the-middle": WHOLE[: FILE_BYTES // 2],
    "one-byte-short": WHOLE[:-1],
    "one-byte-long": WHOLE + b"\0",
    "one-bit-turned": WHOLE[:5000] + b"\x01" + WHOLE[5001:],
    "of-another-magic": b"ywear1\n" + WHOLE[7:],
    "of-another-size-of-display": _of_other_size(),
    "much-too-large": WHOLE * 50,
}


@pytest.mark.parametrize("name", BAD)
def test_a_map_that_is_not_whole_is_begun_anew_and_told(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "panel-wear"
    path.write_bytes(BAD[name])
    with pytest.raises(WearError):
        read_wear(path)
    with caplog.at_level(logging.INFO, "yanma"):
        assert load_wear(path).seconds.sum() == 0
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@given(st.binary(max_size=64), st.integers(0, FILE_BYTES - 1))
def test_no_bytes_make_the_reader_raise_anything_else(noise: bytes, at: int) -> None:
    try:
        WearMap.from_bytes((WHOLE[:at] + noise + WHOLE[at + len(noise) :])[:FILE_BYTES])
    except WearError:
        return
    assert noise == WHOLE[at : at + len(noise)]


def test_a_map_that_is_not_there_or_cannot_be_read_is_begun_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "yanma"):
        assert load_wear(tmp_path / "none").seconds.sum() == 0
        assert load_wear(tmp_path).seconds.sum() == 0  # a folder is in its place
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]


def test_the_keeper_writes_each_hour_and_at_the_end(tmp_path: Path) -> None:
    path, wear = tmp_path / "state" / "panel-wear", WearMap()
    keeper = WearKeeper(path, lambda: wear)
    for now_s in (0.0, KEEP_EACH_S - 1):
        keeper.turn(now_s)
    assert not path.exists()
    wear.add(spot(0), 10.0)
    keeper.turn(KEEP_EACH_S)
    wear.add(spot(0), 10.0)
    keeper.close()
    assert read_wear(path).seconds.max() == 20.0
    assert [file.name for file in path.parent.iterdir()] == ["panel-wear"]
    assert path.stat().st_mode & 0o777 == 0o644  # the doctor may be another user


def test_a_map_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("in the way")
    keeper = WearKeeper(tmp_path / "state" / "panel-wear", WearMap)
    with caplog.at_level(logging.WARNING, "yanma"):
        for hour in range(5):
            keeper.turn(hour * KEEP_EACH_S)
        keeper.close()
    assert len(caplog.records) == 1


def test_a_display_that_does_not_age_keeps_no_map(tmp_path: Path) -> None:
    keeper = WearKeeper(None, WearMap)
    keeper.turn(0.0)
    keeper.turn(KEEP_EACH_S)
    keeper.close()
    assert list(tmp_path.iterdir()) == []
