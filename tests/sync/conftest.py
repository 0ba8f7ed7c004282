"""A publisher with a first repository, a server for it and a terminal that knows its first root."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.mirror import Office, Stage, Terminal, serving


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    office = Office(tmp_path / "office")
    office.publish()
    with serving(office.www) as mirror:
        yield Stage(office, mirror, Terminal(tmp_path / "terminal", office.root))
