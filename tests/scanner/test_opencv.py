from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from firmware.model import Word
from firmware.scanner import SourceError, SourceSpec, read_codes
from firmware.scanner.exposure import LIGHT_PLANS, bracket
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


class CaptureOnTheTable:
    """Answers as OpenCV over V4L2 does: properties by number, False for what the camera does not take."""

    def __init__(self, *, takes: tuple[int, ...], exposure: float = 200.0) -> None:
        self.takes = takes
        self.said: dict[int, float] = {cv2.CAP_PROP_EXPOSURE: exposure}
        self.asked: list[tuple[int, float]] = []

    def set(self, number: int, value: float) -> bool:
        self.asked.append((number, value))
        return number in self.takes

    def get(self, number: int) -> float:
        return self.said[number]

    def read(self) -> tuple[bool, np.ndarray]:
        return True, np.zeros((48, 64), np.uint8)


DARKER = bracket(0, has_light=False, trouble=Word.TOO_BRIGHT)
EXPOSURE = (cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE)


def test_a_usb_camera_is_exposed_by_hand_in_whole_periods_and_then_by_itself_again() -> None:
    camera = CaptureOnTheTable(takes=EXPOSURE, exposure=400.0)  # 40 ms
    source = CaptureSource(camera, "/dev/video0")  # type: ignore[arg-type]
    source.read(0.1)
    assert camera.asked == [], "nothing is set while nothing is asked"
    source.plan = DARKER
    source.read(0.1)
    source.read(0.1)
    assert camera.asked == [(cv2.CAP_PROP_AUTO_EXPOSURE, 1.0), (cv2.CAP_PROP_EXPOSURE, 100.0)]  # 10 ms
    source.plan = LIGHT_PLANS[0]
    source.read(0.1)
    assert camera.asked[-1] == (cv2.CAP_PROP_AUTO_EXPOSURE, 3.0)


@pytest.mark.parametrize("takes", [(), (cv2.CAP_PROP_AUTO_EXPOSURE,)], ids=["nothing", "no time"])
def test_a_usb_camera_that_takes_no_exposure_is_left_automatic_and_never_asked_again(takes: tuple[int, ...]) -> None:
    camera = CaptureOnTheTable(takes=takes)
    source = CaptureSource(camera, "/dev/video0")  # type: ignore[arg-type]
    source.plan = DARKER
    assert source.read(0.1) is not None
    assert camera.asked[-1] == (cv2.CAP_PROP_AUTO_EXPOSURE, 3.0)
    asked = len(camera.asked)
    for plan in (LIGHT_PLANS[0], DARKER):
        source.plan = plan
        assert source.read(0.1) is not None
    assert len(camera.asked) == asked


def test_a_usb_camera_that_does_not_say_its_exposure_is_left_alone() -> None:
    camera = CaptureOnTheTable(takes=EXPOSURE, exposure=-1.0)
    source = CaptureSource(camera, "/dev/video0")  # type: ignore[arg-type]
    source.plan = DARKER
    source.read(0.1)
    assert camera.asked == []
