"""The page: one sheet that says what the receipt says, in two languages, with a glyph for everything."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from firmware.display.text import LANGUAGES
from firmware.ledger.receipts import body as receipt_body
from firmware.ledger.receipts import fonts, words
from firmware.ledger.receipts.page import draw_page
from tests.ledger.receipts.common import body
from tools.bake_receipt_fonts import PLATE_TAILS, PROVINCES, missing

CODE = "4K7Q2M9X"
NEVER = re.compile("拒赔|免责|拒保|赔付|伪造|假|(?i:forged|fake|denied|disclaim|indemn)")


def text_of(page: bytes) -> str:
    document = pypdfium2.PdfDocument(page)
    try:
        assert len(document) == 1
        assert document[0].get_size() == pytest.approx((595.3, 841.9), abs=0.2)
        return str(document[0].get_textpage().get_text_range())
    finally:
        document.close()


def page_of(**changes: Any) -> str:
    return text_of(draw_page(body(number=12, previous="ab" * 32) | changes, CODE))


def test_the_page_says_code_question_answers_and_evidence_in_both_languages() -> None:
    said = page_of()
    for expected in (
        "4K7Q 2M9X", "2026-06-11 14:30:00", "UTC+08:00", "当日有效", "In date that day", "当日正常", "京A12345", "检验标志",
        "inspection mark", "2024-06-02", "逾期申领", "Applied for late", "是 yes", "免予上线检测", "cd" * 32, "ef" * 32,
        "12" * 32, "ab" * 32, "演示 DEMO", "yanma ledger verify", "T2 ± 1.2 s", "7 · 3", "IMG_2041.png",
    ):  # fmt: skip
        assert expected in said, expected


@pytest.mark.parametrize("answers", list(product(words.ANSWERS, words.STATUSES)), ids=str)
def test_every_pair_of_answers_has_its_words(answers: tuple[str, str]) -> None:
    dates, status = answers
    said = page_of(answer={"dates": dates, "status": status})
    assert words.ANSWERS[dates][0] in said
    assert words.STATUSES[status][1] in said


def test_a_receipt_of_which_little_is_known_has_a_page_too() -> None:
    empty = dict.fromkeys(body()["facts"])
    nothing = {"exempt": None, "issued": None, "due_before": None, "applied_late": None}
    said = page_of(
        document=None, issuer=None, status_list=None, facts=empty, inspection=nothing, environment="production"
    )
    assert "无法判定" not in said
    assert "演示" not in said
    assert "号牌号码" not in said


def test_of_a_mark_it_is_said_when_lateness_is_not_known() -> None:
    said = page_of(inspection={"exempt": None, "issued": None, "due_before": None, "applied_late": None})
    assert said.count("未知 not known") == 2


def test_a_rare_character_is_drawn_as_a_box_with_its_code_point_and_never_dropped() -> None:
    said = page_of(facts=body()["facts"] | {"name": "𬎆*"})
    assert "2C3" in said
    assert "86" in said
    assert "*" in said


@pytest.mark.parametrize("character", [*PROVINCES, *PLATE_TAILS])
def test_every_plate_can_be_written(character: str) -> None:
    bold = TTFont(Path(fonts.__file__).parent / "receipt-regular.otf").getBestCmap()
    assert ord(character) in bold


def test_every_word_of_pages_and_verdicts_has_a_glyph() -> None:
    assert missing() == []


def test_the_same_receipt_gives_the_same_page() -> None:
    facts = body(number=1, previous="")
    assert draw_page(facts, CODE) == draw_page(facts, CODE)


def test_long_facts_stay_on_one_page() -> None:
    facts = dict.fromkeys(body()["facts"], "京" * 60)
    file = {"name": "很长的文件名" * 30 + ".png", "page": 3, "sha256": "cd" * 32}
    assert "cd" * 32 in page_of(facts=facts, file=file).replace("\r\n", "")


def test_no_word_of_a_receipt_speaks_of_cover() -> None:
    """Receipts state facts; whether an insurer pays is decided by others."""
    rooms = (Path(receipt_body.__file__).parent, Path("firmware/commands"))
    root = Path(__file__).parents[3]
    texts = [path.read_text(encoding="utf-8") for room in rooms for path in (root / room).rglob("*.py")]
    tables = [line.headline + line.detail + line.footer for each in LANGUAGES.values() for line in each.lines.values()]
    found = [hit for text in [*texts, *tables, page_of()] for hit in re.findall("拒赔|免责", text)]
    assert found == []
    assert NEVER.search(words.every_word() + page_of()) is None
    assert NEVER.search("理赔: 免责") is not None
