"""Asked inside the sandbox: what may this process do? One line a question on standard output, as JSON.

Stands alone: it runs in place of `yanma run` in a copy of the unit.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def tried(action: Callable[[], object]) -> str:
    """ "yes", or the name of the error."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "yes"


def write(path: str) -> Callable[[], object]:
    return lambda: Path(path).write_text("written")


def opened(path: str, flags: int = os.O_RDWR) -> Callable[[], object]:
    return lambda: os.close(os.open(path, flags))


def unshare() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) != 0:  # CLONE_NEWUSER
        raise OSError(ctypes.get_errno(), "unshare")


def call_back() -> None:
    """libffi's closures need memory that is first written and then executed, unless they are static."""
    numbers = (ctypes.c_int * 3)(3, 1, 2)
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    ctypes.CDLL(None).qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), kind(lambda one, other: one[0] - other[0]))
    if list(numbers) != [1, 2, 3]:
        raise OSError(errno.EFAULT, "a callback")


def questions(port: str) -> dict[str, Callable[[], object]]:
    return {
        "IPv4 socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
        "IPv6 socket": lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM).close(),
        "netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
        "unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close(),
        "write /etc": write("/etc/yanma/config.d/x.toml"),
        "write the program": write("/opt/yanma/firmware/x.py"),
        "write trust": write("/var/lib/yanma/trust/trust.cwt"),
        "write state": write("/var/lib/yanma/x"),
        "write runtime": write("/run/yanma/x"),
        "camera": opened("/dev/video0"),
        "I2C": opened(f"/dev/i2c-{port}"),
        "GPIO": opened("/dev/gpiochip0"),
        "kernel messages": opened("/dev/kmsg", os.O_RDONLY),
        "watchdog device": opened("/dev/watchdog"),
        "a terminal": opened("/dev/tty0"),
        "a home": lambda: tuple(Path("/root").iterdir()),
        "write and run memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
        "new namespaces": unshare,
        "callbacks": call_back,
    }


def main() -> None:
    answers = {name: tried(action) for name, action in questions(sys.argv[1]).items()}
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    answers |= {name: status[name].strip() for name in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")}
    interfaces = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
    answers["interfaces"] = " ".join(interfaces)
    answers["network devices up"] = " ".join(
        name for name in interfaces if Path("/sys/class/net", name, "operstate").exists() and name != "lo"
    )
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
