from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from firmware.model import Scan, SceneShown, SecondOpinion, Unread, Word
from firmware.scanner import CODE_128, QR, read_codes
from firmware.scanner.reader import BARS_EVERY, SEARCH_EVERY, Reader
from firmware.scanner.source import Frame
from tests.scanner.conftest import draw_qr

BLANK = np.full((480, 640), 128, np.uint8)


def scans(reader: Reader, *shown: tuple[float, np.ndarray]) -> list[Scan]:
    told = [event for seq, (at_s, gray) in enumerate(shown) for event in reader.read(Frame(gray, seq, at_s))]
    return [event for event in told if isinstance(event, Scan)]


def test_a_code_is_told_at_its_first_frame_and_again_when_confirmed() -> None:
    gray = draw_qr("JZ1:HELLO", frame=(480, 640))
    first, second = scans(Reader(), *[(n / 10, gray) for n in range(30)])
    assert (first.payload, first.reads, first.second, first.monotonic_s) == (b"JZ1:HELLO", 1, SecondOpinion.SILENT, 0.0)
    assert (second.payload, second.reads, second.second) == (b"JZ1:HELLO", 2, SecondOpinion.AGREES)


def test_a_code_shown_again_is_told_again() -> None:
    gray = draw_qr("A", frame=(480, 640))
    told = scans(Reader(), (0.0, gray), (0.1, gray), (0.2, BLANK), (1.7, gray))
    assert [(scan.monotonic_s, scan.reads) for scan in told] == [(0.0, 1), (0.1, 2), (1.7, 1)]


def test_another_code_is_told_at_once() -> None:
    told = scans(Reader(), (0.0, draw_qr("A", frame=(480, 640))), (0.03, draw_qr("B", frame=(480, 640))))
    assert [scan.payload for scan in told] == [b"A", b"B"]


def test_a_still_picture_is_told_once_with_two_reads_and_an_opinion() -> None:
    gray = draw_qr("STILL", frame=(480, 640))
    (scan,) = scans(Reader(still=True), (0.0, gray), (0.1, gray))
    assert (scan.reads, scan.second) == (2, SecondOpinion.AGREES)


def test_a_hard_live_code_is_read_when_the_turn_of_its_stage_comes() -> None:
    inverted = 255 - draw_qr("INVERTED", frame=(480, 640))
    told = scans(Reader(), *[(n / 10, inverted) for n in range(13)])
    assert told[0].payload == b"INVERTED"


def test_a_hard_code_that_is_held_up_is_told_once_and_confirmed_once() -> None:
    inverted = 255 - draw_qr("INVERTED", frame=(480, 640))
    told = scans(Reader(), *[(n / 10, inverted) for n in range(120)])
    assert [scan.reads for scan in told] == [1, 2]


def test_a_code_that_only_the_second_chance_reads_is_told_once_and_confirmed_once() -> None:
    gray = draw_qr("JZ1:" + "A1B2C3D4" * 40, scale=5, frame=(480, 640))
    cv2.circle(gray, (320, 220), 80, 255, -1)
    told = scans(Reader(), *[(n / 10, gray) for n in range(60)])
    assert [scan.reads for scan in told] == [1, 2]


def test_a_hard_code_shown_again_is_told_again() -> None:
    inverted = 255 - draw_qr("INVERTED", frame=(480, 640))
    shown = [*[inverted] * 20, *[BLANK] * 20, *[inverted] * 20]
    told = scans(Reader(), *[(n / 10, gray) for n, gray in enumerate(shown)])
    assert [scan.reads for scan in told] == [1, 2, 1, 2]


def test_bar_codes_are_looked_for_in_every_fourth_frame(make_code128: Callable[..., np.ndarray]) -> None:
    gray = make_code128("4401062000")
    told = scans(Reader(formats=(QR, CODE_128)), *[(n / 10, gray) for n in range(BARS_EVERY * 2)])
    assert [(scan.payload, scan.format, scan.reads) for scan in told] == [
        (b"4401062000", "Code128", 1),
        (b"4401062000", "Code128", 2),
    ]


def test_a_reader_of_bar_codes_only_is_possible(make_code128: Callable[..., np.ndarray]) -> None:
    gray = make_code128("4401062000")
    assert scans(Reader(formats=(CODE_128,)), *[(n / 10, gray) for n in range(BARS_EVERY)])


