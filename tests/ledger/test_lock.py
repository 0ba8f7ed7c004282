"""One process at a time, and never for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware.ledger.lock import locked


def test_who_holds_a_folder_keeps_the_next_one_out_and_says_where(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(TimeoutError, match=str(tmp_path)), locked(tmp_path, wait_s=0.02):
        pass
    with locked(tmp_path, wait_s=0.0):
        pass


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), locked(tmp_path):
        raise ValueError("inside")
    with locked(tmp_path, wait_s=0.0):
        pass


@pytest.mark.slow
def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from firmware.ledger.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with pytest.raises(TimeoutError), locked(tmp_path, wait_s=0.0):
        pass
    child.kill()
    child.communicate()
    with locked(tmp_path, wait_s=0.0):
        pass


def test_a_folder_that_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "none"):
        pass
