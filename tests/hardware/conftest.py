"""These tests run on the simulated board alone: `make hw` boots it and starts pytest there."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hardware.board import Board, make_board
from tests.hardware.terminal import World

#: What hw.sh says to pytest: which board this is.
BOARD = os.environ.get("YANMA_BOARD", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.hardware)
            wanted = item.get_closest_marker("board")
            board = wanted.args[0] if wanted else "plain"
            if board != BOARD:
                item.add_marker(pytest.mark.skip(reason=f"needs the simulated board ({board}): make hw"))


@pytest.fixture(scope="session")
def board() -> Iterator[Board]:
    board = make_board()
    yield board
    board.camera.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A demo office, its lists and its codes: made new, or in the folder that YANMA_WORLD names, made on the host."""
    if made := os.environ.get("YANMA_WORLD"):
        return World(Path(made))
    from issuer.cli import main

    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        assert main(["demo", str(folder / "demo")]) == 0
    return World(folder / "demo")
