"""Verdict -> words: which lines a verdict gets in a language, filled with its facts and fitted to their boxes. Pure.

The tables are words_zh and words_en; language.py says how their lines are written. Facts are shortened by rule before they are
set in a line, with an ellipsis; a line that then does not fit gives way to its next alternative. Nothing is ever cut silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import Formatter

from firmware.display import typeset
from firmware.display.language import Language, Lines
from firmware.display.words_en import EN
from firmware.display.words_zh import ZH
from firmware.model import Ages, Facts, Family, Kind, Profile, Reason, Verdict, Way, Word

LANGUAGES: dict[str, Language] = {each.code: each for each in (ZH, EN)}

#: For words that no post asked for: a command line, the machine's own screens.
NEUTRAL_POST = Profile("", (), Kind.INSPECTION_MARK)
#: A date further away than this is shown with its year and without its day.
_FAR_DAYS = 330
#: Longest facts, in characters: a longer one is shortened, so that a stranger's field cannot push the words off the screen.
_MAX_PLATE, _MAX_NAME, _MAX_CLASSES, _MAX_PURPOSE, _MAX_ERROR = 10, 4, 6, 6, 6
_TAIL = 3
#: Slots that say nothing: they let an alternative apply only when something is so.
_MARKERS = frozenset({"if_early", "if_live"})
_LICENCES = (Kind.DRIVING_LICENCE,)


@dataclass(frozen=True, slots=True)
class Text:
    """The three lines of a notice, each known to fit its box."""

    headline: str
    detail: str
    footer: str


def language_for(code: str) -> Language:
    """The language's tables; raises ValueError with the languages that exist."""
    if code not in LANGUAGES:
        raise ValueError(f"no words in language {code!r}; there are {', '.join(LANGUAGES)}")
    return LANGUAGES[code]


def text_for(verdict: Verdict, profile: Profile, language: str) -> Text:
    """The words of a verdict at this post."""
    tables = language_for(language)
    slots = _slots(verdict, profile, tables)
    lines = lines_for(verdict.reason, verdict.facts, profile, tables)
    return Text(
        choose(lines.headline, slots, lambda line: typeset.headline_font(line) is not None),
        choose(lines.detail, slots, lambda line: typeset.detail_font(line) is not None),
        choose(lines.footer, slots, typeset.fits_footer),
    )


def lines_for(reason: Reason, facts: Facts, profile: Profile, tables: Language) -> Lines:
    """The alternatives that apply: the word's own lines before the document's, before the reason's; a kiosk's footer leads."""
    layers = [tables.lines[reason]]
    if facts.kind is not None:
        layers.insert(0, tables.by_kind.get((reason, facts.kind), Lines()))
    if facts.word is not None:
        layers.insert(0, tables.by_word.get((reason, facts.word), Lines()))
    footers = [layer.footer for layer in layers]
    if facts.asked is not None and reason.family in (Family.GO, Family.GO_NOTICE):
        footers.insert(0, tables.pages.only_that_day)
    elif profile.kiosk:
        footers.insert(0, tables.kiosk_footers.get(reason, ""))
    return Lines(
        next(filter(None, (layer.headline for layer in layers))),
        next(filter(None, (layer.detail for layer in layers))),
        next(filter(None, footers)),
    )


