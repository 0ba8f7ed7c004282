"""The door of the child process: kept apart and light, because the parent imports it to name what shall run."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from firmware.scanner.source import SourceSpec

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
#: Read by the libraries when they are loaded; OpenCV has only a call, which worker.py makes.
_THREADS_OF: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Work:
    """What the child is to do: plain values, handed over at its start."""

    spec: SourceSpec
    parent_pid: int
    formats: tuple[str, ...]
    photo_key: bytes | None = None  # the insurer's, to seal the frames of reads to; None: none is kept


def main(work: Work, pipe: Connection, asks: socket.socket | None = None, photos: socket.socket | None = None) -> None:
    """Play the source until it ends, SIGTERM comes, or the parent is gone; SIGINT is the parent's to decide on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(work.parent_pid)
    one_thread()
    from firmware.scanner.worker import play  # here, not above: it loads the picture libraries

    sys.exit(play(work, pipe, asks, photos))


def one_thread() -> None:
    """Have numpy calculate in the thread that asks; only before it is imported.

    The second chance solves thousands of tiny systems of equations: waking helpers for each of them costs up to twenty
    times what they save.
    """
    for name in _THREADS_OF:
        os.environ.setdefault(name, "1")


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process with the thread that started it, and see whether that happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit(0)
