"""Draw the golden screens again: `python -m tests.screens.regenerate`. Review the pictures like code before committing them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from PIL import Image

from firmware.display import pages, screens
from firmware.display.focus import draw_focus
from firmware.display.idle import draw_idle, fault_pieces
from firmware.display.patterns import PATTERNS
from firmware.display.pieces import centred, draw_pieces
from firmware.display.signals import notice_for
from firmware.display.text import LANGUAGES
from firmware.model import ClockLevel, Exposure, Focus, Idle, Reason, Word
from firmware.selftest.words import Words
from tests.screens.cases import BY_REASON, OTHERS, POST, all_cases

FOLDER = Path(__file__).parent
CONTACT_SHEET = FOLDER / "contact_sheet.png"
_COLUMNS, _SCALE, _GAP = 7, 2, 6


def pictures() -> dict[str, Image.Image]:
    """File stem -> picture, for every golden screen."""
    drawn = {}
    for language in LANGUAGES:
        for name, (verdict, profile) in all_cases().items():
            drawn[f"{name}.{language}"] = screens.draw_notice(notice_for(verdict, profile, language))
        idle = Idle("14:32", ClockLevel.T3, 3 * 3600.0, 137, battery_percent=82)
        drawn[f"idle.{language}"] = draw_idle(idle, language)
        drawn[f"idle.late.{language}"] = draw_idle(replace(idle, late=2), language)
        worst = Idle("23:59", ClockLevel.T1, None, 123456, battery_percent=100, demo=True)
        drawn[f"idle.worst.{language}"] = draw_idle(worst, language)
        drawn[f"idle.asked.{language}"] = draw_idle(replace(idle, asked="06-11"), language)
        for word in ("", f".{Word.NO_FRAMES}", f".{Word.NO_TRUST}"):
            lasting = fault_pieces(notice_for(*all_cases()[f"{Reason.OUT_OF_SERVICE}{word}"], language))
            drawn[f"lasting.OUT_OF_SERVICE{word}.{language}"] = draw_pieces(lasting, centred(lasting))
        drawn[f"idle.kept.{language}"] = draw_idle(replace(idle, clock_level=ClockLevel.T2), language)
        lost = replace(idle, time="--:--", clock_level=ClockLevel.T0)
        drawn[f"idle.lost.{language}"] = draw_idle(lost, language)
        drawn[f"starting.{language}"] = screens.draw_starting(language, "0.1.0")
        drawn[f"stopping.{language}"] = screens.draw_stopping(language)
        drawn |= {f"{name}.{language}": picture for name, picture in _pages(language)}
        drawn |= {f"{name}.{language}": picture for name, picture in _questions(language)}
    return drawn | {f"pattern.{name}": draw() for name, draw in PATTERNS.items()}


def _pages(language: str) -> Iterator[tuple[str, Image.Image]]:
    """What the keys bring up."""
    for name, verdict in (("VALID", BY_REASON[Reason.VALID]), ("REVOKED", BY_REASON[Reason.REVOKED])):
        notice = pages.recalled_notice(verdict, POST, language, 12.0, 2, 5)
        yield f"recalled.{name}", screens.draw_notice(notice)
        yield f"details.{name}", screens.draw_lines(pages.verdict_lines(verdict, POST, language))
        code = "4K7Q2M9X"
        yield f"receipt.{name}", screens.draw_notice(pages.receipted_notice(verdict, POST, language, code))
        recalled = pages.recalled_notice(verdict, POST, language, 12.0, 2, 5, code)
        yield f"receipt.recalled.{name}", screens.draw_notice(recalled)
        yield f"receipt.details.{name}", screens.draw_lines(pages.verdict_lines(verdict, POST, language, code))
    demo = OTHERS["VALID.demo"][0]
    yield "receipt.widest", screens.draw_notice(pages.receipted_notice(demo, POST, language, "WWWWWWWW"))
    widest = pages.recalled_notice(demo, POST, language, 3599.0, 5, 5, "WWWWWWWW")
    yield "receipt.recalled.widest", screens.draw_notice(widest)
    yield "recalled.demo", screens.draw_notice(pages.recalled_notice(demo, POST, language, 3599.0, 5, 5))
    lent = pages.verdict_lines(OTHERS["VALID.lent"][0], POST, language)
    yield "details.lent", screens.draw_lines(lent)
    yield "focus", draw_focus(Focus(87, 91, Exposure.GOOD, 6.2), language)
    yield "focus.none", draw_focus(Focus(0, 0, Exposure.DARK), language)
    yield "focus.most", draw_focus(Focus(100, 100, Exposure.BRIGHT, 12.5), language)
    yield "day", screens.draw_lines(pages.day_lines(date(2026, 6, 12), True, language))
    yield "day.past", screens.draw_lines(pages.day_lines(date(2026, 6, 11), False, language))
    known = pages.TerminalFacts("terminal-1", "2", "police", "0.1.0", 1781236200, 7200.0, ClockLevel.T2, 2.0, True)
    yield "terminal", screens.draw_lines(pages.terminal_lines(known, language))
    bare = replace(known, trust_version=None, status_age_s=None, clock_level=ClockLevel.T0, clock_doubt_s=None)
    yield "terminal.bare", screens.draw_lines(pages.terminal_lines(bare, language))


def contact_sheet(drawn: dict[str, Image.Image]) -> Image.Image:
    """All pictures on one sheet, for people."""
    cell_width, cell_height = screens.WIDTH * _SCALE + _GAP, screens.HEIGHT * _SCALE + _GAP
    rows = -(-len(drawn) // _COLUMNS)
    sheet = Image.new("L", (_COLUMNS * cell_width + _GAP, rows * cell_height + _GAP), 90)
    for place, picture in enumerate(drawn.values()):
        corner = (_GAP + place % _COLUMNS * cell_width, _GAP + place // _COLUMNS * cell_height)
        sheet.paste(picture.resize((screens.WIDTH * _SCALE, screens.HEIGHT * _SCALE)), corner)
    return sheet


def _questions(language: str) -> Iterator[tuple[str, Image.Image]]:
    """What the self-test asks, and its last screen."""
    words = Words(language)
    slots = {"lamps": " ".join(words(name) for name in ("red", "amber", "green", "torch"))}
    for name in ("display", "lamps", "sound", "vibration", "relay.moved"):
        yield f"selftest.{name}", screens.draw_lines((*words.lines(f"{name}.ask", **slots), words("yes-no")))
    yield "selftest.relay", screens.draw_lines((*words.lines("relay.ask"), words("hold")))
    for name in ("keys.ask", "card.ask.near", "card.ask.far"):
        yield f"selftest.{name}", screens.draw_lines(words.lines(name))
    counts = {"passed": 10, "failed": 1, "skipped": 6, "verdict": words("verdict-bad")}
    yield "selftest.end", screens.draw_lines(words.lines("lines-screen", **counts))


def main() -> int:
    drawn = pictures()
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, picture in drawn.items():
        picture.save(FOLDER / f"{name}.png", optimize=True)
    contact_sheet(drawn).save(CONTACT_SHEET, optimize=True)
    sys.stdout.write(f"{len(drawn)} screens drawn\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
