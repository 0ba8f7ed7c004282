"""For all tests: lgpio makes a pipe in its working directory when it is imported; it goes into a folder that is thrown away."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def lgpio_pipes() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if "LG_WD" not in os.environ:
            patch.setenv("LG_WD", folder)
        yield
