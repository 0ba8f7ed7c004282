"""Where public test data that is not in this repository lies: YANMA_VECTORS and YANMA_PICTURES name the folders."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest


def vectors(suite: str) -> list[dict[str, Any]]:
    """The vectors of one public suite. Skips the test where the suites are not at hand."""
    path = _folder("YANMA_VECTORS") / f"{suite}.json"
    if not path.is_file():
        pytest.skip(f"the suite {suite} is not in YANMA_VECTORS")
    return list(json.loads(path.read_text(encoding="utf-8"))["vectors"])


def all_suites() -> list[str]:
    return sorted(path.stem for path in _folder("YANMA_VECTORS").glob("*.json"))


def pictures() -> Path:
    return _folder("YANMA_PICTURES")


def _folder(variable: str) -> Path:
    named = os.environ.get(variable)
    if not named:
        pytest.skip(f"{variable} names no folder: this test needs public data that is not in the repository")
    return Path(named)
