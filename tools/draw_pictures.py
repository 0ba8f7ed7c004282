"""Draw the pictures of the documentation with the product's own screens, so that they can never show what it does not say.

python -m tools.draw_pictures           # writes docs/pictures/*.png
python -m tools.draw_pictures --check   # exits 1 when a picture is not what the product draws now
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from firmware.display.idle import draw_idle
from firmware.display.screens import HEIGHT, WIDTH, draw_notice
from firmware.display.signals import notice_for
from firmware.display.text import NEUTRAL_POST
from firmware.model import Ages, ClockLevel, Facts, Idle, Kind, Reason, Verdict, Word

FOLDER: Final = Path(__file__).parent.parent / "docs/pictures"
SCALE: Final = 4
MARGIN: Final = 16
PANEL: Final = (10, 12, 16)
LIT: Final = (180, 225, 255)
PAPER: Final = (52, 56, 62)

_CAR: Final = Facts(kind=Kind.INSPECTION_MARK, plate="京A12345")
#: One of each outcome: go, show it again, not good today, look closer.
VERDICTS: Final = (
    (Reason.VALID, _CAR, Ages()),
    (Reason.CODE_STALE, Facts(kind=Kind.VEHICLE_LICENCE), Ages(code_s=95.0)),
    (Reason.EXPIRED, Facts(kind=Kind.INSPECTION_MARK, plate="京A12345", ends=date(2026, 6, 20), days=43), Ages()),
    (Reason.SUSPENDED, Facts(kind=Kind.DRIVING_LICENCE, classes="C1", word=Word.HELD), Ages()),
    (Reason.DATA_TOO_OLD, Facts(kind=Kind.INSPECTION_MARK, word=Word.LIST_OLD), Ages(status_s=52 * 3600.0)),
    (Reason.BAD_SIGNATURE, Facts(), Ages()),
)


def verdicts(language: str) -> Image.Image:
    """Two columns of screens, four times their size."""
    screens = [
        draw_notice(notice_for(Verdict(reason.family, reason, facts=facts, ages=ages), NEUTRAL_POST, language))
        for reason, facts, ages in VERDICTS
    ]
    return _sheet(screens, columns=2)


def idle(language: str) -> Image.Image:
    """The waiting screen, four times its size."""
    return _sheet([draw_idle(Idle("14:32", ClockLevel.T3, 2 * 3600.0, 137), language)], columns=1)


def _sheet(screens: list[Image.Image], columns: int) -> Image.Image:
    width, height = WIDTH * SCALE, HEIGHT * SCALE
    rows = -(-len(screens) // columns)
    sheet = Image.new("RGB", (columns * (width + MARGIN) + MARGIN, rows * (height + MARGIN) + MARGIN), PAPER)
    for place, screen in enumerate(screens):
        row, column = divmod(place, columns)
        lit = screen.resize((width, height), Image.Resampling.NEAREST)
        corner = (MARGIN + column * (width + MARGIN), MARGIN + row * (height + MARGIN))
        sheet.paste(Image.composite(Image.new("RGB", lit.size, LIT), Image.new("RGB", lit.size, PANEL), lit), corner)
    return sheet.quantize(8)


def pictures() -> dict[str, Image.Image]:
    return {
        f"{name}.{code}.png": draw(code)
        for name, draw in (("verdicts", verdicts), ("idle", idle))
        for code in ("zh", "en")
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """The names of the pictures that are missing or differ from what the product draws now."""
    return [name for name, picture in pictures().items() if not _same(folder / name, picture)]


def _same(path: Path, picture: Image.Image) -> bool:
    if not path.exists():
        return False
    with Image.open(path) as kept:
        one, other = kept.convert("RGB"), picture.convert("RGB")
        return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    if parser.parse_args().check:
        old = stale()
        sys.stdout.write("\n".join([*old, ""]) or "the pictures are what the product draws\n")
        return 1 if old else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        picture.save(FOLDER / name, optimize=True)
        sys.stdout.write(f"{FOLDER / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
