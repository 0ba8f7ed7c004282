"""For all tests: no example of a property has a deadline, because machines are shared; and lgpio, which makes a pipe in its working
directory when it is imported, makes it in a folder that is thrown away.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress

import pytest

with suppress(ImportError):  # the simulated board with a camera has no hypothesis, nor needs it
    from hypothesis import settings

    settings.register_profile("shared-machine", deadline=None)
    settings.load_profile("shared-machine")


@pytest.fixture(scope="session", autouse=True)
def lgpio_pipes() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if "LG_WD" not in os.environ:
            patch.setenv("LG_WD", folder)
        yield
