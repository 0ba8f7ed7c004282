"""Downloads that are cut: whatever byte the connection ends at, the next visit asks for the rest alone, and nothing half counts."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.model import Moment
from firmware.sync.fetch import Trouble
from firmware.sync.judged import Judged
from firmware.sync.keeping import MemoryKeeper
from firmware.sync.rounds import Fetched, NoMirrorError, Round, one_round
from firmware.sync.web import WebSource
from tests.sync.mirror import HURRY, Handler, Stage, bundle_of
from tests.world import NOW

LONG = 150_000


def with_a_long_list(stage: Stage) -> bytes:
    data = random.Random(1).randbytes(LONG)
    (stage.office.bundle / "status/12.cwt").write_bytes(data)
    stage.office.publish()
    return data


class Wire:
    """Counts the bytes that the server wrote on all connections together, and ends the connection at one of them."""

    def __init__(self, ends_at: int | None = None) -> None:
        self.ends_at = ends_at
        self.written = 0

    def allow(self, data: bytes) -> tuple[bytes, bool]:
        """The part that may still be written, and whether the connection ends with it."""
        left = len(data) if self.ends_at is None else max(0, self.ends_at - self.written)
        self.written += min(left, len(data))
        ends = self.ends_at is not None and self.written >= self.ends_at
        if ends:
            self.ends_at = None
        return data[:left], ends


@pytest.fixture
def wired(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[Stage, Wire]:
    """The stage, with a wire between the server and everybody."""
    wire = Wire()
    setup = Handler.setup

    def cut_setup(handler: Handler) -> None:
        setup(handler)
        write = handler.wfile.write

        def cut(data: bytes) -> int:
            part, ends = wire.allow(bytes(data))
            write(part)
            if ends:
                handler.close_connection = True
                raise BrokenPipeError
            return len(data)

        monkeypatch.setattr(handler.wfile, "write", cut, raising=False)

    monkeypatch.setattr(Handler, "setup", cut_setup)
    return stage, wire


class Bare:
    """A terminal without a disk for its metadata: many of them are made."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        judged = Judged(Moment.exactly(NOW))
        self.url = stage.mirror.url
        self.work = Round(
            stage.office.root, MemoryKeeper(), folder / "parts", folder / "incoming", judged, lambda *_: None
        )

    def fetch(self) -> Fetched:
        web = WebSource(self.url, replace(HURRY, attempts=1), ends_s=time.monotonic() + 20, pause=lambda _: None)
        return one_round(self.work, [web])

    @property
    def bundle(self) -> dict[str, bytes]:
        folder = self.work.incoming / "current"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.cwt")}


def boundaries(folder: Path, stage: Stage, wire: Wire) -> list[int]:
    """The offsets in the stream of a whole first round at which one write of the server ends and the next begins."""
    found: list[int] = []
    allow = wire.allow

    def note(data: bytes) -> tuple[bytes, bool]:
        found.append(wire.written)
        return allow(data)

    wire.allow = note  # type: ignore[method-assign]
    Bare(folder, stage).fetch()
    wire.allow = allow  # type: ignore[method-assign]
    return [*found, wire.written]


@pytest.mark.slow
def test_a_round_that_is_cut_at_any_byte_leaves_nothing_half_and_the_next_one_brings_all(
    wired: tuple[Stage, Wire], tmp_path: Path
) -> None:
    """Every boundary of the stream with the bytes beside it, and a sample between."""
    stage, wire = wired
    edges = boundaries(tmp_path / "first", stage, wire)
    total = edges[-1]
    chosen = {edge + step for edge in edges for step in (-1, 0, 1)} | set(range(0, total, 131))
    expected = bundle_of(stage.office)
    faults: list[tuple[int, Trouble, dict[str, bytes]]] = []
    for number, offset in enumerate(sorted(place for place in chosen if 0 < place < total)):
        wire.written, wire.ends_at = 0, offset
        terminal = Bare(tmp_path / f"cut-{number}", stage)
        try:
            terminal.fetch()
        except NoMirrorError as error:
            faults.append((offset, error.trouble, terminal.bundle))
        wire.ends_at = None
        terminal.fetch()
        assert terminal.bundle == expected, offset
    assert len(faults) > 80
    assert [fault for fault in faults if fault[1] not in (Trouble.OFFLINE, Trouble.SLOW) or fault[2] != {}] == []


