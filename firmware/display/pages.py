"""Verdict or terminal -> lines of small text for a page that a person asked for with a key. Pure; each line fits the panel.

A page says more than the screen of the verdict, never more than the post may show: no name where only the tail of a plate is
shown, and nothing that tells a WANTED vehicle from one that must be looked up online.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from firmware.display import fonts, screens, typeset
from firmware.display.language import Language
from firmware.display.signals import notice_for
from firmware.display.text import choose, fitting, language_for, page_slots, spoken_words
from firmware.model import CheckName, ClockLevel, Notice, Outcome, Profile, Reason, Verdict, Word

LINES_A_PAGE: Final = screens.HEIGHT // 12
Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """What the terminal says of itself. Lengths of time in seconds; None where nothing is known."""

    name: str
    lane: str
    profile: str
    version: str
    trust_version: int | None
    status_age_s: float | None
    clock_level: ClockLevel
    clock_doubt_s: float | None
    refused: bool  # newer trust data came and could not be taken


def recalled_notice(
    verdict: Verdict, profile: Profile, language: str, age_s: float, place: int, of: int, receipt: str = ""
) -> Notice:
    """The screen of an old verdict: marked as old, with its receipt's code or its age in the footer instead of what to do now."""
    words = language_for(language)
    slots = {"age": words.seconds(age_s), "place": str(place), "of": str(of)} | _receipt_slot(receipt)
    footer = fitting(words.pages.recalled, slots, typeset.fits_footer) or ""
    return replace(notice_for(verdict, profile, language), footer=footer, recalled=True)


def receipted_notice(verdict: Verdict, profile: Profile, language: str, receipt: str) -> Notice:
    """The screen of a verdict whose receipt is on the disk: its code in the footer, to be read out or written down."""
    return replace(notice_for(verdict, profile, language), footer=_receipt_line(receipt, language))


def verdict_lines(verdict: Verdict, profile: Profile, language: str, receipt: str = "") -> Lines:
    """What is known of a verdict, most useful first, then what was not good, then its code for whoever helps by telephone.

    The code of its receipt, where there is one, leads.
    """
    shown, words = _as_bystanders_see_it(verdict), language_for(language)
    first = (_receipt_line(receipt, language),) if receipt else ()
    return (*first, *_wrapped(_about_verdict(shown, profile, words)))


def terminal_lines(facts: TerminalFacts, language: str) -> Lines:
    """Who this terminal is, what it believes and how old that is."""
    words = language_for(language)
    slots = {
        "id": facts.name,
        "lane": facts.lane,
        "profile": facts.profile,
        "version": facts.version,
        "clock": words.idle.clock[facts.clock_level],
    }
    if facts.trust_version is not None:
        slots["trust"] = str(facts.trust_version)
    if facts.status_age_s is not None:
        slots["list_age"] = words.seconds(facts.status_age_s)
    if facts.clock_doubt_s is not None:
        slots["doubt"] = words.seconds(facts.clock_doubt_s)
    lines = [fitting(line, slots, _fits) for line in words.pages.terminal]
    lines.append(words.pages.refused if facts.refused else None)
    return tuple(line for line in lines if line)


def day_lines(day: date, is_today: bool, language: str) -> Lines:
    """The page that asks for which day codes shall be judged."""
    words = language_for(language).pages
    slots = {"day": day.isoformat()} | ({"today": ""} if is_today else {})
    return tuple(filter(None, (fitting(line, slots, _fits) for line in words.day)))


def _receipt_line(code: str, language: str) -> str:
    return choose(language_for(language).pages.receipt, _receipt_slot(code), _fits)


def _receipt_slot(code: str) -> dict[str, str]:
    """A receipt's code in two halves, as people read eight characters out; nothing where there is no receipt."""
    return {"receipt": f"{code[:4]} {code[4:]}"} if code else {}


def _as_bystanders_see_it(verdict: Verdict) -> Verdict:
    """WANTED as its everyday twin: a page that said more would undo the discretion of the screen."""
    if verdict.reason is not Reason.WANTED:
        return verdict
    checks = tuple(
        replace(check, outcome=Outcome.UNKNOWN, reason=Reason.CANNOT_TELL, word=Word.LOOK_UP_ONLINE)
        if check.reason is Reason.WANTED
        else check
        for check in verdict.checks
    )
    facts = replace(verdict.facts, word=Word.LOOK_UP_ONLINE)
    return replace(verdict, reason=Reason.CANNOT_TELL, family=Reason.CANNOT_TELL.family, checks=checks, facts=facts)


def _about_verdict(verdict: Verdict, profile: Profile, words: Language) -> Iterator[str]:
    slots = page_slots(verdict, profile, words)
    for alternatives in words.pages.verdict:
        line = fitting(alternatives, slots, lambda line: True)
        if line:
            yield line
    yield " ".join(spoken_words(verdict, words))
    for check in verdict.checks:
        if check.outcome in (Outcome.BAD, Outcome.UNKNOWN) and check.name is not CheckName.DECODE:
            yield words.pages.finding.format(check=words.checks[check.name], outcome=words.outcomes[check.outcome])
    code = verdict.reason.replace("_", " ").lower()
    yield " ".join(filter(None, (code, verdict.facts.word, verdict.facts.error)))


def _fits(line: str) -> bool:
    return typeset.measure(line, fonts.small()) <= screens.LINE_WIDTH


def _wrapped(lines: Iterator[str]) -> Iterator[str]:
    """Each line broken where the panel ends, at a space where there is one."""
    for line in lines:
        rest = line.strip()
        while rest:
            fits = next(n for n in range(len(rest), 0, -1) if n == 1 or _fits(rest[:n]))
            if fits < len(rest) and " " in rest[1 : fits + 1]:
                fits = rest.rindex(" ", 1, fits + 1)
            yield rest[:fits].rstrip()
            rest = rest[fits:].lstrip()
