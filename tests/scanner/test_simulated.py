from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware.scanner import SourceError, parse_source, read_codes
from firmware.scanner.scenes import read_story
from firmware.scanner.simulated import PAUSE_S, Film
from firmware.scanner.source import open_source
from tests.scanner.conftest import draw_qr

Story = Callable[..., Path]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def text(length: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    return "JZ1:" + "".join(ALPHABET[index] for index in rng.integers(0, 45, length))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_good_scene_is_read_while_it_is_held(story: Story, seed: int) -> None:
    shown = [(text(200 + 60 * n, seed * 10 + n), ("phone", "paper")[n % 2], 3.0, f"scene {n}") for n in range(6)]
    film = Film(read_story(story(*shown)), 1280, 720, seed)
    read = dict.fromkeys(range(len(shown)), 0)
    for tick in range(int(film.seconds * 6)):
        gray, _, number = film.frame_at(tick / 6)
        codes = read_codes(gray)
        assert {code.payload.decode() for code in codes} <= {shown[number][0]}, "a wrong text"
        read[number] += bool(codes)
    assert all(count >= 6 for count in read.values()), read


def test_the_same_time_gives_the_same_frame_and_another_time_another(story: Story) -> None:
    scenes = read_story(story(("SAME", "phone", 3.0, "")))
    first, second = Film(scenes, 640, 360, 5), Film(scenes, 640, 360, 5)
    assert np.array_equal(first.frame_at(1.25)[0], second.frame_at(1.25)[0])
    assert not np.array_equal(first.frame_at(1.25)[0], first.frame_at(1.35)[0])
    assert not np.array_equal(first.frame_at(1.25)[0], Film(scenes, 640, 360, 6).frame_at(1.25)[0])


def test_a_carrier_comes_into_view_is_held_and_leaves(story: Story) -> None:
    film = Film(read_story(story(("COMES AND GOES", "phone", 4.0, ""))), 640, 360, 1)
    read = [bool(read_codes(film.frame_at(t_s)[0])) for t_s in (0.0, 2.0, 3.99, 4.2)]
    assert read == [False, True, False, False]


def test_frames_look_like_a_cameras(story: Story) -> None:
    film = Film(read_story(story(("LIGHT", "phone", 4.0, ""))), 1280, 720, 1)
    gray, _, _ = film.frame_at(2.0)
    assert gray.shape == (720, 1280)
    assert gray.dtype == np.uint8
    assert gray.std() > 30, "it has darks and lights"
    assert 0.5 < np.abs(gray[:100, :100].astype(int) - cv2.medianBlur(gray, 3)[:100, :100]).mean() < 5, "it has noise"


def test_a_scene_and_the_pause_after_it_take_their_time(story: Story) -> None:
    film = Film(read_story(story(("A", "phone", 2.0, ""), ("B", "paper", 3.0, ""))), 128, 72, 1)
    assert film.seconds == 5.0 + 2 * PAUSE_S
    assert film.scene_at(2.0 + PAUSE_S - 0.01)[0] == 0
    assert film.scene_at(2.0 + PAUSE_S)[0] == 1


def test_a_code_renewed_on_disk_is_shown_renewed(story: Story) -> None:
    folder = story(("OLD", "phone", 30.0, ""))
    film = Film(read_story(folder), 640, 360, 1)
    assert read_codes(film.frame_at(5.0)[0])[0].payload == b"OLD"
    new = folder / "codes/new.png"
    cv2.imwrite(str(new), draw_qr("NEW", scale=8))
    new.replace(folder / "codes/0.png")
    assert read_codes(film.frame_at(5.1)[0])[0].payload == b"NEW"


def test_a_code_being_replaced_leaves_the_one_on_show(story: Story) -> None:
    folder = story(("OLD", "phone", 30.0, ""))
    film = Film(read_story(folder), 640, 360, 1)
    film.frame_at(5.0)
    (folder / "codes/0.png").write_bytes(b"\x89PNG half wri")
    os.utime(folder / "codes/0.png", ns=(1, 1))
    assert read_codes(film.frame_at(5.1)[0])[0].payload == b"OLD"


def test_a_scene_whose_picture_is_missing_says_which(story: Story) -> None:
    folder = story(("A", "phone", 2.0, ""))
    (folder / "codes/0.png").unlink()
    with pytest.raises(SourceError, match=r"0\.png cannot be shown"):
        Film(read_story(folder), 128, 72, 1).frame_at(1.0)


def test_frames_come_paced_with_caption_and_words(story: Story) -> None:
    spec = parse_source(f"scenes:{story(('A', 'phone', 5.0, 'first scene'))}")
    with open_source(replace(spec, width=128, height=72, fps=50.0)) as source:
        began_s = time.monotonic()
        frames = [source.read(1.0) for _ in range(6)]
        assert time.monotonic() - began_s >= 5 / 50
    assert [frame.seq for frame in frames if frame] == [0, 1, 2, 3, 4, 5]
    assert {(frame.caption, frame.say) for frame in frames if frame} == {("first scene", "here")}


def test_a_story_ends_unless_it_loops(story: Story) -> None:
    spec = replace(parse_source(f"scenes:{story(('A', 'phone', 2.0, ''))}"), width=128, height=72, loop=False, fps=10.0)
    with open_source(spec) as source:
        ends_s = time.monotonic() + 10.0
        while not source.ended and time.monotonic() < ends_s:
            source.read(1.0)
        assert source.ended
