from __future__ import annotations

from collections import deque
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from firmware.model import Word
from firmware.scanner import SourceError, SourceSpec, read_codes
from firmware.scanner.exposure import LIGHT_PLANS, bracket
from firmware.scanner.picamera import PicameraSource, open_picamera
from firmware.scanner.source import SourceKind
from tests.scanner.conftest import draw_qr

SPEC = SourceSpec(SourceKind.PICAMERA, "0", width=640, height=480)


class CameraOnTheTable:
    """Answers as picamera2 does: rows padded to its stride, a plane of grey first, unknown controls refused."""

    def __init__(self, *, pixels: str = "YUV420", stride: int = 704, controls: tuple[str, ...] = ()) -> None:
        self.camera_controls = dict.fromkeys(controls, (0, 10, 0))
        self.set: dict[str, Any] = {}
        self.shows: deque[np.ndarray] = deque()
        self.calls: list[str] = []
        self.held = 0
        self._pixels, self._stride = pixels, stride
        self._main: dict[str, Any] = {}

    def create_video_configuration(self, **options: Any) -> dict[str, Any]:
        return {"main": dict(options["main"])}

    def configure(self, configuration: dict[str, Any]) -> None:
        self._main = configuration["main"] | {"format": self._pixels, "stride": self._stride}

    def camera_configuration(self) -> dict[str, Any]:
        return {"main": self._main}

    def set_controls(self, controls: dict[str, Any]) -> None:
        unknown = set(controls) - set(self.camera_controls)
        if unknown:
            raise RuntimeError(f"Control {unknown} is not advertised by libcamera")
        self.set.update(controls)

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")

    def capture_request(self, wait: bool | None = None) -> JobOnTheTable:
        assert wait is False
        self.calls.append("capture")
        return JobOnTheTable(self)

    def buffer(self, gray: np.ndarray) -> np.ndarray:
        luma = np.zeros((480, self._stride), np.uint8)
        luma[: gray.shape[0], : gray.shape[1]] = gray
        return np.concatenate([luma.ravel(), np.full(480 * self._stride // 2, 77, np.uint8)])


class JobOnTheTable:
    def __init__(self, camera: CameraOnTheTable) -> None:
        self._camera = camera

    def get_result(self, timeout: float | None = None) -> RequestOnTheTable:
        assert timeout is not None, "a wait without a deadline"
        if not self._camera.shows:
            raise TimeoutError
        self._camera.held += 1
        return RequestOnTheTable(self._camera, self._camera.shows.popleft())


class RequestOnTheTable:
    def __init__(self, camera: CameraOnTheTable, gray: np.ndarray) -> None:
        self._camera, self._gray = camera, gray

    def make_buffer(self, name: str) -> np.ndarray:
        assert name == "main"
        return self._camera.buffer(self._gray)

    def get_metadata(self) -> dict[str, Any]:
        return {"ExposureTime": 20_000, "AnalogueGain": 2.0}

    def release(self) -> None:
        self._camera.held -= 1


@pytest.mark.parametrize("pixels", ["YUV420", "NV12"])
def test_the_grey_plane_is_a_view_without_the_padding(pixels: str) -> None:
    camera = CameraOnTheTable(pixels=pixels)
    camera.shows.append(draw_qr("PLANE", frame=(480, 640)))
    with PicameraSource(camera, SPEC) as source:
        frame = source.read(0.1)
    assert frame is not None
    assert frame.gray.shape == (480, 640)
    assert frame.gray.strides == (704, 1)
    assert frame.gray.base is not None
    assert frame.tag == "screen"
    assert [code.payload for code in read_codes(frame.gray)] == [b"PLANE"]


def test_every_request_goes_back_to_the_camera() -> None:
    camera = CameraOnTheTable()
    with PicameraSource(camera, SPEC) as source:
        for _ in range(5):
            camera.shows.append(np.zeros((480, 640), np.uint8))
            assert source.read(0.1) is not None
    assert camera.held == 0


def test_only_controls_that_the_camera_has_are_set() -> None:
    camera = CameraOnTheTable(controls=("AfMode", "AeFlickerPeriod"))
    PicameraSource(camera, SPEC).close()
    assert camera.set == {"AfMode": 2, "AeFlickerPeriod": 10_000}


def test_a_camera_without_any_control_is_used_as_it_is() -> None:
    camera = CameraOnTheTable(controls=())
    PicameraSource(camera, SPEC).close()
    assert camera.set == {}


DARKER = bracket(0, has_light=False, trouble=Word.TOO_BRIGHT)


def test_another_plan_is_followed_at_the_next_frame_and_named_in_it() -> None:
    camera = CameraOnTheTable(controls=("AeEnable", "ExposureValue", "AeFlickerPeriod", "AfMode"))
    camera.shows.extend([np.zeros((480, 640), np.uint8)] * 3)
    with PicameraSource(camera, SPEC) as source:
        assert source.read(0.1) is not None
        camera.set.clear()
        source.plan = DARKER
        frame = source.read(0.1)
        assert frame is not None
        assert frame.tag == DARKER.name != "screen"
        assert camera.set == {"AeEnable": True, "ExposureValue": DARKER.bias_ev}
        camera.set.clear()
        assert source.read(0.1) is not None
        assert camera.set == {}, "a plan that stays is set once"


def test_a_camera_that_flickers_is_exposed_by_hand_from_what_it_metered_itself() -> None:
    camera = CameraOnTheTable(controls=("AeEnable", "ExposureTime", "AnalogueGain"))
    camera.camera_controls |= {"ExposureTime": (100, 60_000, 0), "AnalogueGain": (1.0, 8.0, 1.0)}
    camera.shows.extend([np.zeros((480, 640), np.uint8)] * 3)
    with PicameraSource(camera, SPEC) as source:
        source.read(0.1)
        source.plan = DARKER
        source.read(0.1)
        assert camera.set["AeEnable"] is False
        assert camera.set["ExposureTime"] == 10_000
        assert camera.set["AnalogueGain"] == pytest.approx(2**0.5)
        source.plan = LIGHT_PLANS[0]
        source.read(0.1)
        assert camera.set["AeEnable"] is True


def test_a_camera_without_exposure_controls_is_left_alone_under_every_plan() -> None:
    camera = CameraOnTheTable(controls=("AfMode",))
    camera.shows.extend([np.zeros((480, 640), np.uint8)] * 2)
    with PicameraSource(camera, SPEC) as source:
        source.plan = DARKER
        assert source.read(0.1) is not None
    assert camera.set == {"AfMode": 2}


def test_a_silent_camera_gives_none_and_no_second_job_is_queued() -> None:
    camera = CameraOnTheTable()
    with PicameraSource(camera, SPEC) as source:
        assert source.read(0.01) is None
        assert source.read(0.01) is None
        camera.shows.append(np.zeros((480, 640), np.uint8))
        assert source.read(0.01) is not None
    assert camera.calls.count("capture") == 1


def test_frames_are_numbered() -> None:
    camera = CameraOnTheTable()
    camera.shows.extend([np.zeros((480, 640), np.uint8)] * 3)
    with PicameraSource(camera, SPEC) as source:
        frames = [source.read(0.1) for _ in range(3)]
    assert [frame.seq for frame in frames if frame] == [0, 1, 2]


def test_a_camera_is_opened_once_and_closed_once() -> None:
    camera = CameraOnTheTable()
    source = PicameraSource(camera, SPEC)
    source.close()
    source.close()
    assert camera.calls == ["start", "stop", "close"]


def test_a_format_without_a_grey_plane_is_refused_and_the_camera_released() -> None:
    camera = CameraOnTheTable(pixels="RGB888", stride=1920)
    with pytest.raises(SourceError, match="RGB888"):
        PicameraSource(camera, SPEC)
    assert camera.calls[-1] == "close"


def test_a_buffer_too_short_is_an_error_that_says_so() -> None:
    camera = CameraOnTheTable()
    camera.buffer = lambda gray: np.zeros(100, np.uint8)  # type: ignore[method-assign]
    camera.shows.append(np.zeros((480, 640), np.uint8))
    with PicameraSource(camera, SPEC) as source, pytest.raises(SourceError, match="100 bytes"):
        source.read(0.1)
    assert camera.held == 0


@pytest.mark.skipif(find_spec("picamera2") is not None, reason="picamera2 is installed here")
def test_a_missing_picamera2_says_how_to_install_it() -> None:
    with pytest.raises(SourceError) as refused:
        open_picamera(SPEC)
    assert "python3-picamera2" in refused.value.next_step
