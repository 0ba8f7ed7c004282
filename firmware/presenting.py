"""What takes the stage, and what holds after every event: state -> state and effects, pure. `machine` says when.

A verdict stands for a while; without one a fault is shown, or the page that was asked for, or the waiting screen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from firmware.browse import keep, light_of, shown, wake
from firmware.display.pages import receipted_notice
from firmware.display.signals import KIOSK_SERVICE_PERIOD_S, notice_for, signal_for
from firmware.events import (
    Banner,
    Decide,
    Effect,
    Fault,
    Finish,
    GateService,
    Lighten,
    MakeReceipt,
    Play,
    Record,
    Show,
    ShowIdle,
    ShowLines,
    ShowStarting,
    Tell,
)
from firmware.model import Facts, Family, Idle, Light, Reason, Verdict
from firmware.refusal import ExitCode
from firmware.state import Page, State, fault_of, idle_of, silent_s

#: A little more than a minute: an idle screen whose time is known changes by itself, and is not drawn twice.
REDRAW_EACH_S: Final = 61.0
#: What to do stands on the screen so long before the receipt's code takes its line.
RECEIPT_AFTER_S: Final = 2.0

Effects = tuple[Effect, ...]


def present(state: State, verdict: Verdict, since_s: float, payload: bytes | None = None) -> tuple[State, Effects]:
    """A verdict takes the stage: first the relay, then what is heard and felt, then the screen, then the record.

    `payload` is the code that it is about; None when none was read.
    """
    settings = state.settings
    notice = notice_for(verdict, settings.profile, settings.language)
    families = Counter(dict(state.families))
    families[verdict.family] += 1
    after = replace(
        state,
        standing=verdict,
        standing_since_s=state.now_s,
        receipted=False,
        page=None,
        pending=None,
        drawn=None,
        verdicts_today=state.verdicts_today + (verdict.reason is not Reason.UNREADABLE),
        families=tuple(families.items()),
        ended_s=state.now_s if settings.once else state.ended_s,
    )
    # An answer for a day in the past lets nobody in today.
    gate: Effects = (Decide(verdict),) if verdict.facts.asked is None else ()
    return wake(keep(after, verdict)), (
        *gate,
        Play(signal_for(verdict, settings.profile)),
        Show(notice),
        Record(verdict, notice, state.moment, since_s),
        *_receipt_of(verdict, payload, state),
    )


def _receipt_of(verdict: Verdict, payload: bytes | None, state: State) -> Effects:
    """One for each verdict on a code that was read and judged: advice and faults have none."""
    judged = verdict.family not in (Family.RETRY, Family.SERVICE) and verdict.reason is not Reason.UNREADABLE
    if payload is None or not (judged and state.settings.receipts):
        return ()
    return (MakeReceipt(verdict, payload, state.moment),)


def look_after(state: State, effects: Effects) -> tuple[State, Effects]:
    """What holds after every event: service and its gate, what is drawn when no verdict stands, and the end."""
    fault = fault_of(state)
    if fault is not state.fault:
        if (fault is None) is not (state.fault is None):
            effects = (*effects, GateService(in_service=fault is None))
        effects = (*effects, Tell("service", (("fault", fault.number if fault else None),)))
        state = wake(replace(state, fault=fault))
    light = light_of(state)
    if light is not state.light:
        effects = (*effects, Lighten(light))
        state = replace(state, drawn=None if state.light is Light.DARK else state.drawn, light=light)
    if state.standing is None and light is not Light.DARK:
        state, drawn = _draw(state, fault or state.page or state.banner or idle_of(state))
        effects = (*effects, *drawn)
    if silent_s(state) > state.settings.give_up_s and not state.settings.finite:
        effects = (*effects, Finish(ExitCode.NO_FRAMES))
    if state.settings.run_s is not None and state.now_s - state.started_s >= state.settings.run_s:
        effects = (*effects, Finish(ExitCode.OK))
    if state.ended_s is not None and state.pending is None and state.now_s - state.ended_s >= state.settings.linger_s:
        effects = (*effects, Finish(ExitCode.OK))
    return state, effects


def _draw(state: State, wanted: Fault | Idle | Page | Banner) -> tuple[State, Effects]:
    """Draw what is wanted, if it is not there already. A kiosk that is out of service says so again each minute.

    What stands for hours is drawn again each minute, so that the screen can move it (display.swim).
    """
    settings = state.settings
    remind = (
        isinstance(wanted, Fault)
        and settings.profile.kiosk
        and state.now_s - state.reminded_s >= KIOSK_SERVICE_PERIOD_S
    )
    stale = isinstance(wanted, Idle | Fault) and state.now_s - state.drawn_s >= REDRAW_EACH_S
    if wanted == state.drawn and not remind and not stale:
        return state, ()
    new = wanted != state.drawn
    state = replace(state, drawn=wanted, drawn_s=state.now_s)
    if isinstance(wanted, Idle):
        return state, (ShowIdle(wanted),)
    if isinstance(wanted, Banner):
        return state, (ShowLines(wanted.lines),)
    if isinstance(wanted, Page):
        return state, (shown(state, wanted),)
    if wanted is Fault.STARTING:
        return state, (ShowStarting(),)
    verdict = Verdict(Family.SERVICE, Reason.OUT_OF_SERVICE, facts=Facts(word=wanted.word, error=wanted.number))
    show = Show(notice_for(verdict, settings.profile, settings.language))
    if not new and not remind:
        return state, (show,)
    return replace(state, reminded_s=state.now_s), (Play(signal_for(verdict, settings.profile)), show)


def receipt_due(state: State) -> tuple[State, Effects]:
    """The standing verdict says its receipt's code, once it has one and what to do has been read."""
    newest = state.kept[0] if state.kept else None
    if newest is None or newest.verdict is not state.standing or not newest.receipt or state.receipted:
        return state, ()
    if state.now_s - state.standing_since_s < min(RECEIPT_AFTER_S, state.settings.hold_s / 2):
        return state, ()
    notice = receipted_notice(newest.verdict, state.settings.profile, state.settings.language, newest.receipt)
    return replace(state, receipted=True), (Show(notice),)