def sentence(verdict: Verdict, language: str, profile: Profile | None = None) -> str:
    """One line for people at a command line: 有效 京A12345 检验标志(现场出示).

    Says more than the screen, never more than the verdict's facts. With a profile that shows plate tails
    only, the sentence does so too.
    """
    tables, facts = language_for(language), verdict.facts
    post = profile or NEUTRAL_POST
    lines = text_for(verdict, post, language)
    slots = _slots(verdict, post, tables)
    said = f"{lines.headline} {lines.detail} {lines.footer}"
    named = "" if facts.kind is None else tables.kinds[facts.kind]
    shortened = lines.detail != named and lines.detail in named  # "inspection" before "inspection mark"
    parts = [lines.headline, "" if shortened else lines.detail]
    words = list(spoken_words(verdict, tables))
    facts_said = [slots[name] for name in ("plate", "classes") if name in slots]
    parts += [part for part in dict.fromkeys(words + facts_said) if part not in said]
    if facts.kind is not None:
        opening, closing = tables.brackets
        way = facts.way and tables.ways[facts.way]
        kind = "" if named in said else named
        parts.append(f"{kind}{opening}{way}{closing}".strip() if way and way not in said else kind)
    if facts.demo:
        parts.append(f"[{tables.demo}]")
    if verdict.reason is not Reason.VALID or facts.purpose is not None:
        parts.append(f"- {lines.footer}")  # of a delegation the footer says whom, for what and until when
    return " ".join(filter(None, parts))


def spoken_words(verdict: Verdict, tables: Language) -> tuple[str, ...]:
    """The exact word of the verdict and its notices, each once, as the language says them."""
    facts = verdict.facts
    return tuple(dict.fromkeys(_word(each, facts, tables) for each in (facts.word, *facts.notices) if each is not None))


def page_slots(verdict: Verdict, profile: Profile, tables: Language) -> dict[str, str]:
    """Every fact that a page of details may name at this post, with whole dates."""
    facts = verdict.facts
    found = _slots(verdict, profile, tables)
    dates = {"ends": facts.ends, "begins": facts.begins, "until": facts.delegated_until}
    found |= {name: day.isoformat() for name, day in dates.items() if day is not None}
    if facts.kind is not None:
        found["kind"] = tables.kinds[facts.kind]
    if facts.days is not None:
        found["overdue" if verdict.reason is Reason.EXPIRED else "left"] = tables.days(abs(facts.days))
    if not profile.plate_tail_only:
        found |= {
            name: value for name, value in (("vehicle_type", facts.vehicle_type), ("issuer", facts.issuer)) if value
        }
    return found


def headline_characters() -> set[str]:
    """Every character that some headline, or the idle screen's viewfinder, can need: the characters to bake."""
    characters: set[str] = set()
    for tables in LANGUAGES.values():
        every = [*tables.lines.values(), *tables.by_word.values(), *tables.by_kind.values()]
        fixed = [line for lines in every for line in lines.headline.split("|") if "{" not in line]
        for line in (*fixed, *tables.state_headlines.values(), *tables.vehicle_words.values(), *_viewfinder(tables)):
            characters.update(line)
    return characters


def _viewfinder(tables: Language) -> tuple[str, ...]:
    return tables.idle.scan, tables.idle.starting, tables.pages.stopping


def slots_in(line: str) -> set[str]:
    """The names of the facts that one alternative needs."""
    return {name for _, name, _, _ in Formatter().parse(line) if name}


def choose(alternatives: str, slots: dict[str, str], fits: Callable[[str], bool]) -> str:
    """The first alternative whose facts are known and which fits; else the last one, whose facts always are."""
    *telling, plain = alternatives.split("|")
    filled = (line.format(**slots) for line in telling if slots_in(line) <= slots.keys())
    return next((line for line in filled if fits(line)), plain.format(**slots))


def fitting(alternatives: str, slots: dict[str, str], fits: Callable[[str], bool]) -> str | None:
    """The first alternative whose facts are known and which fits; None when there is none."""
    filled = (line.format(**slots) for line in alternatives.split("|") if slots_in(line) <= slots.keys())
    return next((line for line in filled if fits(line)), None)


def _slots(verdict: Verdict, profile: Profile, tables: Language) -> dict[str, str]:
    """Every fact that a line may ask for, in the language's words; an unknown fact has no entry."""
    found = {
        **dict(_document_slots(verdict.facts, profile, tables)),
        **dict(_state_slots(verdict.facts, tables)),
        **dict(_age_slots(verdict.ages, verdict.facts, tables)),
    }
    return {name: value for name, value in found.items() if value or (value is not None and name in _MARKERS)}


