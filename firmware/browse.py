"""What the two keys do, and how long the screen stays lit: state -> state, pure. `machine` says when.

NEXT   goes back through the last verdicts, one a press, and after the oldest to where it began. Held: the torch.
MODE   says more about the verdict on the screen; with none there, about the terminal itself. A post that may ask about
       a day in the past (insurers) chooses the day with it: NEXT goes back, MODE takes it.

A screen that has gone dark swallows the press that wakes it: nobody knows what he would have pressed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from firmware.display.pages import (
    LINES_A_PAGE,
    TerminalFacts,
    day_lines,
    recalled_notice,
    terminal_lines,
    verdict_lines,
)
from firmware.events import Show, ShowLines
from firmware.model import Family, Key, KeyPress, Light, Reason, Verdict
from firmware.state import Kept, Page, State, day_of, status_age_s

KEPT: Final = 5
#: A verdict older than this is not brought back: whoever holds the terminal then need not know.
RECALL_S: Final = 3600.0
TORCH_S: Final = 60.0
#: Choosing a day takes longer than reading a page, and a day that was chosen is given up when nobody is there any more.
CHOOSING_S: Final = 20.0
ASKED_S: Final = 600.0
LONG_STEP_DAYS: Final = 10
FIRST_DAY: Final = date(2000, 1, 1)


def keep(state: State, verdict: Verdict) -> State:
    """Remember a verdict for recall. Advice on a code that was not read is none, nor is a fault."""
    if verdict.reason is Reason.UNREADABLE or verdict.family is Family.SERVICE:
        return state
    return replace(state, kept=(Kept(verdict, state.now_s), *_recallable(state))[:KEPT])


def receipted(state: State, verdict: Verdict, code: str) -> State:
    """The kept verdict now has its receipt; a page about it is drawn anew. One that is kept no longer is left alone."""
    kept = tuple(replace(each, receipt=code) if each.verdict is verdict else each for each in state.kept)
    return replace(state, kept=kept, drawn=state.drawn if state.page is None else None)


def press(state: State, event: KeyPress) -> State:
    """The state after a key. A verdict that stood gives way to the page that was asked for."""
    asleep = state.light is Light.DARK
    state = wake(state)
    if asleep:
        return state
    if state.page is not None and state.page.day is not None:
        return _choose(state, state.page.day, event)
    if event.key is Key.NEXT and event.long:
        return replace(state, torch_since_s=state.now_s if state.torch_since_s is None else None)
    if event.long:
        return state  # MODE held: the machine tells who listens
    state = replace(state, kept=_recallable(state))
    page = _older(state) if event.key is Key.NEXT else _more(state)
    return replace(state, page=page, standing=None)


def _choose(state: State, day: date, event: KeyPress) -> State:
    """On the page that asks for the day: NEXT goes back, MODE takes the day that is shown."""
    if event.key is Key.NEXT:
        earlier = day - timedelta(days=LONG_STEP_DAYS if event.long else 1)
        return replace(state, page=Page(None, until_s=state.now_s + CHOOSING_S, day=max(earlier, FIRST_DAY)))
    return replace(state, page=None, asked=None if day == day_of(state.moment) else day)


def wake(state: State) -> State:
    """Something happened that a person did or should see."""
    return replace(state, active_s=state.now_s)


def shown(state: State, page: Page) -> Show | ShowLines:
    """What draws this page: an old verdict marked as old, a page of details about it, or the page about the terminal."""
    profile, language = state.settings.profile, state.settings.language
    if page.day is not None:
        return ShowLines(day_lines(page.day, page.day == day_of(state.moment), language))
    if page.place is None:
        return ShowLines(terminal_lines(_terminal(state), language))
    kept = state.kept[page.place]
    if page.detail is not None:
        first = page.detail * LINES_A_PAGE
        return ShowLines(verdict_lines(kept.verdict, profile, language, kept.receipt)[first : first + LINES_A_PAGE])
    age_s, of = state.now_s - kept.since_s, len(state.kept)
    return Show(recalled_notice(kept.verdict, profile, language, age_s, page.place + 1, of, kept.receipt))


def light_of(state: State) -> Light:
    """The light that is due. A fault is shown as long as it lasts, and with little light."""
    settings, quiet_s = state.settings, state.now_s - state.active_s
    if state.standing is not None or state.page is not None or state.banner is not None:
        return Light.FULL
    if settings.sleep_s is not None and quiet_s >= settings.sleep_s and state.fault is None:
        return Light.DARK
    return Light.DIM if settings.dim_s is not None and quiet_s >= settings.dim_s else Light.FULL


def _recallable(state: State) -> tuple[Kept, ...]:
    return tuple(kept for kept in state.kept if state.now_s - kept.since_s <= RECALL_S)


def _shown(state: State) -> int | None:
    """The place of the kept verdict that is on the screen; None when there is none."""
    if state.page is not None:
        return state.page.place
    standing = state.standing is not None and bool(state.kept) and state.kept[0].verdict is state.standing
    return 0 if standing else None


def _older(state: State) -> Page | None:
    shown = _shown(state)
    place = 0 if shown is None else shown + 1
    return Page(place, until_s=_until(state)) if place < len(state.kept) else None


def _more(state: State) -> Page | None:
    shown = _shown(state)
    if shown is None and state.page is None and state.settings.profile.asks_day:
        return Page(None, until_s=state.now_s + CHOOSING_S, day=state.asked or day_of(state.moment))
    if shown is None:
        return None if state.page is not None else Page(None, until_s=_until(state))
    detail = 0 if state.page is None or state.page.detail is None else state.page.detail + 1
    kept = state.kept[shown]
    lines = verdict_lines(kept.verdict, state.settings.profile, state.settings.language, kept.receipt)
    return Page(shown, detail if detail * LINES_A_PAGE < len(lines) else None, _until(state))


def _until(state: State) -> float:
    return state.now_s + state.settings.hold_s


def _terminal(state: State) -> TerminalFacts:
    settings, moment = state.settings, state.moment
    return TerminalFacts(
        name=settings.name,
        lane=settings.lane,
        profile=settings.profile.name,
        version=settings.version,
        trust_version=state.trust.version if state.trust else None,
        status_age_s=status_age_s(state),
        clock_level=moment.level,
        clock_doubt_s=moment.doubt_s if moment.doubt_s < 1e6 else None,
        refused=state.refused is not None,
    )
