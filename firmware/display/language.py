"""What one language must provide: the tables behind every line of text. The tables themselves: words_zh, words_en.

A line is written as alternatives separated by `|`, most telling first. `{slot}` is a fact; an alternative is used only when
all its facts are known and the result fits its box. The last alternative has no slot, so that there is always something to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.model import CheckName, ClockLevel, Exposure, Family, Kind, LampColour, Outcome, Reason, Way, Word


@dataclass(frozen=True, slots=True)
class Lines:
    """Headline, detail and footer as alternatives; an empty one is inherited from the reason's own lines."""

    headline: str = ""
    detail: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class IdleWords:
    """The idle and starting screens. `list_age` holds {age}; `clock` says where the time comes from."""

    invite: str
    asked: str  # instead of the invitation, with {day}: codes are judged for a day in the past
    scan: str  # one headline glyph, or a short word, inside the viewfinder
    list_age: str
    no_list: str
    late: str  # alternatives with {late}, passes that newer lists refuse, and {count}
    tail: str  # alternatives with {percent} of the battery and {count} of today's verdicts
    starting: str
    clock: Mapping[ClockLevel, str]


@dataclass(frozen=True, slots=True)
class PageWords:
    """The pages that a key brings up. Each line is alternatives over the facts that are known; none fits: the line is left out."""

    recalled: str  # holds {age}, {place} and {of}; {receipt} where there is one
    receipt: str  # alternatives over {receipt}: what a person reads out
    verdict: tuple[str, ...]  # lines about one verdict
    finding: str  # holds {check} and {outcome}: what was not good
    terminal: tuple[str, ...]  # lines about the terminal itself
    refused: str  # newer trust data was not taken
    only_that_day: str  # footer of a good verdict for a day in the past: no leave to go today
    day: tuple[str, ...]  # asks for a day: alternatives over {day} and, when it is the present one, {today}
    stopping: str


@dataclass(frozen=True, slots=True)
class FocusWords:
    """The focus aid. `module` holds {px}, `peak` holds {peak}."""

    title: str
    module: str
    no_code: str
    peak: str
    exposure: Mapping[Exposure, str]
    advice: str


@dataclass(frozen=True, slots=True)
class StageWords:
    """What the terminal stage writes beside its picture."""

    lamp: str
    colours: Mapping[LampColour, str]
    buzzer: str
    vibration: str
    relay: str
    torch: str
    lit: str
    on: str
    off: str
    opened: str
    closed: str
    keys: str
    recent: str
    too_small: str  # holds {columns} and {rows}


@dataclass(frozen=True, slots=True)
class Language:
    """All words of one language. Every mapping but `by_word`, `by_kind` and `vehicle_words` is complete over its key."""

    code: str
    lines: Mapping[Reason, Lines]
    by_word: Mapping[tuple[Reason, Word], Lines]
    by_kind: Mapping[tuple[Reason, Kind], Lines]
    kiosk_footers: Mapping[Reason, str]
    words: Mapping[Word, str]
    state_headlines: Mapping[Word, str]  # what the headline says for a revoked or held state
    vehicle_words: Mapping[Word, str]  # where a vehicle's state has another name than a licence's
    kinds: Mapping[Kind, str]
    short_kinds: Mapping[Kind, str]
    ways: Mapping[Way, str]
    families: Mapping[Family, str]
    checks: Mapping[CheckName, str]
    outcomes: Mapping[Outcome, str]
    idle: IdleWords
    pages: PageWords
    focus: FocusWords
    demo: str
    stage: StageWords
    brackets: tuple[str, str]  # round a remark that follows a word
    plate: Callable[[str], str]
    seconds: Callable[[float], str]  # a length of time in words: 75 s, 52 h, 12 days
    days: Callable[[int], str]