def _document_slots(facts: Facts, profile: Profile, tables: Language) -> Iterator[tuple[str, str | None]]:
    yield "plate", facts.plate and _clip(tables.plate(_shown_plate(facts.plate, profile)), _MAX_PLATE + _TAIL)
    yield "classes", facts.classes and _clip(facts.classes, _MAX_CLASSES)
    yield "purpose", facts.purpose and _clip(facts.purpose, _MAX_PURPOSE)
    yield "until", facts.delegated_until.strftime("%m-%d") if facts.delegated_until else None
    if not profile.plate_tail_only:  # a post that shows only the tail of a plate shows no name at all
        yield "name", facts.name and _clip(facts.name, _MAX_NAME)
        yield "grantee", facts.grantee and _clip(facts.grantee, _MAX_NAME)
    yield "asks", tables.short_kinds[profile.asks_for]
    if facts.kind is not None:
        yield "short_kind", tables.short_kinds[facts.kind]
        yield "if_live", "" if Way.LIVE in profile.ways_for(facts.kind) else None
    yield "asked", facts.asked.strftime("%m-%d") if facts.asked else None
    if facts.way is not None:
        yield "way", tables.ways[facts.way]


def _state_slots(facts: Facts, tables: Language) -> Iterator[tuple[str, str | None]]:
    if facts.word is not None:
        yield "word", _word(facts.word, facts, tables)
        yield "state", _vehicle_word(facts.word, facts, tables) or tables.state_headlines.get(facts.word)
    yield "more", f"+{facts.more}" if facts.more else None
    yield "error", facts.error and _clip(facts.error, _MAX_ERROR)
    if facts.days is not None:
        yield "days", tables.days(abs(facts.days))
    if facts.ends is not None:
        yield "ends", facts.ends.strftime("%Y-%m" if abs(facts.days or 0) > _FAR_DAYS else "%m-%d")
    if facts.begins is not None:
        yield "begins", facts.begins.strftime("%Y-%m" if abs(facts.days or 0) > _FAR_DAYS else "%m-%d")


def _age_slots(ages: Ages, facts: Facts, tables: Language) -> Iterator[tuple[str, str | None]]:
    if ages.code_s is not None:
        # Made later than now: the phone's clock is fast, and refreshing will not help.
        yield ("early", tables.seconds(-ages.code_s)) if ages.code_s < 0 else ("code_age", tables.seconds(ages.code_s))
        yield "if_early", "" if ages.code_s < 0 else None
    if ages.status_s is not None:
        yield "list_age", tables.seconds(ages.status_s)
    if facts.used_s is not None:
        yield "used", tables.seconds(facts.used_s)
    if facts.used_lane is not None:
        yield "lane", _clip(facts.used_lane, 3)


def _word(word: Word, facts: Facts, tables: Language) -> str:
    return _vehicle_word(word, facts, tables) or tables.words[word]


def _vehicle_word(word: Word, facts: Facts, tables: Language) -> str | None:
    return None if facts.kind is None or facts.kind in _LICENCES else tables.vehicle_words.get(word)


def _shown_plate(plate: str, profile: Profile) -> str:
    """At a post that may show a tail only: 京A12345 -> 京A·**345, however long the number is."""
    plate = _clip(plate, _MAX_PLATE)
    return f"{plate[:2]}·**{plate[-_TAIL:]}" if profile.plate_tail_only and len(plate) > 2 + _TAIL else plate


def _clip(value: str, longest: int) -> str:
    """At most `longest` characters, the middle given up, because a plate or a class is known by its two ends."""
    if len(value) <= longest:
        return value
    tail = (longest - 1) // 2
    return f"{value[: longest - 1 - tail]}{typeset.ELLIPSIS}{value[len(value) - tail :]}"
