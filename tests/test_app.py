"""The loop with real rooms behind it and simple fakes at its edges."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firmware.app import App, WorkerDiedError
from firmware.clock import FixedClock
from firmware.display.care import Care
from firmware.display.panel import Panel
from firmware.display.panel_sink import PanelSink
from firmware.display.wear import WearMap
from firmware.drawn_screen import DrawnScreen
from firmware.entries import ledger_entry
from firmware.events import TrustLoaded, TrustRefused
from firmware.gate.barrier import Barrier, Gate, NoGate
from firmware.gate.limits import GateLimits
from firmware.ledger.store import LedgerStore
from firmware.ledger.writer import LedgerWriter, NullRecorder
from firmware.listeners import Journal, JsonLines, Lines
from firmware.model import (
    Alive,
    Facts,
    Family,
    Identity,
    Idle,
    Kind,
    Light,
    Moment,
    Notice,
    Profile,
    Reason,
    Scan,
    ScannerDown,
    ScannerEvent,
    Signal,
    SourceEnded,
    Verdict,
)
from firmware.ports import Parts, Told
from firmware.refusal import ExitCode
from firmware.service import Notifier, Service
from firmware.state import Settings
from firmware.sync.store import TrustError
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from firmware.verify.wire import Claim, Field
from firmware.watch import TrustWatch
from tests.gate.test_barrier import TracedRelay
from tests.test_machine import POLICE, REVOKED, VALID
from tests.world import MARK, NOW, World, text

VIEW = World().trust()
ANSWERS = {b"good": VALID, b"revoked": REVOKED}


@dataclass
class ScriptedEyes:
    """A scanner that gives one list of events a turn; callables are made when their turn comes."""

    script: list[list[ScannerEvent | Callable[[], None]]]
    trace: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.trace.append("eyes start")

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        now_s = time.monotonic()
        found: list[ScannerEvent] = [Alive(1, now_s)]
        for item in self.script.pop(0) if self.script else []:
            if callable(item):
                item()
            else:
                found.append(replace(item, monotonic_s=now_s) if isinstance(item, Scan) else item)
        time.sleep(0.001)
        return found

    def close(self) -> None:
        self.trace.append("eyes close")


@dataclass
class Scenery:
    """Screen and cues that write down what happened, in order."""

    trace: list[str]

    def show(self, notice: Notice) -> None:
        self.trace.append(f"show {notice.headline}")

    def idle(self, idle: Idle) -> None:
        self.trace.append("idle")

    def starting(self) -> None:
        self.trace.append("starting")

    def lines(self, lines: Sequence[str]) -> None:
        self.trace.append(f"lines {lines[0]}")

    def stopping(self) -> None:
        self.trace.append("stopping")

    def lighten(self, light: Light) -> None:
        self.trace.append(f"light {light}")

    def brighten(self, step: int) -> None:
        self.trace.append(f"brightness {step}")

    def refresh(self) -> None:
        self.trace.append("refresh")

    def close(self) -> None:
        self.trace.append("screen close")


@dataclass
class TracedCues:
    trace: list[str]

    def play(self, signal: Signal) -> None:
        self.trace.append(f"play {signal.lamp or 'dark'}")

    def torch(self, on: bool) -> None:
        self.trace.append(f"torch {'on' if on else 'off'}")

    def close(self) -> None:
        self.trace.append("cues close")


@dataclass
class TracedListener:
    trace: list[str]
    told: list[Told] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def verdict(self, told: Told) -> None:
        self.trace.append("told")
        self.told.append(told)

    def event(self, name: str, fields: Any) -> None:
        self.events.append((name, dict(fields)))

    def close(self) -> None:
        self.trace.append("listener close")


def answer(scan: Scan, trust: TrustView, moment: Moment, profile: Profile) -> Verdict:
    return ANSWERS[scan.payload]


def settled_gate(trace: list[str]) -> Gate:
    relay = TracedRelay(trace)
    return Barrier(relay, GateLimits(), time.monotonic() - 60)


class Rig:
    """An App over a script, ended by the script's last turn."""

    def __init__(self, tmp_path: Path, *script: list[Any], settings: Settings | None = None, **parts: Any) -> None:
        self.trace: list[str] = []
        self.stop = threading.Event()
        self.listener = TracedListener(self.trace)
        self.eyes = ScriptedEyes([*script, [self.stop.set]], self.trace)
        made = Parts(
            eyes=self.eyes,
            clock=FixedClock(Moment.exactly(float(NOW))),
            trust=TrustWatch(tmp_path, lambda floor: VIEW),
            verify=answer,
            screen=Scenery(self.trace),
            cues=TracedCues(self.trace),
            gate=settled_gate(self.trace),
            recorder=NullRecorder(),
            service=Service(Notifier(None), None),
            listeners=(self.listener,),
        )
        self.app = App(replace(made, **parts), settings or Settings(POLICE), self.stop)

    def run(self) -> ExitCode:
        return self.app.run()


