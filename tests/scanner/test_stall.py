"""Real child processes and a camera that stops giving frames: how soon the parent knows."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from firmware.model import Alive, ScannerDown, ScannerEvent
from firmware.scanner import Scanner, SourceSpec
from firmware.scanner.source import SourceKind

PATIENCE_S = 30.0

pytestmark = pytest.mark.slow

#: Stands on the child's path under the name that the source imports: gives some frames, and then what a dead camera does.
CAMERA = """
import time
from pathlib import Path
import numpy as np

class Picamera2:
    camera_controls = {{}}

    def __init__(self, number):
        self.left = 20

    def create_video_configuration(self, **options):
        return {{"main": dict(options["main"])}}

    def configure(self, configuration):
        self.main = configuration["main"] | {{"stride": configuration["main"]["size"][0]}}

    def camera_configuration(self):
        return {{"main": self.main}}

    def set_controls(self, controls):
        pass

    def start(self):
        pass

    def stop(self):
        time.sleep({stop_s})

    def close(self):
        pass

    def capture_request(self, wait=None):
        return self

    def get_result(self, timeout=None):
        self.left -= 1
        if self.left < 0:
            if self.left == -1:
                Path({told!r}).write_text(str(time.monotonic()))
            time.sleep({silent_s})
            raise TimeoutError
        time.sleep(0.02)
        return self

    def make_buffer(self, name):
        return np.zeros(320 * 240 * 3 // 2, np.uint8)

    def get_metadata(self):
        return {{}}

    def release(self):
        pass
"""


@pytest.mark.parametrize(
    ("silent_s", "stop_s"),
    [("timeout", 0), (60, 0), (60, 60)],
    ids=["it times out", "it never returns", "it cannot even be closed"],
)
def test_a_camera_that_stalls_is_told_within_three_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_s: object, stop_s: int
) -> None:
    told = tmp_path / "stalled"
    (tmp_path / "picamera2.py").write_text(CAMERA.format(silent_s=silent_s, stop_s=stop_s, told=str(told)))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])  # a spawned child is given this path
    spec = SourceSpec(SourceKind.PICAMERA, "0", width=320, height=240)
    with Scanner(spec, back_off_s=(60.0,)) as scanner:
        events: list[ScannerEvent] = []
        ends_s = time.monotonic() + PATIENCE_S
        while not any(isinstance(event, ScannerDown) for event in events) and time.monotonic() < ends_s:
            events += scanner.events(0.5)
        down_s = time.monotonic()
        down = events[-1]
        assert isinstance(down, ScannerDown)
        assert "gave no frame for 1.5 s" in down.why
        assert "check its cable" in down.why
        assert any(isinstance(event, Alive) for event in events), "it gave frames before"
        assert down_s - float(told.read_text()) < 3.0
        assert scanner.pid is None
