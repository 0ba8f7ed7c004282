"""Where states are tried: in memory if there is a folder for that, as thousands of them are written, synced and removed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.enumeration import quick_place


@pytest.fixture
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="yanma-crash-", dir=quick_place()) as folder:
        yield Path(folder)
