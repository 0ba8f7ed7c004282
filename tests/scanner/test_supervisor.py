"""Real child processes: what becomes of a scanner whose child dies, hangs, ends, or loses its parent."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from firmware.model import Alive, Scan, ScannerDown, ScannerEvent, SceneShown, SourceEnded
from firmware.scanner import Scanner, SourceSpec, parse_source
from firmware.scanner.source import SourceKind
from tests.scanner.conftest import draw_qr

Story = Callable[..., Path]
PATIENCE_S = 30.0

pytestmark = pytest.mark.slow


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for text in ("ONE", "TWO", "THREE"):
        cv2.imwrite(str(folder / f"{len(text)}-{text}.png"), draw_qr(text))
    return folder


@pytest.fixture
def looping(pictures: Path) -> SourceSpec:
    return SourceSpec(SourceKind.FOLDER, str(pictures), fps=50.0, loop=True)


def until(scanner: Scanner, kind: type[ScannerEvent], *, at_most_s: float = PATIENCE_S) -> list[ScannerEvent]:
    """All events up to the first of this kind."""
    events: list[ScannerEvent] = []
    ends_s = time.monotonic() + at_most_s
    while time.monotonic() < ends_s:
        events += scanner.events(0.5)
        if any(isinstance(event, kind) for event in events):
            return events
    raise AssertionError(f"no {kind.__name__} in {at_most_s} s, but {events}")


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pid: int, at_most_s: float = 10.0) -> bool:
    ends_s = time.monotonic() + at_most_s
    while runs(pid) and time.monotonic() < ends_s:
        time.sleep(0.05)
    return not runs(pid)


def test_a_folder_is_read_to_its_end_in_order_and_nothing_is_left(pictures: Path) -> None:
    with Scanner(SourceSpec(SourceKind.FOLDER, str(pictures), fps=50.0)) as scanner:
        pid = scanner.pid
        events = until(scanner, SourceEnded)
        assert [event.payload for event in events if isinstance(event, Scan)] == [b"ONE", b"TWO", b"THREE"]
        assert events[-1] == SourceEnded(3)
        assert scanner.ended
        assert scanner.pid is None
        assert scanner.events(0.0) == []
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists(), "no zombie"


def test_no_scan_of_a_file_is_lost_while_the_parent_is_busy(tmp_path: Path) -> None:
    for number in range(40):
        cv2.imwrite(str(tmp_path / f"{number}.png"), draw_qr(f"{number:04}" + "X" * 2500, scale=3, error="l"))
    with Scanner(SourceSpec(SourceKind.FOLDER, str(tmp_path), fps=200.0)) as scanner:
        until(scanner, Alive)
        time.sleep(2.0)
        events = [*until(scanner, SourceEnded)]
    numbers = [int(event.payload[:4]) for event in events if isinstance(event, Scan)]
    assert numbers == list(range(numbers[0], 40))


def test_a_heartbeat_tells_frames_and_the_time_of_each_stage(looping: SourceSpec) -> None:
    with Scanner(looping) as scanner:
        until(scanner, Alive)
        began_s = time.monotonic()
        alive = [event for event in until(scanner, Alive) if isinstance(event, Alive)][-1]
        assert alive.frames > 0
        assert abs(time.monotonic() - alive.newest_frame_s) < 5.0
        assert {stage for stage, _ in alive.stage_ms} >= {"capture", "decode"}
        assert time.monotonic() - began_s < 5.0


def test_a_killed_child_is_replaced_and_reads_again(looping: SourceSpec) -> None:
    with Scanner(looping, back_off_s=(0.1,)) as scanner:
        until(scanner, Scan)
        first = scanner.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        down = until(scanner, ScannerDown)[-1]
        assert isinstance(down, ScannerDown)
        assert "signal 9" in down.why
        assert down.restarts == 1
        until(scanner, Scan)
        assert scanner.pid not in (None, first)


def test_a_child_that_hangs_at_a_frame_is_killed_and_replaced_within_its_deadline(looping: SourceSpec) -> None:
    with Scanner(looping, deadline_s=1.0, back_off_s=(0.1,)) as scanner:
        until(scanner, Alive)
        hung = scanner.pid
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)  # a stopped process answers no SIGTERM, as one stuck in a library does not
        began_s = time.monotonic()
        down = until(scanner, ScannerDown)[-1]
        assert time.monotonic() - began_s < 4.0
        assert isinstance(down, ScannerDown)
        assert "no heartbeat for 1 s" in down.why
        assert not runs(hung)
        until(scanner, Scan)


def test_a_source_that_never_opens_is_given_up_within_the_start_deadline(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.avi")  # opening it waits for a writer, for ever
    with Scanner(parse_source(f"video:{tmp_path / 'film.avi'}"), start_deadline_s=2.0) as scanner:
        hung = scanner.pid
        assert hung is not None
        began_s = time.monotonic()
        down = until(scanner, ScannerDown)[-1]
        assert 1.5 < time.monotonic() - began_s < 6.0
        assert isinstance(down, ScannerDown)
        assert not runs(hung)


def test_a_missing_source_says_what_to_do_and_is_tried_again_with_growing_pauses(
    tmp_path: Path, pictures: Path
) -> None:
    late = tmp_path / "late"
    spec = SourceSpec(SourceKind.FOLDER, str(late), fps=50.0)
    with Scanner(spec, back_off_s=(0.2, 0.4)) as scanner:
        downs = []
        for _ in range(2):
            down = until(scanner, ScannerDown)[-1]
            assert isinstance(down, ScannerDown)
            downs.append(down)
        assert "there is no folder" in downs[0].why
        assert "check the path" in downs[0].why
        assert [down.restarts for down in downs] == [1, 2]
        pictures.rename(late)
        events = until(scanner, SourceEnded)
        assert [event.payload for event in events if isinstance(event, Scan)] == [b"ONE", b"TWO", b"THREE"]


def test_an_interrupt_of_the_terminal_does_not_reach_the_child(looping: SourceSpec) -> None:
    with Scanner(looping) as scanner:
        pid = scanner.pid
        assert pid is not None
        os.kill(pid, signal.SIGINT)  # while it still starts
        until(scanner, Alive)
        os.kill(pid, signal.SIGINT)
        until(scanner, Alive)
        until(scanner, Alive)
        assert scanner.pid == pid


def test_restarts_leave_no_process_and_no_descriptor(looping: SourceSpec) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with Scanner(looping, back_off_s=(0.0,)) as scanner:
        until(scanner, Alive)
        before = descriptors()
        pids = []
        for _ in range(6):
            assert scanner.pid is not None
            pids.append(scanner.pid)
            os.kill(scanner.pid, signal.SIGKILL)
            until(scanner, ScannerDown)
            until(scanner, Alive)
        assert descriptors() == before
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_child_that_cannot_be_started_is_told_and_tried_again(looping: SourceSpec) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Scanner(looping, back_off_s=(0.2,)) as scanner:
        until(scanner, Alive)
        assert scanner.pid is not None
        os.kill(scanner.pid, signal.SIGKILL)
        until(scanner, ScannerDown)
        lowest_free = os.open("/dev/null", os.O_RDONLY)
        os.close(lowest_free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
        try:
            down = until(scanner, ScannerDown)[-1]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert isinstance(down, ScannerDown)
        assert "cannot be started" in down.why
        until(scanner, Scan)


def test_closing_twice_and_starting_twice_do_no_harm(looping: SourceSpec) -> None:
    scanner = Scanner(looping)
    scanner.start()
    pid = scanner.pid
    scanner.start()
    assert scanner.pid == pid
    scanner.close()
    scanner.close()
    assert pid is not None
    assert not runs(pid)
    assert scanner.events(0.0) == []


def test_a_played_story_reaches_the_parent_with_its_captions(story: Story) -> None:
    folder = story(("JZ1:FIRST", "phone", 3.0, "第一幕"), ("JZ1:SECOND", "paper", 3.0, "第二幕"))
    spec = replace(parse_source(f"scenes:{folder}"), loop=False)
    with Scanner(spec) as scanner:
        events = until(scanner, SourceEnded)
    assert [event.caption for event in events if isinstance(event, SceneShown)] == ["第一幕", "第二幕"]
    scans = [(event.payload, event.reads) for event in events if isinstance(event, Scan)]
    assert scans == [(b"JZ1:FIRST", 1), (b"JZ1:FIRST", 2), (b"JZ1:SECOND", 1), (b"JZ1:SECOND", 2)]


PARENT = """
import sys, time
from firmware.scanner import Scanner, SourceSpec
from firmware.scanner.source import SourceKind
if __name__ == "__main__":
    scanner = Scanner(SourceSpec(SourceKind.FOLDER, sys.argv[1], fps=50.0, loop=True))
    scanner.start()
    while not scanner.events(1.0):
        pass
    print(scanner.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path, pictures: Path) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script), str(pictures)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_parent_that_ends_leaves_no_child(parent: subprocess.Popen[str], how: signal.Signals) -> None:
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert runs(child)
    parent.send_signal(how)
    parent.wait(10.0)
    assert wait_until_gone(child)


def test_the_child_calculates_in_one_thread() -> None:
    program = (
        "from firmware.scanner.child import one_thread; one_thread(); import os, sys\n"
        "assert 'numpy' not in sys.modules, 'too late'\n"
        "import numpy, cv2\n"
        "(numpy.ones((600, 600)) @ numpy.ones((600, 600))).sum()\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    ran = subprocess.run([sys.executable, "-c", program], env=bare, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "1"