def scan(payload: bytes) -> Scan:
    return Scan(payload, "zxing", 0.0)


def test_relay_first_then_signal_then_screen_then_the_rest(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [], [scan(b"good")])
    assert rig.run() is ExitCode.OK
    begin = rig.trace.index("pulse 500")
    assert rig.trace[begin : begin + 5] == ["pulse 500", "refresh", "play green", "show 有效", "told"]


def test_the_end_is_orderly_and_what_can_hurt_goes_first(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [])
    assert rig.run() is ExitCode.OK
    assert rig.trace[-5:] == ["close", "cues close", "screen close", "eyes close", "listener close"]


def test_an_exception_in_the_loop_switches_everything_off_too(tmp_path: Path) -> None:
    def broken(scan: Scan, trust: TrustView, moment: Moment, profile: Profile) -> Verdict:
        raise RuntimeError("a fault of ours")

    rig = Rig(tmp_path, [], [scan(b"good")], verify=broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        rig.run()
    assert "pulse 500" not in rig.trace
    assert rig.trace[-5:] == ["close", "cues close", "screen close", "eyes close", "listener close"]


def test_a_part_that_fails_to_close_does_not_keep_the_others_from_closing(tmp_path: Path) -> None:
    class BadScreen(Scenery):
        def close(self) -> None:
            raise OSError("the bus is stuck")

    trace: list[str] = []
    rig = Rig(tmp_path, [], screen=BadScreen(trace))
    with pytest.raises(OSError, match="stuck"):
        rig.run()
    assert "eyes close" in rig.trace
    assert "listener close" in rig.trace


def test_every_verdict_is_in_the_ledger_and_in_the_figures(tmp_path: Path) -> None:
    recorder = LedgerWriter.in_folder(tmp_path / "ledger", 30)
    rig = Rig(tmp_path, [], [scan(b"good")], [scan(b"revoked")], recorder=recorder)
    rig.run()
    with LedgerStore(tmp_path / "ledger") as store:
        assert [record.reason for record in store.records()] == [Reason.VALID, Reason.REVOKED]
        assert store.verify() == 2
        assert store.floor_s() == float(NOW)
    assert rig.app.tally.verdicts == 2
    name, fields = rig.listener.events[-1]
    assert (name, fields["verdicts"], fields["granted"]) == ("summary", 2, 1)
    assert 0 <= fields["median_ms"] <= fields["p95_ms"]


def test_a_display_that_hangs_delays_no_verdict(tmp_path: Path) -> None:
    release = threading.Event()

    class StuckPanel(Panel):
        def _show(self, image: Image.Image) -> None:
            release.wait(5)

    screen = DrawnScreen(PanelSink(StuckPanel()), "zh", Care(WearMap(), 255, time.monotonic))
    rig = Rig(tmp_path, [], *([scan(b"good")], [scan(b"revoked")]) * 10, screen=screen)
    began_s = time.monotonic()
    threading.Timer(2.0, release.set).start()
    rig.run()
    verdicts_s = time.monotonic() - began_s
    assert len(rig.listener.told) == 20
    assert max(told.elapsed_ms for told in rig.listener.told) < 500
    assert verdicts_s < 3.0  # with the one second that closing a stuck display may take


def test_a_ledger_that_cannot_be_written_changes_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("in the way")
    recorder = LedgerWriter.in_folder(tmp_path / "ledger", 30)
    rig = Rig(tmp_path, [], [scan(b"good")], recorder=recorder)
    assert rig.run() is ExitCode.OK
    assert rig.listener.told[0].verdict is VALID
    assert recorder.counts().dropped == 1


def test_the_watchdog_and_the_status_are_served_by_the_loop(tmp_path: Path) -> None:
    lines: list[str] = []

    class Spy(Notifier):
        def _send(self, message: str) -> None:
            lines.append(message)

    rig = Rig(tmp_path, [], [scan(b"good")], [], service=Service(Spy(None), 10.0))
    rig.run()
    assert "READY=1" in lines
    assert lines.count("WATCHDOG=1") == 1
    assert "STATUS=有效 1 停 0 名单1h" in lines
    assert lines[-1] == "STOPPING=1"


def test_a_dead_scanner_takes_the_gate_out_of_service(tmp_path: Path) -> None:
    down = ScannerDown("killed", time.monotonic() + 3600, 1)
    rig = Rig(tmp_path, [], [down], [scan(b"good")])
    rig.run()
    assert "pulse 500" not in rig.trace
    assert "show 停用" in rig.trace
    assert ("gate-withheld", {"why": "out of service"}) in rig.listener.events


def test_a_thread_that_died_ends_the_process_and_switches_everything_off(tmp_path: Path) -> None:
    dead = iter(["", "", "ledger"])
    rig = Rig(tmp_path, [], [], [], [], dead_worker=lambda: next(dead))
    with pytest.raises(WorkerDiedError, match="ledger"):
        rig.run()
    assert rig.trace[-5:] == ["close", "cues close", "screen close", "eyes close", "listener close"]


def test_a_finite_source_ends_the_run_with_its_summary(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [], [scan(b"good"), SourceEnded(1)])
    rig.app = App(rig.app._parts, Settings(POLICE, finite=True), rig.stop)
    assert rig.run() is ExitCode.OK
    assert not rig.stop.is_set()


def test_once_ends_after_the_first_verdict(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [], [scan(b"good")], [scan(b"revoked")])
    rig.app = App(rig.app._parts, Settings(POLICE, once=True), rig.stop)
    assert rig.run() is ExitCode.OK
    assert [told.verdict.reason for told in rig.listener.told] == [Reason.VALID]


def test_a_ledger_entry_names_no_plate_and_no_person() -> None:
    verdict = Verdict(
        Family.GO,
        Reason.VALID,
        facts=Facts(kind=Kind.INSPECTION_MARK, plate="京A12345", name="王*", id_tail="1234"),
        identity=Identity(cti=b"12345678", kid=b"87654321"),
        trust_version=3,
    )
    entry = ledger_entry(verdict, Moment.exactly(float(NOW)), 12.0)
    assert not {"京A12345", "王*", "1234"} & {str(value) for value in vars_of(entry).values()}
    assert (entry.cti, entry.kid, entry.kind) == (b"12345678", b"87654321", Kind.INSPECTION_MARK)


def vars_of(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__slots__}


class Pipe:
    """A text stream whose reader may go away."""

    def __init__(self) -> None:
        self.text = ""
        self.broken = False

    def write(self, text: str) -> int:
        if self.broken:
            raise BrokenPipeError
        self.text += text
        return len(text)

    def flush(self) -> None:
        return

    def close(self) -> None:
        self.broken = True


TOLD = Told(
    VALID,
    Notice(Family.GO, "tick", "有效", "京A12345", "核对车身 准予放行"),  # type: ignore[arg-type]
    Moment.exactly(float(NOW)),
    31.4,
)


def test_in_a_pipe_a_verdict_is_one_line_of_words() -> None:
    pipe = Pipe()
    Lines(pipe).verdict(TOLD)  # type: ignore[arg-type]
    assert pipe.text == "14:30:00 GO VALID 有效 京A12345 核对车身 准予放行 (31 ms)\n"


def test_a_wanted_vehicle_reads_like_unsure_in_a_pipe() -> None:
    pipe = Pipe()
    wanted = Verdict(Family.ALERT, Reason.WANTED)
    Lines(pipe).verdict(replace(TOLD, verdict=wanted))  # type: ignore[arg-type]
    assert "WANTED" not in pipe.text
    assert "ALERT" not in pipe.text
    assert pipe.text.startswith("14:30:00 UNSURE 有效")


def test_json_events_hold_no_plate_and_parse_line_by_line() -> None:
    pipe = Pipe()
    listener = JsonLines(pipe, owned=False)  # type: ignore[arg-type]
    listener.verdict(TOLD)
    listener.event("gate-granted", {})
    first, second = (json.loads(line) for line in pipe.text.splitlines())
    assert (first["event"], first["family"], first["reason"]) == ("verdict", "GO", "VALID")
    assert (first["elapsed_ms"], first["time"]) == (31.4, "2026-06-12T06:30:00.000+00:00")
    assert second == {"event": "gate-granted"}
    assert "12345" not in pipe.text


def test_a_reader_that_goes_away_ends_nothing() -> None:
    pipe = Pipe()
    listener = Lines(pipe)  # type: ignore[arg-type]
    pipe.broken = True
    listener.verdict(TOLD)
    listener.event("summary", {"verdicts": 0, "granted": 0, "ledger_errors": 0, "ledger_dropped": 0})
    listener.close()
    assert pipe.text == ""


def test_trust_is_loaded_when_its_files_change_and_only_then(tmp_path: Path) -> None:
    floors: list[int] = []

    def load(version_floor: int) -> TrustView:
        floors.append(version_floor)
        if (tmp_path / "bad").exists():
            raise TrustError("the signature does not hold", "get it again")
        return replace(VIEW, version=3 + len(floors))

    watch = TrustWatch(tmp_path, load, poll_s=2.0)
    assert isinstance(watch.poll(0.0), TrustLoaded)
    (tmp_path / "trust.cwt").write_bytes(b"new")
    assert watch.poll(1.9) is None
    assert isinstance(watch.poll(2.0), TrustLoaded)
    assert watch.poll(4.0) is None
    (tmp_path / "bad").touch()
    assert watch.poll(6.0) == TrustRefused("the signature does not hold", "get it again")
    assert watch.view is not None
    assert watch.view.version == 5
    assert watch.poll(8.0) is None
    (tmp_path / "bad").unlink()
    assert watch.poll(10.0) == TrustLoaded(7, NOW - 3600.0, True)
    assert floors == [0, 4, 5, 5]


def test_without_a_barrier_the_loop_runs_all_the_same(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [], [scan(b"good")], gate=NoGate())
    assert rig.run() is ExitCode.OK
    assert "pulse 500" not in rig.trace


def test_after_a_thousand_credentials_no_field_of_any_is_on_the_disk_or_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    marks = [MARK | {Field.PLATE: f"京Q{n:05d}", Field.VIN: f"LSVAA4182E{n:07d}"} for n in range(1000)]
    ctis = [n.to_bytes(8, "big") for n in range(0x7A00000000000000, 0x7A00000000000000 + 1000)]
    codes = [text(world.credential(mark, claims={Claim.CTI: cti})) for mark, cti in zip(marks, ctis, strict=True)]
    recorder = LedgerWriter(lambda: LedgerStore(tmp_path / "ledger"), 30, places=2000)
    events = (tmp_path / "events.jsonl").open("w", encoding="utf-8")
    caplog.set_level("DEBUG")
    rig = Rig(
        tmp_path / "trust",
        [],
        *([scan(code)] for code in codes),
        verify=verify,
        recorder=recorder,
        listeners=(JsonLines(events, owned=True), Journal()),
    )
    rig.run()
    assert recorder.counts().written == rig.app.tally.verdicts == 1000
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()) + caplog.text.encode()
    assert left.count(b'"reason": "VALID"') == 1000
    for mark, cti, code in zip(marks, ctis, codes, strict=True):
        for value in (mark[Field.PLATE].encode(), mark[Field.VIN].encode(), cti, cti.hex().encode(), code):
            assert value not in left
