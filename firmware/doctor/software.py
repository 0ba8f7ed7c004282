"""Checks of what is installed: Python, packages, libraries, fonts."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from firmware.doctor.finding import Finding, Machine, fail, ok, skip, warn

OLDEST_PYTHON: Final = (3, 11)
#: Where the lock lies: on a device, then in a source tree.
LOCK_FILES: Final = (Path("/usr/share/yanma/lock.txt"), Path(__file__).parents[2] / "requirements" / "lock.txt")
#: What the device runs on; the rest of the lock is for development. Wanted by no setting: always needed.
NEEDED: Final = ("cryptography", "numpy", "opencv-python-headless", "pillow", "zxing-cpp")
#: Missing ones cost a feature, not the terminal.
OPTIONAL: Final = ("gpiozero", "luma.oled", "pypdfium2", "pyzbar")
_WORD_ON_EVERY_SCREEN: Final = "有"
_LOCK_LINE: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;[^\\]*)?", re.MULTILINE)


def python(machine: Machine, version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    shown = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        return fail(f"Python {shown}", "install Python 3.11 or newer (Debian 12 has it)")
    return ok(f"Python {shown}")


def packages(machine: Machine, lock_files: tuple[Path, ...] = LOCK_FILES) -> Finding:
    """Installed versions against the lock. A package may be locked in several versions, for several Pythons."""
    missing = [name for name in NEEDED if machine.version_of(name) is None]
    if missing:
        return fail(f"not installed: {', '.join(missing)}", "make setup, or install the package yanma again")
    absent = [name for name in OPTIONAL if machine.version_of(name) is None]
    if absent:
        return warn(f"not installed: {', '.join(absent)}", "make setup; without them their devices cannot be used")
    lock = next((path for path in lock_files if path.is_file()), None)
    if lock is None:
        return skip(f"all {len(NEEDED) + len(OPTIONAL)} packages are there; no lock to compare them with")
    locked = _locked(lock.read_text(encoding="utf-8"))
    others = []
    for name in (*NEEDED, *OPTIONAL):
        found, wanted = machine.version_of(name), locked.get(_plain(name), set())
        if wanted and found not in wanted:
            others.append(f"{name} {found}, locked {' or '.join(sorted(wanted))}")
    if others:
        return warn("; ".join(others), "make setup, or on a device: apt full-upgrade")
    return ok(f"{len(NEEDED) + len(OPTIONAL)} packages as locked")


def second_reader(machine: Machine) -> Finding:
    from firmware.scanner.zbar import why_missing

    why = why_missing()
    if why is not None:
        return warn(why, "apt install libzbar0; until then no second decoder confirms a bad signature")
    return ok("pyzbar and libzbar work")


def signatures(machine: Machine) -> Finding:
    """The known-answer test of every algorithm: SM2 needs the system's libcrypto 3."""
    from firmware.verify.algorithms import ALGORITHMS
    from firmware.verify.algorithms.base import UnavailableError

    broken = []
    algorithms = list(dict.fromkeys(ALGORITHMS.values()))
    for algorithm in algorithms:
        try:
            algorithm.self_test()
        except UnavailableError as error:
            broken.append(f"{algorithm.name}: {error}")
    if broken:
        return fail("; ".join(broken), "apt install libssl3; credentials of these algorithms give UNSURE until then")
    return ok("known answers hold: " + ", ".join(algorithm.name for algorithm in algorithms))


def fonts(machine: Machine) -> Finding:
    from firmware.display import fonts as baked

    sizes = [baked.small(), baked.detail(), *map(baked.headline, baked.HAN_SIZES)]
    empty = [font for font in sizes if _WORD_ON_EVERY_SCREEN not in font]
    if empty:
        return fail(f"{len(empty)} of {len(sizes)} baked fonts lack Chinese", "install the package yanma again")
    return ok(f"{len(sizes)} baked fonts with Chinese load")


def _locked(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _LOCK_LINE.finditer(text):
        found.setdefault(_plain(match[1]), set()).add(match[2])
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
