"""`make setup` when it cannot: one line that says what is wrong, one that says what to do, and nothing half made."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A working copy with what setup reads, and no environment yet."""
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def setup(copy: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(copy), "YANMA_PLATFORM": "pc", **variables}
    return subprocess.run(
        ["bash", "scripts/setup.sh"], cwd=copy, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def refused(done: subprocess.CompletedProcess[str], copy: Path) -> str:
    assert done.returncode != 0
    assert "\n  next: " in done.stderr
    assert not (copy / ".venv/.setup-stamp").exists()
    return done.stderr


def test_a_python_that_does_not_exist_is_named(copy: Path) -> None:
    assert "PYTHON=python9.9 is not" in refused(setup(copy, PYTHON="python9.9"), copy)


def test_a_python_that_is_too_old_is_named(copy: Path) -> None:
    old = program(copy / "bin", "python3.6", "exit 1\n")
    assert f"PYTHON={old} is not a Python 3.11 or later" in refused(setup(copy, PYTHON=str(old)), copy)


def test_a_full_disk_is_noticed_before_anything_is_made(copy: Path) -> None:
    program(copy / "bin", "df", "echo head; echo disk 1000 990 10240 99% /\n")
    said = refused(setup(copy, PATH=f"{copy}/bin:{os.environ['PATH']}"), copy)
    assert "only 10 MiB free here" in said
    assert not (copy / ".venv").exists()


def test_a_link_to_a_shared_environment_is_left_alone(copy: Path) -> None:
    (copy / "shared").mkdir()
    python = program(copy / "shared/bin", "python", "exit 1\n")
    (copy / ".venv").symlink_to(copy / "shared")
    assert setup(copy).returncode == 0
    assert list((copy / "shared").rglob("*")) == [copy / "shared/bin", python]


def test_a_link_to_nothing_is_named(copy: Path) -> None:
    (copy / ".venv").symlink_to(copy / "gone")
    assert ".venv is a link to nothing" in refused(setup(copy), copy)


def test_a_pi_asks_for_the_cameras_packages_of_the_system(copy: Path) -> None:
    if not Path("/usr/bin/python3").exists() or shutil.which("apt-get") is None:
        pytest.skip("no system like that of a Pi")
    program(copy / "bin", "apt-get", "echo apt-get: $* >&2; exit 1\n")
    program(copy / "bin", "apt-cache", "exit 0\n")
    program(copy / "bin", "sudo", "exit 1\n")
    said = refused(setup(copy, YANMA_PLATFORM="pi", PATH=f"{copy}/bin:{os.environ['PATH']}"), copy)
    assert "python3-picamera2" in said
