from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.degrader import shoot
from bench.degrader.shot import Shot
from bench.degrader.symbols import usual_symbol
from bench.reading import goals, hostile, long, photographs, plots, stress, tables
from bench.reading.document import FILE, markdown, with_tables
from bench.reading.engines import ALL, ARUCO, FIRST, FULL, LIBRARY, OPENCV, PYZBAR, ZXING, Engines
from bench.reading.expected import right_and_wrong
from bench.reading.stress import Try, half_success
from firmware.scanner import CODE_128, QR
from tests.scanner.conftest import draw_code128, draw_qr


@pytest.mark.parametrize("engine", LIBRARY)
def test_every_engine_reads_a_clean_code_and_says_what_it_cost(engine: str) -> None:
    with Engines() as engines:
        reading = engines.read(engine, draw_qr("HELLO", frame=(360, 640)))
        assert reading.payloads == (b"HELLO",)
        assert 0 < reading.spent_s < 1
        assert engines.read(engine, np.full((360, 640), 200, np.uint8)).payloads == ()


def test_opencv_answers_from_its_child_and_survives_being_ended() -> None:
    gray = draw_qr("HELLO", frame=(360, 640))
    with Engines() as engines:
        assert [engines.read(engine, gray).payloads for engine in (OPENCV, ARUCO)] == [(b"HELLO",)] * 2
        engines._child.close()
        assert engines.read(OPENCV, gray).payloads == (b"HELLO",)


@pytest.mark.parametrize(
    ("payloads", "texts", "expected"),
    [
        ([b"abc"], ["abc"], (True, 0)),
        ([b"a  b c"], ["a b c"], (True, 0)),
        ([b"abc", b"xyz"], ["abc"], (True, 1)),
        ([b"xyz"], ["abc"], (False, 1)),
        (["机动车".encode("gb18030")], ["机动车"], (True, 0)),
        (["テスト".encode("cp932")], ["テスト"], (True, 0)),
        ([], ["abc"], (False, 0)),
        ([b"phantom"], [], (False, 1)),
    ],
)
def test_a_payload_is_right_when_it_may_stand_for_a_listed_text(
    payloads: list[bytes], texts: list[str], expected: tuple[bool, int]
) -> None:
    assert right_and_wrong(payloads, texts) == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([1.0, 1.0, 0.0], (2.5, "")),
        ([1.0, 0.75, 0.25], (2.5, "")),
        ([1.0, 0.5, 0.0], (2.0, "")),
        ([1.0, 1.0, 1.0], (3.0, ">")),
        ([0.4, 0.0, 0.0], (1.0, "<")),
        ([1.0, 0.4, 1.0], (1 + 0.5 / 0.6, "")),
    ],
)
def test_half_success_lies_between_the_strengths_that_were_tried(
    rates: list[float], expected: tuple[float, str]
) -> None:
    found = half_success([1.0, 2.0, 3.0], rates)
    assert (round(found[0], 9), found[1]) == (round(expected[0], 9), expected[1])


