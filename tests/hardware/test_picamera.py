"""Real picamera2 on real libcamera gives the daemon its frames: libcamera's virtual camera shows a picture of a code.

Four helps make that camera acceptable to picamera2 (virtual_camera/); how frames are asked for and handed over is untouched.
What a sensor adds (exposure, autofocus, a Pi's own formats) is not here.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import cv2
import pytest

from tests.hardware.camera import held_up
from tests.hardware.terminal import Terminal, World

pytestmark = pytest.mark.board("camera")
PICTURE = Path("/run/held-up.jpg")
CAMERAS = Path("/usr/share/libcamera/pipeline/virtual/virtual.yaml")


@pytest.fixture(scope="module", autouse=True)
def virtual_camera() -> None:
    CAMERAS.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).parent / "virtual_camera/virtual.yaml", CAMERAS)


@pytest.mark.parametrize(("code", "reason"), [("mark-downloaded", "VALID"), ("mark-expired", "EXPIRED")])
def test_a_code_before_the_camera_is_judged(code: str, reason: str, world: World, tmp_path: Path) -> None:
    cv2.imwrite(str(PICTURE), cv2.cvtColor(held_up(world.code(code)), cv2.COLOR_GRAY2BGR))
    began_s = time.monotonic()
    terminal = Terminal(tmp_path, world, "--source", "picamera", "--panel", "none", "--pins", "none")
    told = terminal.wait_for_verdict(reason)
    print(f"\n{code}: {told['family']} {reason}, {time.monotonic() - began_s:.1f} s after the start of the terminal")
    assert terminal.stop() == 0, terminal.said()
    assert terminal.told("scanner-down") == []
    assert "libcamera v0" in terminal.said(), "it was libcamera that looked"
