"""Findings, settings and versions as one zip for a report: what maintainers ask for first, and nothing about people.

It holds no ledger, no trust data, no key, no picture and no payload; the home folder's name is written as ~.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from firmware import __version__
from firmware.doctor.finding import Finding, Machine
from firmware.doctor.software import NEEDED, OPTIONAL


def write_bundle(path: Path, machine: Machine, findings: Iterable[tuple[str, Finding]]) -> None:
    """Write the zip. Raises OSError when it cannot be written."""
    versions = {"yanma": __version__, "python": platform.python_version(), "system": platform.platform()}
    versions |= {name: machine.version_of(name) or "not installed" for name in (*NEEDED, *OPTIONAL)}
    board = machine.text("proc/device-tree/model")
    parts = {
        "findings.json": [{"check": name, **_fields(finding)} for name, finding in findings],
        "settings.json": {key: {"value": value, "origin": origin} for key, value, origin in machine.loaded.items()},
        "versions.json": versions | ({"board": board} if board else {}),
    }
    home = machine.environ.get("HOME", "")
    with ZipFile(path, "w", ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            text = json.dumps(content, ensure_ascii=False, indent=1)
            bundle.writestr(name, text.replace(home, "~") if len(home) > 1 else text)


def _fields(finding: Finding) -> dict[str, Any]:
    return {"state": finding.state, "evidence": finding.evidence, "remedy": finding.remedy}
