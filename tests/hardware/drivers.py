"""Kernel drivers of the simulated board, where they are modules: loaded by their system call, so that no kmod is needed."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_FINIT_MODULE = {"x86_64": 313, "aarch64": 273}


def load(name: str, parameters: str = "") -> None:
    """Load a driver and what it needs; nothing where it is built in. Raises OSError when the kernel refuses it."""
    folder = Path("/lib/modules", os.uname().release)
    table = folder / "modules.dep"
    for line in table.read_text().splitlines() if table.exists() else ():
        module, _, needs = line.partition(":")
        if Path(module).stem == name:
            for needed in reversed(needs.split()):
                _insert(folder / needed, "")
            _insert(folder / module, parameters)


def _insert(module: Path, parameters: str) -> None:
    if Path("/sys/module", module.stem.replace("-", "_")).exists():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    with module.open("rb") as file:
        if libc.syscall(_FINIT_MODULE[os.uname().machine], file.fileno(), parameters.encode(), 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{module.name}: {os.strerror(number)}")
