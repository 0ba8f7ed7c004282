"""`yanma version`: what to quote in a report."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata
from typing import Final

from firmware import __version__
from firmware.commands.output import say, say_json
from firmware.refusal import ExitCode

PACKAGES: Final = ("cryptography", "numpy", "opencv-python-headless", "zxing-cpp", "pyzbar", "luma.oled", "gpiozero")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def main(args: argparse.Namespace) -> int:
    versions = {"yanma": __version__, "python": platform.python_version(), "machine": platform.machine()}
    versions.update((name, installed_version(name) or "not installed") for name in PACKAGES)
    if getattr(args, "json", False):
        say_json(versions)
    else:
        say(f"yanma {__version__}")
        for name, version in list(versions.items())[1:]:
            say(f"  {name:24}{version}")
    return ExitCode.OK


def installed_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
