"""The hardened unit under systemd as process 1: it starts, sees, is bitten when it stops seeing, and stays in its box."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from firmware.commissioning.words import banner_lines
from firmware.config_schema import Gate, Page, Pins
from firmware.display.screens import draw_lines
from tests.hardware.board import Board, Watcher, any_of, blocks
from tests.hardware.camera import held_up, nothing
from tests.hardware.terminal import ROOT, World, wait_for
from tests.hardware.unit import CONFIG, UNIT, install, journal, main_pid, run, shown

pytestmark = pytest.mark.board("systemd")
PINS = Pins()
VERDICT_HOLD_S = 3.0 + 1
SETTLE_S = Gate().settle_s

SETTINGS = """\
[terminal]
profile = "gate"
[camera]
source = "/dev/video0"
fps = 10
[panel]
driver = "ssd1306"
port = {port}
[pins]
factory = "lgpio"
[verdict]
hold_s = 3.0
[gate]
mode = "closed"
pulse_ms = 2000  # long enough to be killed in
[trust]
folder = "/var/lib/yanma/trust"
anchors = "/var/lib/yanma/trust/anchors"
[page]
enabled = true
[scanner]
give_up_s = 600.0  # so that the watchdog, and not the terminal itself, ends a run without frames
"""


@pytest.fixture(scope="module")
def watcher(board: Board) -> Iterator[Watcher]:
    watcher = Watcher(board.header, (PINS.relay or 26,))
    yield watcher
    watcher.close()


@pytest.fixture(scope="module", autouse=True)
def started(board: Board, world: World) -> None:
    board.camera.show(nothing())
    install(world, SETTINGS.format(port=board.oled.port))
    began_s = time.monotonic()
    run("systemctl", "start", UNIT, check=False)  # Type=notify: comes back when READY=1 was said
    assert shown("ActiveState") == "active", journal()
    print(f"\nREADY {time.monotonic() - began_s:.1f} s after `systemctl start`")


def test_ready_is_said_when_frames_come_and_the_status_is_in_words() -> None:
    assert shown("ActiveState") == "active"
    assert shown("WatchdogUSec") == "10s"
    status = shown("StatusText")
    print("\nstatus:", status)
    assert re.match(r"有效 0 停 0 名单\d+h", status)


def wait_until_the_relay_may_move() -> None:
    started_s = int(shown("ExecMainStartTimestampMonotonic")) / 1e6
    time.sleep(max(0.0, started_s + SETTLE_S + 1 - time.monotonic()))


def test_the_service_gives_verdicts_and_moves_the_relay(board: Board, watcher: Watcher, world: World) -> None:
    wait_until_the_relay_may_move()
    board.camera.show(held_up(world.code("mark-downloaded")))
    wait_for("a verdict in the journal", lambda: "verdict GO VALID" in journal())
    wait_for("a pulse of the relay", lambda: len(watcher.pulses_ms[PINS.relay or 26]) == 1)
    board.camera.show(nothing())
    print("\n" + "\n".join(line for line in journal().splitlines() if "verdict" in line or "gate-" in line))
    for word in ("京", "A1", "payload"):
        assert word not in journal(), "the journal names nobody"


def test_the_running_process_has_no_power_and_no_network() -> None:
    status = Path(f"/proc/{main_pid()}/status").read_text()
    for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in status
    devices = Path(f"/proc/{main_pid()}/net/dev").read_text().splitlines()[2:]
    assert [device.split(":")[0].strip() for device in devices] == ["lo"]


#: What the sandbox must answer. Where two errors are given, one comes from the file system and one from its owner's rights.
REFUSED = {
    "IPv4 socket": ("EAFNOSUPPORT", "EPERM"),
    "IPv6 socket": ("EAFNOSUPPORT", "EPERM"),
    "netlink socket": ("EAFNOSUPPORT", "EPERM"),
    "write /etc": ("EROFS", "EACCES"),
    "write the program": ("EROFS", "EACCES"),
    "write trust": ("EROFS", "EACCES"),
    "kernel messages": ("EPERM", "EACCES", "ENOENT"),
    "watchdog device": ("EPERM", "EACCES", "ENOENT"),
    "a terminal": ("EPERM", "EACCES"),
    "a home": ("EACCES", "ENOENT"),
    "write and run memory": ("EPERM",),
    "new namespaces": ("EPERM",),
}
ALLOWED = ("unix socket", "write state", "write runtime", "camera", "I2C", "GPIO", "callbacks")


def test_the_sandbox_answers_from_inside(board: Board) -> None:
    """The same unit with a probe in place of the program: whatever a bug in the terminal could try, the kernel refuses."""
    run("systemctl", "stop", UNIT)  # the GPIO lines and the runtime folder are one process's at a time
    unit = Path("/etc/systemd/system", UNIT).read_text()
    program = f"/opt/yanma/.venv/bin/python /opt/yanma/tests/hardware/probe.py {board.oled.port}"
    unit = re.sub(r"^ExecStart=.*$", f"ExecStart={program}", unit, flags=re.M)
    unit = re.sub(r"^(Type|WatchdogSec|Restart|NotifyAccess|ExecStopPost)=.*\n", "", unit, flags=re.M)
    Path("/run/systemd/system/yanma-probe.service").write_text(unit.replace("[Service]", "[Service]\nType=oneshot", 1))
    run("systemctl", "daemon-reload")
    run("systemctl", "start", "yanma-probe.service")
    answers = json.loads(journal("yanma-probe.service").splitlines()[-1])
    run("systemctl", "start", UNIT)
    print("\n" + "\n".join(f"  {name}: {answer}" for name, answer in answers.items()))
    assert {name: answers[name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "yes")
    assert {name: answers[name] for name in REFUSED if answers[name] not in REFUSED[name]} == {}
    assert (answers["CapEff"], answers["CapBnd"]) == ("0" * 16, "0" * 16)
    assert (answers["NoNewPrivs"], answers["Seccomp"], answers["interfaces"]) == ("1", "2", "lo")


def test_a_silent_camera_ends_in_the_watchdogs_bite_and_a_new_start(board: Board) -> None:
    before, restarts = main_pid(), int(shown("NRestarts"))
    board.camera.freeze()
    began_s = time.monotonic()
    wait_for("the watchdog's bite", lambda: "Watchdog timeout" in journal() or "watchdog" in shown("Result"), 30)
    bitten_s = time.monotonic() - began_s
    board.camera.go_on()
    wait_for("a new start", lambda: shown("ActiveState") == "active" and main_pid() not in (0, before), 60)
    print(
        f"\nbitten {bitten_s:.1f} s after the last frame; READY again {time.monotonic() - began_s - bitten_s:.1f} s later"
    )
    assert int(shown("NRestarts")) == restarts + 1
    assert not Path(f"/proc/{before}").exists()


def ask_page(path: str, cookie: str = "", fields: object = None) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", Page().port, timeout=10)
    headers = {"Origin": f"http://127.0.0.1:{Page().port}", "Cookie": cookie}
    connection.request(
        "GET" if fields is None else "POST", path, None if fields is None else json.dumps(fields), headers
    )
    response = connection.getresponse()
    try:
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_the_page_shows_the_camera_to_who_reads_the_code_on_the_screen(board: Board, world: World) -> None:
    """Two units, two users: the page's process asks the terminal's over the socket in their one folder."""
    run("systemctl", "start", "yanma-web.service")
    board.camera.show(held_up(world.code("mark-expired")))
    wait_for("the page", lambda: "active" in shown("ActiveState", "yanma-web.service") and listens(Page().port))
    wait_for("a fresh status", lambda: json.loads(ask_page("/api/status")[2])["fresh"])
    assert ask_page("/api/preview")[0] == 401
    code = run("/opt/yanma/.venv/bin/yanma", "web", "open").split()[-1]
    time.sleep(VERDICT_HOLD_S)
    wait_for("the banner", lambda: any_of(banners(code), board.oled.seen()))
    print(f"\n{blocks(board.oled.seen())}")
    status, headers, _ = ask_page("/api/login", fields={"code": code})
    assert status == 200
    cookie = headers["Set-Cookie"].partition(";")[0]
    status, headers, jpeg = ask_page("/api/preview", cookie)
    assert (status, jpeg[:2]) == (200, b"\xff\xd8")
    print(f"preview of {len(jpeg)} bytes, focus {headers['X-Focus']}")
    assert int(headers["X-Focus"]) > 30
    assert ask_page("/api/relay", cookie, {})[0] == 404
    process = Path(f"/proc/{shown('MainPID', 'yanma-web.service')}")
    for line in ("CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in (process / "status").read_text()
    assert not (process / "root/dev/gpiochip0").exists()
    assert not (process / "root/dev/video0").exists()
    run("systemctl", "stop", "yanma-web.service")
    board.camera.show(nothing())


def banners(code: str) -> list[Image.Image]:
    return [draw_lines(banner_lines("zh", code, 60.0 * minutes, preview=True)) for minutes in (9, 10)]


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_terminal_killed_in_the_middle_of_a_pulse_leaves_no_relay_drawn(
    board: Board, watcher: Watcher, world: World
) -> None:
    """With a pull up, the line stays high when its program is gone, as on a Pi whose kernel keeps outputs."""
    relay, late = PINS.relay or 26, Path("/run/systemd/system", f"{UNIT}.d", "late.conf")
    late.parent.mkdir(parents=True, exist_ok=True)
    late.write_text("[Service]\nRestartSec=30\n")  # so that it is not the new start that lowers the line
    run("systemctl", "daemon-reload")
    wait_until_the_relay_may_move()
    board.header.pull(relay, up=True)
    watcher.clear()
    board.camera.show(held_up(world.code("mark-exempt")))
    wait_for("the relay is drawn", lambda: board.header.high(relay))
    os.kill(main_pid(), signal.SIGKILL)
    began_s = time.monotonic()
    wait_for("the relay fell", lambda: watcher.pulses_ms[relay] != [])
    print(
        f"\nkilled; the relay had been drawn for {watcher.pulses_ms[relay]} ms, and a new start is {shown('SubState')}"
    )
    assert "off: relay" in journal()
    assert shown("ActiveState") != "active"
    board.header.pull(relay, up=False)
    board.camera.show(nothing())
    late.unlink()
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", UNIT)
    print(f"a new start, {time.monotonic() - began_s:.1f} s after the kill")


def test_stopping_leaves_the_relay_low_and_takes_no_time(board: Board) -> None:
    began_s = time.monotonic()
    run("systemctl", "stop", UNIT)
    print(f"\nstopped in {time.monotonic() - began_s:.1f} s")
    assert not board.header.high(PINS.relay or 26)
    assert shown("Result") == "success"


def test_a_wrong_configuration_is_told_and_not_tried_again() -> None:
    CONFIG.write_text(CONFIG.read_text().replace('profile = "gate"', 'profile = "butcher"'))
    run("systemctl", "start", UNIT, check=False)
    wait_for("the end of that start", lambda: shown("ActiveState") == "failed")
    assert shown("ExecMainStatus") == "78"
    time.sleep(2)
    assert shown("ActiveState") == "failed", "RestartPreventExitStatus=78"
    assert "butcher" in journal()
    assert (ROOT / "systemd" / UNIT).read_text() == Path("/etc/systemd/system", UNIT).read_text()