def test_bar_code_in_view_comes_beside_the_qr_code(make_code128: Callable[..., np.ndarray]) -> None:
    page = np.vstack([draw_qr(b"JZ1:ABC", frame=(360, 640)), make_code128("1101234567890")])
    assert scans(Reader(), (0.0, page))[0].beside == (b"1101234567890",)
    assert scans(Reader(still=True), (0.0, page))[0].beside == (b"1101234567890",)
    assert scans(Reader(), (0.0, draw_qr(b"JZ1:ABC", frame=(360, 640))))[0].beside == ()


def test_a_code_that_glare_keeps_from_every_decoder_gets_its_second_chance() -> None:
    gray = draw_qr("JZ1:" + "A1B2C3D4" * 40, scale=5, frame=(480, 640))
    cv2.circle(gray, (320, 220), 80, 255, -1)
    told = scans(Reader(), *[(n / 10, gray) for n in range(3)])
    assert [(scan.payload, scan.decoder) for scan in told[:1]] == [(b"JZ1:" + b"A1B2C3D4" * 40, "rescue")]


def test_an_unread_code_is_coached_once_after_a_while() -> None:
    gray = draw_qr("JZ1:" + "A1B2C3D4" * 40, scale=5, frame=(480, 640))
    cv2.circle(gray, (320, 220), 130, 255, -1)  # more light than the second chance can do without
    reader = Reader()
    events = [event for n in range(60) for event in reader.read(Frame(gray, n, n / 10))]
    assert [event.cause for event in events if isinstance(event, Unread)] == [Word.GLARE]
    assert not any(isinstance(event, Scan) for event in events)


def test_an_empty_view_is_never_coached() -> None:
    reader = Reader()
    assert [event for n in range(60) for event in reader.read(Frame(BLANK, n, n / 10))] == []


def test_a_scene_is_announced_once_each_time_it_is_played() -> None:
    reader = Reader()
    frames = [("scene 0.1", "one"), ("scene 0.1", "one"), ("scene 0.2", "one"), ("scene 0.3", ""), ("scene 1.1", "one")]
    events = [
        event
        for n, (tag, caption) in enumerate(frames)
        for event in reader.read(Frame(BLANK, n, float(n), tag=tag, caption=caption, say="hello"))
    ]
    assert events == [SceneShown("one", 0.0, "hello"), SceneShown("one", 2.0, "hello"), SceneShown("one", 4.0, "hello")]


def test_stage_times_are_medians_since_they_were_last_asked_for() -> None:
    reader = Reader()
    for milliseconds in (1.0, 50.0, 2.0):
        reader.spent("capture", milliseconds)
    reader.read(Frame(draw_qr("A", frame=(480, 640)), 0, 0.0))
    stages = dict(reader.stage_ms())
    assert stages["capture"] == 2.0
    assert stages["decode"] > 0
    assert reader.stage_ms() == ()


def test_a_view_that_never_changes_is_read_every_frame_but_looked_at_hard_only_at_times() -> None:
    reader = Reader()

    def stages(first: int, last: int) -> set[str]:
        for n in range(first, last):
            reader.read(Frame(BLANK, n, n / 10))
        return {stage for stage, _ in reader.stage_ms()}

    assert stages(0, 60) == {"decode", "candidate", "rescue"}
    assert "candidate" in stages(60, 80), "at times"
    assert stages(80, 83) == {"decode"}, "but not often"
    (scan,) = scans(reader, (9.1, draw_qr("AWAKE", frame=(480, 640))))
    assert scan.payload == b"AWAKE"


def test_a_hard_code_in_a_view_that_never_changes_is_still_read() -> None:
    reader = Reader()
    lamp_off = np.full((480, 640), 60, np.uint8)
    for n in range(80):
        reader.read(Frame(lamp_off, n, n / 10))
    poster = 255 - draw_qr("INVERTED", frame=(480, 640))
    assert scans(reader, *[(8.0 + n / 10, poster) for n in range(20)])[0].payload == b"INVERTED"


def test_a_live_code_with_one_finder_pattern_covered_is_searched_for() -> None:
    gray = draw_qr("JZ1:COVERED", scale=8, frame=(480, 640))
    (code,) = read_codes(gray)
    x, y = code.corners[0].astype(int)
    gray[y : y + 7 * 8, x : x + 7 * 8] = 170
    told = scans(Reader(), *[(n / 10, gray) for n in range(3 * SEARCH_EVERY)])
    assert [(scan.payload, scan.reads) for scan in told] == [(b"JZ1:COVERED", 1), (b"JZ1:COVERED", 2)]
