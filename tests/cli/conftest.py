"""A demo world for the commands, made once: trust data, codes as pictures, and the answers that are expected of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware import cli
from issuer import cli as issuer_cli

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@dataclass(frozen=True)
class Demo:
    """The folder that `yanma-issuer demo` made."""

    folder: Path
    at: str

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    def code(self, name: str) -> str:
        return str(self.folder / "codes" / f"{name}.png")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "world"
    state = tmp_path_factory.mktemp("office")
    assert issuer_cli.main(["demo", str(folder), "--state", str(state)]) == 0
    made = json.loads((folder / "demo.json").read_text(encoding="utf-8"))["made"]
    return Demo(folder, made)


@pytest.fixture
def yanma(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Answer]:
    """Run a command in this process, in a home of its own without any configuration."""
    for name in list(os.environ):
        if name.startswith("YANMA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    def run(*words: str | Path) -> Answer:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


def program(*words: str, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as the shell does, in a process of its own."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | variables
    command = [sys.executable, "-m", "firmware", *words]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, env=environment, timeout=60, check=False)
