"""Cut the fonts of the receipts' pages out of Noto Sans CJK SC, into firmware/ledger/receipts/fonts.

    python -m tools.bake_receipt_fonts --regular NotoSansCJK-Regular.ttc --bold NotoSansCJK-Bold.ttc
    python -m tools.bake_receipt_fonts --check     # needs no source: exits 1 when a word has a character without a glyph

Where the sources come from, and their licence: firmware/ledger/receipts/fonts/README.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from firmware.display.text import LANGUAGES
from firmware.ledger.receipts import fonts
from firmware.ledger.receipts.words import every_word

FOLDER = Path(fonts.__file__).parent
SIMPLIFIED_CHINESE = 2  # face index inside NotoSansCJK-*.ttc
PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
PLATE_TAILS = "警学挂港澳领使临试超应急军海空北南西沈兰成济广电民航武"
ASCII = "".join(map(chr, range(0x20, 0x7F)))
PUNCTUATION = "±·，。：；（）、“”《》·—…×"
NAME_IDS = [0, 1, 2, 3, 4, 5, 6, 13, 14]


def frequent() -> str:
    """Level 1 of GB 2312: the 3,755 characters that names of people and authorities are mostly written in."""
    pairs = (bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return "".join(pairs)


def verdict_words() -> str:
    """What the verdicts, documents and ways are called in every language: a receipt quotes them."""
    tables = [table for language in LANGUAGES.values() for table in (language.words, language.kinds, language.ways)]
    lines = [line for language in LANGUAGES.values() for line in language.lines.values()]
    return "".join(word for table in tables for word in table.values()) + "".join(
        line.headline + line.detail + line.footer for line in lines
    )


def wanted() -> dict[str, set[str]]:
    """File -> its characters. Bold are the headings, the answers and the plate."""
    words = set(every_word() + ASCII + PUNCTUATION + PROVINCES + PLATE_TAILS)
    return {"receipt-bold.otf": words, "receipt-regular.otf": words | set(frequent() + verdict_words())}


def bake(source: Path, characters: set[str], target: Path) -> None:
    options = subset.Options(
        font_number=SIMPLIFIED_CHINESE, hinting=False, desubroutinize=True, layout_features=[], name_IDs=NAME_IDS
    )
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(characters)))
    cutter.subset(font)
    subset.save_font(font, target, options)


def missing() -> list[str]:
    """One line for each font that lacks a character which a page surely needs."""
    lines = []
    for name in ("receipt-bold.otf", "receipt-regular.otf"):
        have = TTFont(FOLDER / name).getBestCmap()
        need = set(every_word() + PROVINCES + PLATE_TAILS[:8]) | (set(verdict_words()) if "regular" in name else set())
        lacking = sorted(each for each in need if ord(each) not in have)
        if lacking:
            lines.append(f"{name}: missing {''.join(lacking)}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the fonts with the words")
    parser.add_argument("--regular", type=Path)
    parser.add_argument("--bold", type=Path)
    given = parser.parse_args()
    if not given.check:
        if given.regular is None or given.bold is None:
            parser.error("cutting needs --regular and --bold; see firmware/ledger/receipts/fonts/README.md")
        for name, characters in wanted().items():
            bake(given.bold if "bold" in name else given.regular, characters, FOLDER / name)
    problems = missing()
    sys.stdout.write("".join(f"{line}\n" for line in problems) or "the receipts' fonts have every word\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
