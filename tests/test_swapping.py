"""New trust data comes into force while people show their codes: not one is missed, and none is judged by half a bundle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from firmware.app import App
from firmware.clock import FixedClock
from firmware.gate.barrier import NoGate
from firmware.ledger.writer import NullRecorder
from firmware.model import Alive, Moment, Profile, Scan, ScannerEvent, Verdict
from firmware.ports import Parts
from firmware.refusal import ExitCode
from firmware.service import Notifier, Service
from firmware.state import Settings
from firmware.sync.install import install
from firmware.sync.store import load_trust
from firmware.verify.trust import TrustView
from firmware.verify.verifier import verify
from firmware.watch import TrustWatch
from tests.sync.bundles import ENVIRONMENT, world, write_anchors, write_bundle
from tests.test_app import Scenery, TracedCues, TracedListener
from tests.world import MARK, NOW, POLICE, Field, text

LOAD_S = 0.25


@dataclass
class Crowd:
    """People with codes: another one at every turn of the loop, until told to stop. `shown` counts them."""

    codes: list[bytes]
    stop: threading.Event
    between: Callable[[int], None] = lambda shown: None
    pause_s: float = 0.0
    shown: int = 0

    def start(self) -> None:
        return

    def events(self, timeout_s: float) -> list[ScannerEvent]:
        now_s = time.monotonic()
        self.between(self.shown)
        if self.shown == len(self.codes):
            self.stop.set()
            return [Alive(1, now_s)]
        time.sleep(self.pause_s)
        self.shown += 1
        return [Alive(1, now_s), Scan(self.codes[self.shown - 1], "test", now_s, reads=2)]

    def close(self) -> None:
        return


@dataclass
class Judge:
    """The verifier, and by which version each code was judged, and when."""

    judged: list[tuple[bytes, int, float]] = field(default_factory=list)

    def __call__(self, scan: Scan, trust: TrustView, moment: Moment, profile: Profile) -> Verdict:
        self.judged.append((scan.payload, trust.version, time.monotonic()))
        return verify(scan, trust, moment, profile)

    @property
    def versions(self) -> list[int]:
        return [version for _, version, _ in self.judged]


class Post:
    """A terminal over a trust folder of version 7, and a publisher."""

    def __init__(self, folder: Path, crowd: int, **watching: Any) -> None:
        self.folder, self.trust = folder, folder / "trust"
        self.keys = write_anchors(folder / "keys")
        self.stop = threading.Event()
        made = world(7, NOW - 5000)
        marks = (MARK | {Field.PLATE: f"京Q{number:05d}"} for number in range(crowd))
        self.crowd = Crowd([text(made.credential(mark)) for mark in marks], self.stop)
        self.judge = Judge()
        self.ear = TracedListener([])
        self.bring(7)
        self.watch = TrustWatch(self.trust, self.load, poll_s=0.0, **watching)

    def bring(self, version: int) -> None:
        made = world(version, NOW - 5000 + version)
        install(write_bundle(self.folder / str(version), made), self.trust, self.keys, ENVIRONMENT)

    def load(self, floor: int) -> TrustView:
        return load_trust(self.trust, self.keys, ENVIRONMENT, version_floor=floor)

    def run(self) -> ExitCode:
        parts = Parts(
            eyes=self.crowd,
            clock=FixedClock(Moment.exactly(float(NOW))),
            trust=self.watch,
            verify=self.judge,
            screen=Scenery([]),
            cues=TracedCues([]),
            gate=NoGate(),
            recorder=NullRecorder(),
            service=Service(Notifier(None), None),
            listeners=(self.ear,),
        )
        return App(parts, Settings(POLICE), self.stop).run()


class Held:
    """A thread's door whose work is done when it is let go, and not before."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[[], Any], /) -> Future[Any]:
        done: Future[Any] = Future()
        self._waiting.append((done, work))
        return done

    def let_go(self) -> None:
        for done, work in self._waiting:
            done.set_result(work())
        self._waiting.clear()


def test_while_a_bundle_is_loaded_every_code_is_judged_by_the_old_one_and_afterwards_by_the_new_one(
    tmp_path: Path,
) -> None:
    held = Held()
    post = Post(tmp_path, crowd=30, submit=held.submit)
    acts = {10: lambda: post.bring(8), 20: held.let_go}
    post.crowd.between = lambda shown: acts.get(shown, lambda: None)()
    assert post.run() is ExitCode.OK
    assert [payload for payload, *_ in post.judge.judged] == post.crowd.codes
    assert post.judge.versions == [7] * 21 + [8] * 9  # the turn in which it was done still had the old one
    assert len(post.ear.told) == 30


def test_codes_that_arrive_while_bundles_come_and_go_are_all_judged_and_none_waits_for_a_load(tmp_path: Path) -> None:
    loading: list[float] = []

    def slowly(floor: int) -> TrustView:
        began_s = time.monotonic()
        view = post.load(floor)
        if floor:
            time.sleep(LOAD_S)
            loading.extend((began_s, time.monotonic()))
        return view

    with ThreadPoolExecutor(1) as thread:
        post = Post(tmp_path, crowd=300)
        post.watch = TrustWatch(post.trust, slowly, poll_s=0.02, submit=thread.submit)
        post.crowd.pause_s = 0.004
        publisher = threading.Timer(0.1, lambda: [post.bring(version) for version in range(8, 12)])
        publisher.start()
        assert post.run() is ExitCode.OK
        publisher.join(timeout=10)
    assert [payload for payload, *_ in post.judge.judged] == post.crowd.codes
    assert post.judge.versions == sorted(post.judge.versions)
    assert post.judge.versions[0] == 7
    assert post.judge.versions[-1] > 7
    while_loading = [at_s for _, _, at_s in post.judge.judged if loading[0] < at_s < loading[1]]
    assert len(while_loading) >= 5


def test_a_fault_of_ours_in_the_thread_ends_the_loop_and_is_not_swallowed(tmp_path: Path) -> None:
    def broken(floor: int) -> TrustView:
        if floor:
            raise RuntimeError("a fault of ours")
        return post.load(floor)

    with ThreadPoolExecutor(1) as thread:
        post = Post(tmp_path, crowd=2000)
        post.watch = TrustWatch(post.trust, broken, poll_s=0.0, submit=thread.submit)
        post.crowd.between = lambda shown: post.bring(8) if shown == 3 else None
        with pytest.raises(RuntimeError, match="a fault of ours"):
            post.run()


def test_what_a_view_brings_is_told_to_the_loop_when_it_comes_into_use_and_not_before(tmp_path: Path) -> None:
    took: list[int] = []
    held = Held()
    post = Post(tmp_path, crowd=0, submit=held.submit, took=lambda view: took.append(view.version))
    post.watch.poll(0.0)
    post.bring(8)
    assert (post.watch.poll(1.0), took) == (None, [7])
    held.let_go()
    assert (post.watch.poll(2.0) is not None, took) == (True, [7, 8])