@pytest.mark.parametrize("ends_at", [1, 4095, 4096, 4097, 65535, 65536, 65537, LONG // 2, LONG - 1])
def test_the_next_visit_asks_only_for_what_is_missing(stage: Stage, ends_at: int) -> None:
    data = with_a_long_list(stage)
    stage.mirror.tricks["12.cwt"] = lambda handler, body: handler.answer(200, body, ends_at)
    once = replace(stage.terminal.plan.limits, attempts=1)
    came = stage.visit(plan={"limits": once})
    assert came.last.trouble is Trouble.OFFLINE
    assert stage.terminal.bundle == {}
    stage.mirror.tricks.clear()
    stage.mirror.asked.clear()
    assert stage.visit().fetched
    files = [asked for asked in stage.mirror.asked if asked.path.startswith("targets/")]
    [rest] = [asked for asked in files if asked.path.endswith("12.cwt")]
    assert (rest.range, rest.status, rest.sent) == (f"bytes={ends_at}-", 206, LONG - ends_at)
    assert all(asked.path.endswith("11.cwt") or asked is rest for asked in files)  # what came before is not asked for
    assert [asked.path for asked in stage.mirror.asked if "snapshot" in asked.path] == []
    assert stage.terminal.bundle["status/12.cwt"] == data


def test_a_connection_that_breaks_again_and_again_goes_on_from_where_it_was(stage: Stage) -> None:
    with_a_long_list(stage)

    def breaks(handler: Handler, data: bytes) -> None:
        if handler.asked.range is None:
            handler.answer(200, data, 9_000)
        else:
            handler.answer_part(data, 9_000)

    stage.mirror.tricks["12.cwt"] = breaks
    came = stage.visit()
    assert came.fetched is not None
    assert sum(asked.sent for asked in stage.mirror.asked if asked.path.endswith("12.cwt")) == LONG


def test_a_server_that_ignores_ranges_is_taken_from_the_beginning(stage: Stage) -> None:
    data = with_a_long_list(stage)
    stage.mirror.tricks["12.cwt"] = lambda handler, body: handler.answer(
        200, body, 50_000 if handler.asked.range is None else None
    )
    assert stage.visit().fetched
    assert stage.terminal.bundle["status/12.cwt"] == data


@pytest.mark.parametrize(
    "left_behind", [b"\0" * 1000, b"\0" * LONG, b"x" * (LONG + 1)], ids=["torn", "zeros", "too long"]
)
def test_a_part_that_a_power_cut_spoilt_is_begun_anew(stage: Stage, left_behind: bytes) -> None:
    data = with_a_long_list(stage)
    parts = stage.terminal.plan.state / "parts"
    parts.mkdir()
    (parts / stage.office.file("status/12.cwt").name.partition(".")[0]).write_bytes(left_behind)
    assert stage.visit().fetched
    assert stage.terminal.bundle["status/12.cwt"] == data
    assert list(parts.iterdir()) == []


def test_a_range_that_begins_elsewhere_is_not_glued_on(stage: Stage) -> None:
    data = with_a_long_list(stage)

    def elsewhere(handler: Handler, body: bytes) -> None:
        if handler.asked.range is None:
            handler.answer(200, body, 50_000)
        else:
            handler.answer(206, body[40_000:], **{"Content-Range": f"bytes 40000-{LONG - 1}/{LONG}"})

    stage.mirror.tricks["12.cwt"] = elsewhere
    assert stage.visit().last.trouble is Trouble.OFFLINE
    assert stage.terminal.bundle == {}
    stage.mirror.tricks.clear()
    assert stage.visit().fetched
    assert stage.terminal.bundle["status/12.cwt"] == data


def test_long_downloads_tell_how_far_they_are(stage: Stage) -> None:
    with_a_long_list(stage)
    assert stage.visit().fetched
    told = [(got, length) for name, got, length in stage.terminal.told if name == "status/12.cwt"]
    assert told[-1] == (LONG, LONG)
    assert told == sorted(told)


def test_files_that_are_here_already_are_never_asked_for_again(stage: Stage) -> None:
    assert stage.visit().fetched
    stage.mirror.asked.clear()
    (stage.office.bundle / "status/13.cwt").write_bytes(b"one more list")
    stage.office.publish(NOW + 60)
    assert stage.visit(now=NOW + 60).fetched
    assert [path for path in stage.mirror.paths() if path.startswith("targets/")] == [
        str(stage.office.file("status/13.cwt").relative_to(stage.office.www))
    ]