def test_half_success_of_falling_strengths_falls() -> None:
    assert half_success([3.0, 2.0, 1.0], [1.0, 1.0, 0.0]) == (1.5, "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures: a QR code, a Code 128, and none."""
    pictures = {
        "qr.png": (draw_qr("HELLO", frame=(720, 1280)), "qr", ["HELLO"]),
        "bars.png": (draw_code128("150012345678"), "code128", ["150012345678"]),
        "none.png": (np.full((480, 640), 190, np.uint8), "neg", []),
    }
    entries = []
    for name, (gray, kind, texts) in pictures.items():
        cv2.imwrite(str(tmp_path / name), gray)
        entries.append({"file": name, "set": "ours", "group": kind, "kind": kind, "texts": texts})
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    return tmp_path


def test_photographs_become_tables_goals_and_plots(folder: Path) -> None:
    with Engines() as engines:
        looks = list(photographs.look_at(photographs.listed(folder), engines))
    qr = [look for look in looks if look.photograph.kind == "qr"]
    assert {look.engine for look in qr} == set(ALL)
    assert {look.size for look in qr} == {photographs.LARGE, photographs.SMALL}
    assert {look.turn for look in looks if look.photograph.kind == "code128"} == {0, 1, 2, 3}
    made = {table.title: table for table in tables.photograph_tables(looks)}
    assert len(made) == 4
    rates = {row["decoder"]: row["rate 720p"] for row in made["Photographs with a QR code"].rows}
    assert rates == dict.fromkeys(ALL, 1.0)
    reached = goals.goal_rows(looks, [], [], [])
    assert reached["photographs, 720p"][1].startswith("1.0 @ ")
    assert reached["Code 128 in four turns"][1].startswith("1 of 1 @ ")
    plots.photograph_plot(looks, folder / "plot.png")
    assert cv2.imread(str(folder / "plot.png")).std() > 5


def test_a_large_picture_is_fitted_and_a_small_one_left() -> None:
    assert photographs.fitted(np.zeros((1440, 2560), np.uint8), photographs.LARGE).shape == (720, 1280)
    assert photographs.fitted(np.zeros((1000, 500), np.uint8), photographs.LARGE).shape == (720, 360)
    assert photographs.fitted(np.zeros((100, 50), np.uint8), photographs.LARGE).shape == (100, 50)


def tries(engine: str, rates: dict[float, tuple[bool, ...]], axis: str = "yaw") -> list[Try]:
    return [
        Try(axis, strength, seed, engine, right, 0, 0.01)
        for strength, rights in rates.items()
        for seed, right in enumerate(rights)
    ]


def test_the_stress_mean_counts_every_axis_the_same_and_no_mixture() -> None:
    made = tries(FULL, {15: (True, True), 30: (True, False)})
    made += tries(FULL, {1.0: (False,)}, "glare") + tries(FULL, {1.0: (False,)}, "folded paper")
    assert tables.stress_mean(made, FULL) == 0.375
    assert tables.curve(made, "yaw", FULL) == ([15, 30], [1.0, 0.5])


def test_stress_tables_and_plot_hold_every_axis(tmp_path: Path) -> None:
    made = tries(FULL, {15: (True,), 30: (False,)}) + tries(ZXING, {15: (True,), 30: (True,)})
    rates, points, wrong = tables.stress_tables(made)
    assert {row["stress"] for row in rates.rows} >= {"mean of the axes", "yaw", "mixture: far away"}
    assert {row["axis"]: row[FULL] for row in points.rows}["yaw"] == "22.5"
    assert {row["decoder"] for row in wrong.rows} == {FULL, ZXING}
    plots.stress_plot(made, tmp_path / "plot.png")
    assert cv2.imread(str(tmp_path / "plot.png")).std() > 5


def test_eight_frames_of_one_episode_tell_their_code_once() -> None:
    symbol = usual_symbol(4)
    assert set(stress.read_stream(shoot(symbol, Shot(), 4, 3))) == {symbol.payload}


def test_hostile_frames_cost_our_first_look_little_and_hold_no_code() -> None:
    names = []
    with Engines() as engines:
        for name, gray in hostile.hostile_frames():
            names.append(name)
            assert gray.shape == (720, 1280)
            reading = engines.read(FIRST, gray)
            assert reading.payloads == ()
            assert reading.spent_s < 1.0
    assert len(set(names)) == len(names) > 15


def test_exact_payloads_are_ours_always_and_not_pyzbars() -> None:
    with Engines() as engines:
        results = list(hostile.exact_payloads(engines, 2))
    assert all(good for _, engine, good in results if engine in (FIRST, FULL, ZXING))
    assert not any(good for kind, engine, good in results if engine == PYZBAR and kind == "random bytes")


def test_the_long_run_reads_and_never_wrongly(capsys: pytest.CaptureFixture[str]) -> None:
    result = long.run(24)
    assert (result.frames, result.episodes, result.wrong) == (24, 6, 0)
    assert 1 <= result.read <= 6


def test_tables_replace_what_is_between_the_markers_and_nothing_else() -> None:
    table = tables.Table("Title", "Says.", [{"a": 1, "b": "x"}])
    document = FILE.read_text(encoding="utf-8")
    once = with_tables(document, [table], "a machine")
    assert "| a | b |\n| --- | --- |\n| 1 | x |" in once
    assert with_tables(once, [table], "a machine") == once
    assert once.partition("<!-- measured")[0] == document.partition("<!-- measured")[0]
    with pytest.raises(ValueError, match="has no"):
        with_tables("nothing here", [table], "a machine")
    assert markdown(table).startswith("### Title\n")


def test_an_engine_is_asked_only_for_the_format_that_is_wanted() -> None:
    with Engines() as engines:
        bars = draw_code128("150012345678")
        assert [engines.read(engine, bars, QR).payloads for engine in LIBRARY] == [()] * len(LIBRARY)
        assert engines.read(ZXING, bars, CODE_128).payloads == (b"150012345678",)
