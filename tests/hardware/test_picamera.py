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
from tests.hardware.terminal import ROOT, Terminal, World, wait_for
from tests.hardware.unit import UNIT, install, journal, run, shown

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


SETTINGS = """\
[camera]
source = "picamera"
[panel]
driver = "none"
[trust]
folder = "/var/lib/yanma/trust"
anchors = "/var/lib/yanma/trust/anchors"
"""
DROP_IN = f"""\
[Service]
Environment=PYTHONPATH={ROOT}/tests/hardware/virtual_camera:/opt/picamera2
"""


def test_libcamera_works_inside_the_sandbox_of_the_unit(world: World) -> None:
    """Without netlink sockets, without a network, with no devices but those of the list: libcamera reads sysfs instead."""
    cv2.imwrite(str(PICTURE), cv2.cvtColor(held_up(world.code("mark-downloaded")), cv2.COLOR_GRAY2BGR))
    install(world, SETTINGS, DROP_IN)
    began_s = time.monotonic()
    run("systemctl", "start", UNIT, check=False)
    assert shown("ActiveState") == "active", journal()
    wait_for("a verdict in the journal", lambda: "verdict GO VALID" in journal())
    print(f"\nverdict in the journal {time.monotonic() - began_s:.1f} s after `systemctl start`, systemd {systemd()}")
    assert "libcamera v0" in journal()
    assert "scanner-down" not in journal()
    run("systemctl", "stop", UNIT)
    assert shown("Result") == "success"


def systemd() -> str:
    return run("systemctl", "--version").split()[1]
