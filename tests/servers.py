"""Real servers for tests, on loopback, each with a configuration of its own: from this machine, or unpacked by make servers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

_UNPACKED = Path(__file__).parents[1] / "build" / "servers"
_PLACES = ("usr/sbin", "usr/bin")
PATIENCE_S = 30


def program(name: str) -> tuple[Path, Mapping[str, str]]:
    """The program and the environment to start it with; skips the test where it is not at hand."""
    for place in _PLACES:
        unpacked = _UNPACKED / place / name
        if unpacked.is_file():
            folders = {str(found.parent) for found in _UNPACKED.rglob("*.so*")}
            return unpacked, os.environ | {"LD_LIBRARY_PATH": ":".join(sorted(folders))}
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not on this machine; `make servers` unpacks it")
    return Path(found), os.environ


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


@contextmanager
def running(name: str, *words: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server, once it takes connections, until the end of the block."""
    path, environment = program(name)
    server = subprocess.Popen(
        [path, *words], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _await(server, port)
        yield server
    finally:
        server.terminate()
        try:
            server.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            _, said = server.communicate()
            raise AssertionError(f"the server ended with {server.returncode}: {said.decode(errors='replace')[-800:]}")
        with socket.socket() as asking:
            asking.settimeout(1)
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the server took no connection in time")
