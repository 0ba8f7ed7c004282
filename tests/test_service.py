"""What systemd hears, on a real datagram socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.service import MAX_STATUS_BYTES, Notifier, Service, watchdog_s


class Manager:
    """The manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@yanma-test-{os.getpid()}"
    made = Manager(address)
    yield made
    made.close()


def test_every_message_arrives_as_systemd_spells_it(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    notifier.ready()
    notifier.status("有效 137 停 3 名单3h")
    notifier.feed_watchdog()
    notifier.stopping()
    notifier.close()
    assert manager.heard() == ["READY=1", "STATUS=有效 137 停 3 名单3h", "WATCHDOG=1", "STOPPING=1"]


def test_a_status_is_sent_only_when_it_changes_and_on_one_line(manager: Manager) -> None:
    notifier = Notifier(manager.address)
    for text in ("a", "a", "b\nREADY=1", "字" * 500):
        notifier.status(text)
    notifier.close()
    first, second, third = manager.heard()
    assert (first, second) == ("STATUS=a", "STATUS=b READY=1")
    assert third == "STATUS=" + "字" * (MAX_STATUS_BYTES // 3)


def test_ready_goes_out_with_the_first_fresh_frame(manager: Manager) -> None:
    service = Service(Notifier(manager.address), watchdog_s=None)
    service.turn(1.0, None, "starting")
    assert manager.heard() == ["STATUS=starting"]
    service.turn(2.0, 1.9, "starting")
    service.turn(3.0, 2.9, "starting")
    assert manager.heard() == ["READY=1"]
    service.stopping()


def test_the_watchdog_is_fed_twice_in_its_time_while_frames_are_fresh(manager: Manager) -> None:
    service = Service(Notifier(manager.address), watchdog_s=10.0)
    for tenth in range(301):
        service.turn(tenth / 10, tenth / 10, "s")
    assert manager.heard().count("WATCHDOG=1") == 7  # at 0, 5, ... 30 s
    service.stopping()


def test_a_turning_loop_without_frames_does_not_feed_the_watchdog(manager: Manager) -> None:
    service = Service(Notifier(manager.address), watchdog_s=10.0)
    service.turn(0.0, 0.0, "s")
    manager.heard()
    for second in range(1, 60):
        service.turn(float(second), 0.0, "s")
    assert manager.heard().count("WATCHDOG=1") == 1  # the frame was still fresh at 5 s
    service.turn(60.0, 59.9, "s")
    assert manager.heard() == ["WATCHDOG=1"]
    service.stopping()


def test_without_a_manager_nothing_happens() -> None:
    service = Service.from_environment({})
    service.turn(1.0, 1.0, "s")
    service.stopping()


@pytest.mark.parametrize("address", ["", "relative/path", "vsock:2:1"])
def test_an_address_of_another_kind_is_left_alone(address: str) -> None:
    notifier = Notifier(address)
    notifier.ready()
    notifier.close()


def test_a_manager_that_went_away_disturbs_nobody(tmp_path: Path) -> None:
    manager = Manager(str(tmp_path / "notify"))
    notifier = Notifier(manager.address)
    manager.close()
    notifier.ready()
    notifier.close()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "own"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
    ids=str,
)
def test_the_watchdog_is_armed_only_for_this_process(environment: dict[str, str], expected: float | None) -> None:
    environment = {name: value.replace("own", str(os.getpid())) for name, value in environment.items()}
    assert watchdog_s(environment) == expected


def test_the_environment_of_a_unit_is_understood(manager: Manager) -> None:
    code = (
        "import os; from firmware.service import Service;"
        "s = Service.from_environment(os.environ); s.turn(1.0, 1.0, '有效 0'); s.stopping()"
    )
    environment = os.environ | {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "10000000"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=Path(__file__).parents[1])
    assert manager.heard() == ["STATUS=有效 0", "READY=1", "WATCHDOG=1", "STOPPING=1"]
