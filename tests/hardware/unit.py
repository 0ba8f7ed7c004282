"""The installed unit: this working copy in /opt/yanma, `make install` as it is, and what systemd says of the service."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.hardware.terminal import ROOT, World

UNIT = "yanma-terminal.service"
HOME = Path("/opt/yanma")
CONFIG = Path("/etc/yanma/config.toml")
#: Folders that ProtectHome hides from the unit.
HIDDEN = (Path("/root"), Path("/home"), Path("/run/user"))


#: What is added to the unit: a revision of the board, which a Pi's kernel shows in every /proc and this one does not, and
#: where the library of an interpreter is that was brought out of a home.
BOARD = "[Service]\nBindReadOnlyPaths=/run/cpuinfo:/proc/cpuinfo\nEnvironment=LD_LIBRARY_PATH=/opt/python/lib\n"


#: Where Debian's own Python has its packages.
PACKAGES = ("/usr/lib/python3/dist-packages",) if sys.prefix == "/usr" else ()


def run(*words: str | Path, check: bool = True, timeout_s: float = 90.0) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout_s, check=False)
    assert not check or done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def install(world: World, settings: str, drop_in: str = BOARD) -> None:
    """What docs/install.md says, on this board: the tree, its environment, `make install`, a configuration, trust data.

    `drop_in` is what the board adds to the unit.
    """
    _put_tree()
    _put_environment()
    added = Path("/etc/systemd/system", f"{UNIT}.d", "board.conf")
    added.parent.mkdir(parents=True)
    added.write_text(drop_in)
    run("bash", HOME / "scripts/install.sh", "")
    CONFIG.write_text(settings)
    trust = Path("/var/lib/yanma/trust")
    shutil.copytree(world.trust, trust, dirs_exist_ok=True)
    run("chown", "-R", "yanma-sync:yanma-sync", trust)


def _bind(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    run("mount", "--bind", source, target)


def _put_tree() -> None:
    HOME.mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            _bind(entry, HOME / entry.name)


def _put_environment() -> None:
    """A virtual environment in /opt/yanma with the packages of this one; an interpreter in a home is brought to /opt."""
    base = Path(sys.base_prefix)
    if any(folder in base.parents for folder in HIDDEN):
        _bind(base, Path("/opt/python"))
        base = Path("/opt/python")
    venv = HOME / ".venv"
    (venv / "bin").mkdir(parents=True)
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (venv / "pyvenv.cfg").write_text(f"home = {base / 'bin'}\ninclude-system-site-packages = false\n")
    (venv / "bin/python").symlink_to(base / "bin" / python)
    for packages in dict.fromkeys((sysconfig.get_paths()["purelib"], *PACKAGES)):
        if Path(packages).is_dir():
            _bind(Path(packages), venv / "lib" / python / "site-packages")
    program = venv / "bin/yanma"
    program.write_text(
        f"#!{venv}/bin/python\nimport sys\nsys.path.insert(0, '{HOME}')\nfrom firmware.cli import main\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    )
    program.chmod(0o755)


def shown(name: str, unit: str = UNIT) -> str:
    return run("systemctl", "show", "--value", "-p", name, unit).strip()


def main_pid() -> int:
    return int(shown("MainPID"))


def journal(unit: str = UNIT) -> str:
    return run("journalctl", "--no-pager", "-o", "cat", "-u", unit)
