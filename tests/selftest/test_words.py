"""The words: both languages say the same, and what the screen asks fits on it."""

from __future__ import annotations

import re

import pytest

from firmware.display import fonts, typeset
from firmware.display.screens import HEIGHT, LINE_WIDTH
from firmware.selftest.words import TABLES, Words

ON_SCREEN = [key for key in TABLES["zh"] if ".ask" in key or key in ("yes-no", "hold", "lines-screen")]
SLOTS = {"passed": "17", "failed": "17", "skipped": "17"}


def test_both_languages_have_the_same_words_with_the_same_slots() -> None:
    slots = {
        language: {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in table.items()}
        for language, table in TABLES.items()
    }
    assert slots["zh"] == slots["en"]


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("key", ON_SCREEN)
def test_what_is_asked_fits_on_the_screen_and_has_its_glyphs(language: str, key: str) -> None:
    words = Words(language)
    lamps = " ".join(words(name) for name in ("red", "amber", "green", "torch"))
    verdicts = [words("verdict-good"), words("verdict-bad")]
    for verdict in verdicts:
        lines = words.lines(key, lamps=lamps, verdict=verdict, **SLOTS)
        assert len(lines) + 1 <= HEIGHT // 12
        for line in lines:
            assert typeset.measure(line, fonts.small()) <= LINE_WIDTH, line
            assert all(character in fonts.small() for character in line)


def test_a_word_that_nobody_wrote_down_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("en")("no such word")
