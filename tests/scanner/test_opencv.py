from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware.scanner import SourceError, SourceSpec, read_codes
from firmware.scanner.opencv import CaptureSource
from firmware.scanner.source import SourceKind, open_source
from tests.scanner.conftest import draw_qr


def film(path: Path, *texts: str) -> SourceSpec:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 100.0, (320, 320))
    for text in texts:
        writer.write(cv2.cvtColor(draw_qr(text, scale=8, frame=(320, 320)), cv2.COLOR_GRAY2BGR))
    writer.release()
    return SourceSpec(SourceKind.VIDEO, str(path))


def test_each_frame_of_a_video_is_given_once_then_it_ends(tmp_path: Path) -> None:
    texts = [f"FRAME {number}" for number in range(5)]
    seen = []
    with open_source(film(tmp_path / "film.avi", *texts)) as source:
        while not source.ended:
            frame = source.read(1.0)
            if frame is not None:
                assert frame.gray.dtype == np.uint8
                seen += [code.payload.decode() for code in read_codes(frame.gray)]
        assert source.read(0.1) is None
    assert seen == texts


def test_a_looping_video_begins_again(tmp_path: Path) -> None:
    spec = replace(film(tmp_path / "film.avi", "A", "B"), loop=True)
    with open_source(spec) as source:
        frames = [source.read(1.0) for _ in range(5)]
        assert not source.ended
    assert [read_codes(frame.gray)[0].payload for frame in frames if frame] == [b"A", b"B", b"A", b"B", b"A"]


def test_a_frame_that_is_not_due_yet_is_none(tmp_path: Path) -> None:
    spec = replace(film(tmp_path / "film.avi", "A", "B"), fps=2.0)
    with open_source(spec) as source:
        assert source.read(0.0) is not None
        assert source.read(0.01) is None
        assert not source.ended


def test_a_file_that_is_no_video_says_what_to_use(tmp_path: Path) -> None:
    path = tmp_path / "note.avi"
    path.write_text("not a video")
    with pytest.raises(SourceError, match="does not open as a video") as refused:
        open_source(SourceSpec(SourceKind.VIDEO, str(path)))
    assert "MP4" in refused.value.next_step


def test_a_file_that_is_no_camera_says_what_to_check(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch()
    with pytest.raises(SourceError, match="does not open as a camera") as refused:
        open_source(SourceSpec(SourceKind.V4L2, str(path)))
    assert "v4l2-ctl" in refused.value.next_step


def test_a_camera_that_stops_giving_pictures_is_an_error_not_an_end(tmp_path: Path) -> None:
    film(tmp_path / "film.avi", "ONLY")
    camera = CaptureSource(cv2.VideoCapture(str(tmp_path / "film.avi")), "/dev/video0")
    assert camera.read(0.1) is not None
    with pytest.raises(SourceError, match="gives no more pictures"):
        camera.read(0.1)
    assert not camera.ended
    camera.close()
