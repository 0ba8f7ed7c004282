"""USB cameras and video files through OpenCV, as grey frames. OpenCV fetches pictures here; it decodes no codes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from firmware.scanner.codes import Picture
from firmware.scanner.exposure import LIGHT_PLANS, MAX_TIME_US, Exposure, against_flicker
from firmware.scanner.planes import gray_of
from firmware.scanner.source import Frame, FrameSource, SourceError, SourceSpec

#: Values of V4L2, which OpenCV hands through: V4L2_CID_EXPOSURE_AUTO (manual, aperture priority), and the unit of
#: V4L2_CID_EXPOSURE_ABSOLUTE.
_MANUAL_EXPOSURE: Final = 1.0
_AUTO_EXPOSURE: Final = 3.0
_EXPOSURE_UNIT_US: Final = 100.0
_CAMERA_STEP: Final = "check the cable, `v4l2-ctl --list-devices` and that the user is in the group video"


def open_v4l2(spec: SourceSpec) -> CaptureSource:
    """Open a camera by its number or device. Raises SourceError when it is missing, busy or gives nothing."""
    device = Path(f"/dev/video{spec.location}" if spec.location.isdigit() else spec.location)
    if not device.exists():
        raise SourceError(f"there is no camera {device}", _CAMERA_STEP)
    capture = cv2.VideoCapture(str(device), cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{device} does not open as a camera", f"{_CAMERA_STEP}; another program may hold it")
    # Compressed pictures first: uncompressed 720p is more than USB 2 carries at a useful rate. Cameras ignore what they
    # cannot do, so nothing is checked here.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, spec.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, spec.height)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if spec.fps > 0:
        capture.set(cv2.CAP_PROP_FPS, spec.fps)
    return CaptureSource(capture, str(device))


def open_video(spec: SourceSpec) -> VideoSource:
    """Open a video file. Raises SourceError when it is missing or no video."""
    path = Path(spec.location)
    if not path.exists():
        raise SourceError(f"there is no file {path}", "check the path")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{path} does not open as a video", "use MP4, AVI, MKV or WebM")
    return VideoSource(capture, spec)


class CaptureSource(FrameSource):
    """A live camera. `read` may outlast its timeout while OpenCV waits for a dead one: the worker notices.

    Follows `plan` where the camera takes a manual exposure; one that refuses is never asked again.
    """

    def __init__(self, capture: cv2.VideoCapture, name: str) -> None:
        self._capture = capture
        self._followed = self.plan
        self._takes_exposure = True
        self._metered_us = 0.0
        self._name = name
        self._seq = 0

    def _follow(self) -> None:
        plan, before = self.plan, self._followed
        if plan == before or not self._takes_exposure:
            return
        self._followed = plan
        if plan == LIGHT_PLANS[0]:
            self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _AUTO_EXPOSURE)
            return
        if before == LIGHT_PLANS[0]:
            self._metered_us = self._capture.get(cv2.CAP_PROP_EXPOSURE) * _EXPOSURE_UNIT_US
        self._takes_exposure = self._metered_us > 0 and self._set_exposure(plan.bias_ev - LIGHT_PLANS[0].bias_ev)

    def _set_exposure(self, bias_ev: float) -> bool:
        """Whether the camera took this much more light than it metered, in whole periods of the mains."""
        # Its gain is not ours to set. Rather a stop too dark than too bright: what clips is lost, what is dark is only noisy.
        exposure = against_flicker(Exposure(round(self._metered_us), 1.0), bias_ev, MAX_TIME_US, max_gain=2.0)
        by_hand = self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL_EXPOSURE)
        if by_hand and self._capture.set(cv2.CAP_PROP_EXPOSURE, exposure.time_us / _EXPOSURE_UNIT_US):
            return True
        self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _AUTO_EXPOSURE)
        return False

    def read(self, timeout_s: float) -> Frame | None:
        self._follow()
        picture = grab(self._capture)
        if picture is None:
            raise SourceError(f"{self._name} gives no more pictures", _CAMERA_STEP)
        frame = frame_of(picture, self._seq)
        self._seq += 1
        return frame

    def close(self) -> None:
        self._capture.release()


class VideoSource(FrameSource):
    """Each frame of a video file in turn, at the file's pace or the one asked for; over again when it loops."""

    def __init__(self, capture: cv2.VideoCapture, spec: SourceSpec) -> None:
        self._capture = capture
        self._spec = spec
        rate = spec.fps or capture.get(cv2.CAP_PROP_FPS)
        self._pause_s = 1.0 / rate if 0 < rate <= 240 else 0.0
        self._due_s = time.monotonic()
        self._seq = 0
        self._ended = False

    @property
    def ended(self) -> bool:
        return self._ended

    def read(self, timeout_s: float) -> Frame | None:
        wait_s = self._due_s - time.monotonic()
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        if wait_s > 0:
            time.sleep(wait_s)
        picture = None if self._ended else self._next()
        if picture is None:
            self._ended = True
            return None
        self._due_s = max(self._due_s, time.monotonic() - 1.0) + self._pause_s
        frame = frame_of(picture, self._seq)
        self._seq += 1
        return frame

    def _next(self) -> Picture | None:
        picture = grab(self._capture)
        if picture is None and self._spec.loop and self._seq > 0:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            picture = grab(self._capture)
        return picture

    def close(self) -> None:
        self._capture.release()


def grab(capture: cv2.VideoCapture) -> Picture | None:
    """The next picture, grey or BGR; None when there is none."""
    good, picture = capture.read()
    return np.asarray(picture, dtype=np.uint8) if good and picture is not None else None


def frame_of(picture: Picture, seq: int) -> Frame:
    """The frame of a picture that came just now."""
    colour = picture if picture.ndim == 3 else None
    return Frame(gray_of(picture), seq, time.monotonic(), colour=colour)
