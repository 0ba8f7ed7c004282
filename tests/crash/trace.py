"""What a real process asks of the kernel, written down by strace: every call that changes a file below one folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALLS = (
    "openat,open,creat,close,dup,dup2,dup3,write,pwrite64,writev,pwritev,lseek,fsync,fdatasync,rename,renameat,renameat2,"
    "unlink,unlinkat,mkdir,mkdirat,rmdir,symlink,symlinkat,link,linkat,truncate,ftruncate,fallocate,copy_file_range,sendfile"
)
_LINE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<args>.*)\) += (?P<result>-?\d+)(?: .*)?", re.DOTALL)
_UNFINISHED = re.compile(r"(?P<pid>\d+) +(?P<start>\w+\(.*) <unfinished \.\.\.>")
_RESUMED = re.compile(r"(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<rest>.*)")
_ARGUMENT = re.compile(r'"(?:\\x[0-9a-f]{2})*"|[^,]+')


@dataclass(frozen=True)
class Call:
    """One system call that succeeded. Texts and data are bytes, everything else is as strace prints it."""

    name: str
    args: tuple[bytes | str, ...]
    result: int

    def text(self, place: int) -> str:
        value = self.args[place]
        assert isinstance(value, bytes), self
        return value.decode()

    def data(self, place: int) -> bytes:
        value = self.args[place]
        assert isinstance(value, bytes), self
        return value

    def word(self, place: int) -> str:
        value = self.args[place]
        assert isinstance(value, str), self
        return value

    def number(self, place: int) -> int:
        return int(self.word(place), 0)


def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed: sudo apt-get install strace")
    try:
        subprocess.run([found, "-qq", "-o", "/dev/null", "true"], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"strace may not trace here: {error.stderr.decode().strip()}")
    return found


def record(words: list[str], to: Path) -> list[Call]:
    """Run `python words...` under strace and give its calls. It must end well."""
    command = [
        strace(),
        "-f",
        "-qq",
        "-xx",
        "-s",
        str(1 << 26),
        "-e",
        f"trace={CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(to),
    ]
    done = subprocess.run(
        [*command, sys.executable, "-B", *words], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    with to.open(encoding="ascii") as lines:
        return list(_calls(lines))


def _calls(lines: Iterator[str]) -> Iterator[Call]:
    """Those of the process itself: an act has one thread, and what it may start (a library looks for another) is not it."""
    started: dict[str, str] = {}
    own = ""
    for raw in lines:
        line = raw.rstrip("\n")
        if found := _UNFINISHED.fullmatch(line):
            started[found["pid"]] = found["start"]
            continue
        if found := _RESUMED.fullmatch(line):
            line = f"{found['pid']} {started.pop(found['pid'])}{found['rest']}"
        match = _LINE.fullmatch(line)
        if match is None:
            assert "= ?" in line or "resumed" in line or line.split()[1] in ("+++", "---"), line[:200]
            continue
        own = own or match["pid"]
        if int(match["result"]) >= 0 and match["pid"] == own:
            yield Call(match["name"], tuple(_values(match["args"])), int(match["result"]))


def _values(args: str) -> Iterator[bytes | str]:
    for found in _ARGUMENT.finditer(args):
        value = found[0].strip()
        if value.startswith('"'):
            yield bytes.fromhex(value[1:-1].replace("\\x", ""))
        elif value:
            yield value
