"""The Pi's camera through picamera2: the one file that knows it, imported only when it is chosen.

Facts that shaped it: picamera2 can stop delivering after hours and re-opening it in one process leaks
(raspberrypi/picamera2#1090), so a camera is opened once and a silent one ends the process; a control that the sensor
does not have makes `set_controls` raise, so `camera_controls` is asked first; autofocus is off until it is set.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware.scanner.exposure import LIGHT_PLANS, Exposure, exposing, flickers, supported
from firmware.scanner.source import Frame, FrameSource, SourceError, SourceSpec

_NEXT_STEP: Final = "check the ribbon cable and `rpicam-hello --list-cameras`, then start again"
#: Formats whose buffer begins with a whole plane of grey, `stride` bytes a row.
_LUMA_FIRST: Final = frozenset({"YUV420", "YVU420", "NV12", "NV21"})


class Request(Protocol):
    def make_buffer(self, name: str) -> NDArray[np.uint8]: ...
    def get_metadata(self) -> Mapping[str, Any]: ...
    def release(self) -> None: ...


class Job(Protocol):
    def get_result(self, timeout: float | None = None) -> Request: ...


class Camera(Protocol):
    """What is used of picamera2.Picamera2."""

    camera_controls: Mapping[str, tuple[Any, Any, Any]]

    def create_video_configuration(self, **options: Any) -> dict[str, Any]: ...
    def configure(self, configuration: dict[str, Any]) -> None: ...
    def camera_configuration(self) -> dict[str, Any]: ...
    def set_controls(self, controls: dict[str, Any]) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...
    def capture_request(self, wait: bool | None = None) -> Job: ...


def open_picamera(spec: SourceSpec) -> PicameraSource:
    """Open the camera with this number. Raises SourceError when picamera2 or the camera is missing."""
    try:
        picamera2 = import_module("picamera2")
    except (ImportError, OSError) as error:
        raise SourceError(
            f"picamera2 cannot be loaded ({error})",
            "install python3-picamera2 with apt and make the virtual environment with --system-site-packages",
        ) from error
    try:
        camera: Camera = picamera2.Picamera2(int(spec.location or "0"))
    except (RuntimeError, IndexError, OSError) as error:
        raise SourceError(f"no camera answers as picamera:{spec.location or '0'} ({error})", _NEXT_STEP) from error
    return PicameraSource(camera, spec)


class PicameraSource(FrameSource):
    """Grey frames from the luma plane of a started camera. Owns the camera it is handed, and closes it.

    Follows `plan` with the controls that the camera has. What it meters is asked for only when it cannot avoid flicker
    itself, and only under the first plan: under the others the exposure is ours.
    """

    def __init__(self, camera: Camera, spec: SourceSpec) -> None:
        self._camera = camera
        self._pending: Job | None = None
        self._seq = 0
        self._followed = self.plan
        self._metered: Exposure | None = None
        self._closed = False
        try:
            self._stride, self._width, self._height = self._start(spec)
        except (RuntimeError, ValueError, OSError) as error:
            self.close()
            raise SourceError(f"the camera refuses {spec.width} x {spec.height} ({error})", _NEXT_STEP) from error

    def _start(self, spec: SourceSpec) -> tuple[int, int, int]:
        size = {"size": (spec.width, spec.height), "format": "YUV420"}
        self._camera.configure(self._camera.create_video_configuration(main=size, buffer_count=4))
        stream = self._camera.camera_configuration()["main"]
        if stream["format"] not in _LUMA_FIRST:
            raise ValueError(f"its pictures come as {stream['format']}, which has no grey plane")
        self._camera.set_controls(supported(self.plan.controls(spec.fps), self._camera.camera_controls))
        self._camera.start()
        width, height = stream["size"]
        return int(stream["stride"]), int(width), int(height)

    def _follow(self) -> None:
        plan = self.plan
        if plan == self._followed:
            return
        self._followed = plan
        wanted = exposing(plan, self._camera.camera_controls, self._metered)
        if wanted:
            self._camera.set_controls(wanted)

    def _meter(self, request: Request) -> float | None:
        """The light of the scene as the camera estimates it; notes the exposure where that is wanted."""
        said = request.get_metadata()
        lux = said.get("Lux")
        self._note_exposure(said)
        return float(lux) if isinstance(lux, int | float) and 0 <= lux < math.inf else None

    def _note_exposure(self, said: Mapping[str, Any]) -> None:
        if self._followed != LIGHT_PLANS[0] or not flickers(self._camera.camera_controls):
            return
        if said.get("ExposureTime") and said.get("AnalogueGain"):
            self._metered = Exposure(int(said["ExposureTime"]), float(said["AnalogueGain"]))

    def read(self, timeout_s: float) -> Frame | None:
        self._follow()
        # One job at a time: a job that timed out is still queued inside picamera2, and is asked again next time.
        job = self._pending or self._camera.capture_request(wait=False)
        self._pending = job
        try:
            request = job.get_result(timeout=timeout_s)
        except TimeoutError:
            return None
        except RuntimeError as error:
            raise SourceError(f"the camera stopped ({error})", _NEXT_STEP) from error
        self._pending = None
        arrived_s = time.monotonic()
        try:
            buffer = request.make_buffer("main")
            lux = self._meter(request)
        finally:
            request.release()
        if buffer.size < self._height * self._stride:
            raise SourceError(f"the camera gave {buffer.size} bytes for {self._width} x {self._height}", _NEXT_STEP)
        luma = buffer[: self._height * self._stride].reshape(self._height, self._stride)[:, : self._width]
        frame = Frame(luma, self._seq, arrived_s, tag=self._followed.name, lux=lux)
        self._seq += 1
        return frame

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._camera.stop()
            self._camera.close()
