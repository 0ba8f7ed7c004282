"""The small picture for commissioning: made on demand alone, with a score that blur only lowers."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware.scanner.codes import Gray
from firmware.scanner.preview import PREVIEW_WIDTH_PX, PreviewDesk, focus_score, preview_of
from firmware.scanner.preview_line import ASK, MAX_JPEG_BYTES, Preview, PreviewError, decode, encode
from firmware.scanner.source import SourceKind, SourceSpec
from firmware.scanner.supervisor import Scanner


@pytest.fixture
def print_() -> Gray:
    """Something printed: dark squares of several sizes on white."""
    rng = np.random.default_rng(7)
    cells = rng.integers(0, 2, (45, 80), dtype=np.uint8) * 200 + 25
    return cv2.resize(cells, (1280, 720), interpolation=cv2.INTER_NEAREST)


def test_the_focus_score_falls_with_every_step_of_blur(print_: Gray) -> None:
    scores = [focus_score(print_)]
    scores += [focus_score(cv2.GaussianBlur(print_, (0, 0), sigma)) for sigma in (1, 2, 3, 4, 6, 8, 12)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert scores[0] > 40
    assert scores[-1] < scores[0] / 3


def test_the_score_does_not_care_for_the_light(print_: Gray) -> None:
    darker = (print_ * 0.4).astype(np.uint8)
    assert abs(focus_score(darker) - focus_score(print_)) <= 2


def test_an_empty_wall_has_no_focus() -> None:
    assert focus_score(np.full((720, 1280), 120, np.uint8)) == 0


def test_a_preview_is_small_grey_and_well_below_its_limit() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1080, 1920), dtype=np.uint8)  # nothing compresses worse
    preview = preview_of(noise)
    picture = cv2.imdecode(np.frombuffer(preview.jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape == (270, PREVIEW_WIDTH_PX)
    assert len(preview.jpeg) <= MAX_JPEG_BYTES
    assert decode(encode(preview)) == preview


@pytest.mark.parametrize(
    "message",
    [b"", b"\x00", b"\x65\xff\xd8\xff\xd9", b"\x10not a jpeg", b"\x10\xff\xd8" + b"x" * MAX_JPEG_BYTES + b"\xff\xd9"],
)
def test_what_is_no_preview_is_refused(message: bytes) -> None:
    with pytest.raises(PreviewError):
        decode(message)


def test_a_frame_that_nobody_asked_for_is_not_made_small(print_: Gray) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        desk = PreviewDesk(theirs)
        desk.look(print_)
        with pytest.raises(BlockingIOError):
            ours.recv(10, socket.MSG_DONTWAIT)
        ours.send(ASK)
        desk.look(print_)
        assert decode(ours.recv(MAX_JPEG_BYTES + 1)).focus == focus_score(print_)
    desk.look(print_)  # a parent that is gone disturbs nobody


@pytest.mark.slow
def test_the_scanners_child_answers_its_parent(tmp_path: Path, print_: Gray) -> None:
    for number in range(40):
        cv2.imwrite(str(tmp_path / f"{number:02d}.png"), print_)
    found: Preview | None = None
    with Scanner(SourceSpec(SourceKind.FOLDER, str(tmp_path), fps=5.0, loop=True)) as scanner:
        assert scanner.preview() is None
        ends_s = time.monotonic() + 30
        while found is None and time.monotonic() < ends_s:
            scanner.ask_preview()
            scanner.events(0.2)
            found = scanner.preview()
    assert found is not None
    assert found.focus == focus_score(print_)
    assert scanner.preview() is None
