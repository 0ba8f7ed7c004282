"""The printed card: its code and ruler have the size that they say, and each character is drawn."""

from __future__ import annotations

import numpy as np
import pypdfium2

from firmware.scanner.testcard import read_card
from firmware.selftest.card_sheet import CODE_MM, RULER_MM, card_pdf
from firmware.selftest.words import TABLES

DOTS_PER_MM = 8


def drawn() -> np.ndarray:
    page = pypdfium2.PdfDocument(card_pdf())[0]
    return np.asarray(page.render(scale=DOTS_PER_MM * 25.4 / 72).to_pil().convert("L"))


def test_the_code_can_be_read_and_is_as_large_as_it_says() -> None:
    found = read_card(drawn())
    assert found is not None
    side_mm = np.linalg.norm(found.corners[1] - found.corners[0]) / DOTS_PER_MM
    assert abs(side_mm - CODE_MM) < 0.5


def test_the_ruler_is_a_hundred_millimetres() -> None:
    ruler = drawn()[136 * DOTS_PER_MM : 141 * DOTS_PER_MM]
    across_mm = np.ptp(np.flatnonzero((ruler < 60).any(axis=0))) / DOTS_PER_MM
    assert abs(across_mm - RULER_MM) < 0.6


def test_every_character_has_its_glyph() -> None:
    text = pypdfium2.PdfDocument(card_pdf())[0].get_textpage().get_text_range()
    assert "测试卡 Test card" in text
    assert "平举，先近（约 15 厘米），再远（约 30 厘米）" in text
    assert "这不是证件，读它不会放行。" in text


def test_the_distances_are_those_that_the_screen_asks_for() -> None:
    text = pypdfium2.PdfDocument(card_pdf())[0].get_textpage().get_text_range()
    for language, unit in (("zh", "厘米"), ("en", "cm")):
        for place, number in (("near", "15"), ("far", "30")):
            asked = f"{number} {unit}"
            assert asked in TABLES[language][f"card.ask.{place}"]
            assert asked in text
