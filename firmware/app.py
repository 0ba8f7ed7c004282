"""The one loop: events in, `machine.step`, effects out. The only owner of screen, pins, gate and ledger while it runs.

Bad input gets a verdict; bad machinery gets a restart: an exception in here ends the loop, everything is switched off on
the way out, and the process door gives its code to systemd.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from statistics import median, quantiles
from typing import Final

from firmware.attest.facts import Case
from firmware.entries import late_entry, ledger_entry
from firmware.events import (
    Brighten,
    Decide,
    Effect,
    Event,
    Finish,
    GateService,
    Judge,
    Judged,
    KeepFloor,
    LateFound,
    Lighten,
    MakeReceipt,
    Play,
    ReceiptMade,
    Record,
    Show,
    ShowIdle,
    ShowLines,
    ShowStarting,
    ShowStopping,
    StopAsked,
    SwitchTorch,
    Tell,
    Tick,
)
from firmware.gate.barrier import GateEvents, GateWord
from firmware.machine import CERTAIN, begin, step
from firmware.model import Moment
from firmware.ports import Parts, Told
from firmware.refusal import ExitCode
from firmware.state import Settings, State, noon_of, status_line

TURN_S: Final = 0.05
LATENCIES_KEPT: Final = 1000


@dataclass(slots=True)
class Tally:
    """Figures of one run, in fixed memory."""

    verdicts: int = 0
    granted: int = 0
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES_KEPT))

    def fields(self) -> dict[str, str | int | float | bool | None]:
        figures: dict[str, str | int | float | bool | None] = {"verdicts": self.verdicts, "granted": self.granted}
        if self.latencies_ms:
            figures["median_ms"] = round(median(self.latencies_ms), 1)
        if len(self.latencies_ms) > 1:
            figures["p95_ms"] = round(quantiles(self.latencies_ms, n=20, method="inclusive")[-1], 1)
        return figures


class WorkerDiedError(RuntimeError):
    """A thread that the terminal needs has ended by a fault of ours: only a new process has it again."""


class App:
    """Runs until the machine says Finish. `stop` may be set from a signal handler or another thread."""

    def __init__(self, parts: Parts, settings: Settings, stop: threading.Event) -> None:
        self._parts = parts
        self._settings = settings
        self._stop = stop
        self._code: ExitCode | None = None
        self.state: State | None = None
        self.tally = Tally()

    def run(self) -> ExitCode:
        """The loop. However it ends: relay off, lamps dark, screen blank, scanner's child gone, ledger closed."""
        parts = self._parts
        with ExitStack() as leaving:  # runs backwards: what can hurt somebody is switched off first
            for listener in parts.listeners:
                leaving.callback(listener.close)
            leaving.callback(parts.recorder.close)
            leaving.callback(parts.receipts.close)
            leaving.callback(parts.at_end)
            leaving.callback(self._summarise)
            leaving.callback(parts.eyes.close)
            leaving.callback(parts.screen.close)
            leaving.callback(parts.keys.close)
            leaving.callback(parts.cues.close)
            leaving.callback(parts.gate.close)
            leaving.callback(parts.service.stopping)
            self.state, effects = begin(self._settings, parts.clock.moment(), parts.monotonic_s())
            self._perform_all(effects)
            parts.eyes.start()
            while self._code is None:
                self._turn()
        return self._code

    def _turn(self) -> None:
        parts = self._parts
        if dead := parts.dead_worker():
            raise WorkerDiedError(f"the thread {dead!r} has ended")
        change = parts.trust.poll(parts.monotonic_s())
        if change is not None:
            self._feed(change)
            if parts.trust.view is not None:
                parts.recorder.keep_floor(float(parts.trust.view.newest_issued_s))
            if parts.passes is not None:
                parts.passes.lists_changed()
        self._look_back()
        for made in parts.receipts.turn(parts.monotonic_s()):
            self._feed(ReceiptMade(made.verdict, made.code))
        for event in parts.eyes.events(TURN_S):
            self._feed(event)
        for press in parts.keys.presses():
            self._feed(press)
        if self._stop.is_set():
            self._feed(StopAsked())
        now_s = parts.monotonic_s()
        if (banner := parts.banner(now_s)) is not None:
            self._feed(banner)
        self._feed(Tick(parts.clock.moment(), now_s))
        self._tell_gate(parts.gate.poll(now_s))
        if self.state is not None:
            parts.service.turn(now_s, self.state.newest_frame_s, self._status(self.state))
            for look in parts.lookers:
                look(self.state, now_s)

    def _look_back(self) -> None:
        """Passes of the last day that newer lists refuse: one line in the ledger each, one event for all."""
        parts = self._parts
        if parts.passes is None or parts.trust.view is None:
            return
        moment = parts.clock.moment()
        found = parts.passes.look(parts.trust.view, moment)
        if not found:
            return
        for late in found:
            parts.recorder.record(late_entry(late, moment, parts.trust.view), self._certain_s(moment))
        times = [late.utc_s for late in found]
        self._feed(LateFound(len(found), max(times), min(times)))

    @staticmethod
    def _certain_s(moment: Moment) -> float:
        return moment.lo_s if moment.level in CERTAIN else 0.0

    def _status(self, state: State) -> str:
        lost, unmade = self._parts.recorder.counts().dropped, self._parts.receipts.counts().dropped
        missing = (f" 账本缺 {lost}" if lost else "") + (f" 回执缺 {unmade}" if unmade else "")
        return status_line(state) + missing

    def _feed(self, event: Event) -> None:
        if self._code is not None or self.state is None:
            return
        self.state, effects = step(self.state, event)
        self._perform_all(effects)

    def _perform_all(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self._perform(effect)

    @singledispatchmethod
    def _perform(self, effect: object) -> None:
        raise TypeError(f"no such effect: {type(effect).__name__}")

    @_perform.register
    def _judge(self, effect: Judge) -> None:
        view = self._parts.trust.view
        if view is None:
            return
        moment = self._parts.clock.moment()
        if effect.asked is None:
            verdict = self._parts.verify(effect.scan, view, moment, self._settings.profile)
            verdict = self._parts.gate.weigh(verdict, moment)
        else:
            asked = Moment.exactly(noon_of(effect.asked))
            verdict = self._parts.verify(effect.scan, view, moment, self._settings.profile, asked)
            verdict = replace(verdict, facts=replace(verdict.facts, asked=effect.asked))
        self._feed(Judged(effect.scan, verdict, moment, self._parts.monotonic_s()))

    @_perform.register
    def _decide(self, effect: Decide) -> None:
        self._tell_gate(self._parts.gate.decide(effect.verdict, self._parts.monotonic_s()))

    @_perform.register
    def _gate_service(self, effect: GateService) -> None:
        gate, now_s = self._parts.gate, self._parts.monotonic_s()
        self._tell_gate(gate.in_service(now_s) if effect.in_service else gate.out_of_service(now_s))

    @_perform.register
    def _play(self, effect: Play) -> None:
        self._parts.cues.play(effect.signal)

    @_perform.register
    def _show(self, effect: Show) -> None:
        self._parts.screen.show(effect.notice)

    @_perform.register
    def _show_idle(self, effect: ShowIdle) -> None:
        self._parts.screen.idle(effect.idle)

    @_perform.register
    def _show_starting(self, effect: ShowStarting) -> None:
        self._parts.screen.starting()

    @_perform.register
    def _show_stopping(self, effect: ShowStopping) -> None:
        self._parts.screen.stopping()

    @_perform.register
    def _show_lines(self, effect: ShowLines) -> None:
        self._parts.screen.lines(effect.lines)

    @_perform.register
    def _lighten(self, effect: Lighten) -> None:
        self._parts.screen.lighten(effect.light)

    @_perform.register
    def _brighten(self, effect: Brighten) -> None:
        self._parts.screen.brighten(effect.step)

    @_perform.register
    def _switch_torch(self, effect: SwitchTorch) -> None:
        self._parts.cues.torch(effect.on)

    @_perform.register
    def _record(self, effect: Record) -> None:
        elapsed_ms = max(0.0, (self._parts.monotonic_s() - effect.since_s) * 1000)
        self.tally.verdicts += 1
        self.tally.latencies_ms.append(elapsed_ms)
        entry = ledger_entry(effect.verdict, effect.moment, elapsed_ms)
        self._parts.recorder.record(entry, self._certain_s(effect.moment))
        if self._parts.passes is not None and effect.verdict.facts.asked is None:
            self._parts.passes.note(effect.verdict, effect.moment.utc_s)
        told = Told(effect.verdict, effect.notice, effect.moment, elapsed_ms)
        for listener in self._parts.listeners:
            listener.verdict(told)

    @_perform.register
    def _make_receipt(self, effect: MakeReceipt) -> None:
        view, asked = self._parts.trust.view, effect.verdict.facts.asked
        if view is None:
            return
        at = effect.moment if asked is None else Moment.exactly(noon_of(asked))
        case = Case(effect.verdict, effect.payload, self._settings.profile, view, at, effect.moment)
        self._parts.receipts.make(case, self._parts.monotonic_s())

    @_perform.register
    def _keep_floor(self, effect: KeepFloor) -> None:
        self._parts.recorder.keep_floor(effect.floor_s)

    @_perform.register
    def _tell(self, effect: Tell) -> None:
        for listener in self._parts.listeners:
            listener.event(effect.name, dict(effect.fields))

    @_perform.register
    def _finish(self, effect: Finish) -> None:
        if self._code is None:
            self._code = effect.code

    def _tell_gate(self, events: GateEvents) -> None:
        for event in events:
            if event.what is GateWord.GRANTED:
                self.tally.granted += 1
                self._parts.screen.refresh()  # a relay's spark upsets small panels: initialise it anew
            for listener in self._parts.listeners:
                listener.event(f"gate-{event.what}", {"why": event.why} if event.why else {})

    def _summarise(self) -> None:
        counts = self._parts.recorder.counts()
        fields = self.tally.fields() | {"ledger_dropped": counts.dropped, "ledger_errors": counts.errors}
        if self._settings.receipts:
            receipts = self._parts.receipts.counts()
            fields |= {"receipts": receipts.made, "receipts_dropped": receipts.dropped}
        if self.state is not None:
            fields |= {f"family {family}": count for family, count in self.state.families}
        for listener in self._parts.listeners:
            listener.event("summary", fields)
