"""Draw the golden screens again: `python -m tests.screens.regenerate`. Review the pictures like code before committing them."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from firmware.display import screens
from firmware.display.signals import notice_for
from firmware.display.text import LANGUAGES
from firmware.model import ClockLevel, Idle
from tests.screens.cases import all_cases

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
        drawn[f"idle.{language}"] = screens.draw_idle(idle, language)
        worst = Idle("23:59", ClockLevel.T1, None, 123456, battery_percent=100, demo=True)
        drawn[f"idle.worst.{language}"] = screens.draw_idle(worst, language)
        drawn[f"starting.{language}"] = screens.draw_starting(language, "0.1.0")
    return drawn


def contact_sheet(drawn: dict[str, Image.Image]) -> Image.Image:
    """All pictures on one sheet, for people."""
    cell_width, cell_height = screens.WIDTH * _SCALE + _GAP, screens.HEIGHT * _SCALE + _GAP
    rows = -(-len(drawn) // _COLUMNS)
    sheet = Image.new("L", (_COLUMNS * cell_width + _GAP, rows * cell_height + _GAP), 90)
    for place, picture in enumerate(drawn.values()):
        corner = (_GAP + place % _COLUMNS * cell_width, _GAP + place // _COLUMNS * cell_height)
        sheet.paste(picture.resize((screens.WIDTH * _SCALE, screens.HEIGHT * _SCALE)), corner)
    return sheet


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
