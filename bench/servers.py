"""A real static server on loopback for a repository: nginx with the product's own configuration, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
REPOSITORY_CONF: Final = ROOT / "fleet/nginx/repository.conf"
#: Where programs of servers are looked for, after PATH; the last is filled by scripts/test-servers.sh.
PLACES: Final = ("/usr/sbin", str(ROOT / "build/servers/usr/sbin"))
_START_S: Final = 10.0

_MAIN: Final = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    types {{ application/json json; }}
    default_type application/octet-stream;
    keepalive_timeout 5s;
    keepalive_requests 100;
    log_format costs '$uri $status $bytes_sent $body_bytes_sent $request_length';
    access_log {folder}/access.log costs;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {www};
        include {conf};
    }}
}}
"""


@dataclass(frozen=True)
class Cost:
    """One request as the server logged it: bytes with headers, both ways."""

    path: str
    status: int
    sent: int
    body: int
    received: int


@dataclass(frozen=True)
class Served:
    """A running server and its log."""

    url: str
    log: Path

    def costs(self) -> list[Cost]:
        """All requests so far, once the log has stood still."""
        before = -1
        while (size := self.log.stat().st_size) != before:
            before = size
            time.sleep(0.05)
        rows = (line.split() for line in self.log.read_text().splitlines())
        return [Cost(path, *map(int, figures)) for path, *figures in rows]


def find(program: str) -> str | None:
    """Where a server's program is, or None."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))


@contextmanager
def nginx(www: Path, folder: Path, program: str) -> Iterator[Served]:
    """Serve `www` as a fleet's server would. Raises RuntimeError with nginx's own words when it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf, log = folder / "nginx.conf", folder / "access.log"
    conf.write_text(_MAIN.format(folder=folder, port=port, www=www, conf=REPOSITORY_CONF))
    log.touch()
    command = [program, "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]  # its worker must read folders that are this user's alone
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait(process, port)
            yield Served(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    ends_s = time.monotonic() + _START_S
    while time.monotonic() < ends_s:
        if process.poll() is not None:
            raise RuntimeError(f"nginx ended: {process.stderr.read() if process.stderr else ''}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nginx did not answer in time")
