"""The words: complete, fitting, decent, and never cut in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.display import fonts, typeset
from firmware.display.language import Language
from firmware.display.text import LANGUAGES, language_for, sentence, slots_in, text_for
from firmware.model import (
    Ages,
    CheckName,
    ClockLevel,
    Facts,
    Family,
    Kind,
    LampColour,
    Outcome,
    Reason,
    Verdict,
    Way,
    Word,
)
from tests.display.phrases import phrases
from tests.screens.cases import BY_REASON, GATE, LENT, LICENCE, MARK, POST, all_cases

EVERY_LANGUAGE = pytest.mark.parametrize("tables", LANGUAGES.values(), ids=LANGUAGES)


@EVERY_LANGUAGE
def test_every_word_of_the_model_has_a_text(tables: Language) -> None:
    for mapping, vocabulary in (
        (tables.lines, Reason),
        (tables.words, Word),
        (tables.kinds, Kind),
        (tables.short_kinds, Kind),
        (tables.ways, Way),
        (tables.families, Family),
        (tables.checks, CheckName),
        (tables.outcomes, Outcome),
        (tables.idle.clock, ClockLevel),
        (tables.stage.colours, LampColour),
    ):
        assert set(mapping) == set(vocabulary)
        assert all(phrase.strip() for phrase in phrases(mapping))


def test_the_languages_say_the_same_things() -> None:
    zh, en = LANGUAGES["zh"], LANGUAGES["en"]
    assert set(zh.by_word) == set(en.by_word)
    assert set(zh.by_kind) == set(en.by_kind)
    assert set(zh.kiosk_footers) == set(en.kiosk_footers)
    assert set(zh.state_headlines) == set(en.state_headlines)


@EVERY_LANGUAGE
def test_the_last_alternative_of_every_line_needs_no_fact_and_fits(tables: Language) -> None:
    for lines in (*tables.lines.values(), *tables.by_word.values(), *tables.by_kind.values()):
        if lines.headline:
            last = lines.headline.split("|")[-1]
            assert not slots_in(last)
            assert typeset.headline_font(last) is not None, last
        if lines.detail:
            last = lines.detail.split("|")[-1]
            assert not slots_in(last)
            assert typeset.detail_font(last) is not None, last
    footers = [lines.footer for lines in (*tables.lines.values(), *tables.by_word.values(), *tables.by_kind.values())]
    for footer in filter(None, (*footers, *tables.kiosk_footers.values())):
        last = footer.split("|")[-1]
        assert not slots_in(last)
        assert typeset.fits_footer(last), last


@EVERY_LANGUAGE
def test_every_state_that_a_headline_can_name_fits_it(tables: Language) -> None:
    for headline in (*tables.state_headlines.values(), *tables.vehicle_words.values()):
        font = typeset.headline_font(headline)
        assert font is not None, headline
        assert font.width >= 20


def test_chinese_headlines_are_two_or_three_glyphs_of_26_to_30_px() -> None:
    zh = LANGUAGES["zh"]
    headlines = [
        lines.headline.split("|")[-1] for lines in (*zh.lines.values(), *zh.by_word.values()) if lines.headline
    ]
    for headline in (*headlines, *zh.state_headlines.values()):
        font = typeset.headline_font(headline)
        assert len(headline) in (2, 3)
        assert font is not None
        assert font.width == (30 if len(headline) == 2 else 26)


@EVERY_LANGUAGE
def test_every_character_of_every_text_has_a_glyph(tables: Language) -> None:
    missing = {c for phrase in phrases(tables) for c in phrase if c not in fonts.small() or c not in fonts.detail()}
    assert missing - set("─") == set()  # the rule of the terminal stage is not for the panel


@EVERY_LANGUAGE
def test_no_text_accuses_anybody(tables: Language) -> None:
    said = " ".join(phrases(tables)).lower()
    assert not [word for word in ("伪", "假", "fake", "forge", "fraud", "拒赔", "免责") if word in said]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_of_the_specification_are_said(language: str) -> None:
    expected = {
        "zh": {
            Reason.VALID: ("有效", "京A12345", "核对车身 准予放行"),
            Reason.VALID_NOTICE: ("有效", "余12天", "京AD12345 提醒办理"),
            Reason.EXPIRED: ("过期", "逾期43天", "06-20到期 按规处理"),
            Reason.NOT_YET_VALID: ("未生效", "12-01起", "核对日期 暂不认可"),
            Reason.REVOKED: ("注销", "驾驶证 C1", "联网复核后依法处理"),
            Reason.SUSPENDED: ("暂扣", "驾驶证 C1", "不得驾驶 联网复核"),
            Reason.BAD_SIGNATURE: ("码异常", "签名不符", "已读2遍 先人工核验"),
            Reason.DATA_TOO_OLD: ("待联网", "旧52小时", "签名真 吊销状态未核"),
            Reason.WRONG_DOCUMENT: ("不适用", "驾驶证", "请出示: 检验标志"),
            Reason.DELEGATION_EXCEEDED: ("无授权", "超7工作日", "请车主重新授权"),
            Reason.REPLAYED: ("重复码", "12秒前", "2号道用过 核对人车"),
            Reason.CANNOT_TELL: ("待核验", "错误E41", "无法判定 改人工核验"),
            Reason.OUT_OF_SERVICE: ("停用", "E21无画面", "请走人工通道 已上报"),
            Reason.WANTED: ("待联网", "请稍候", "核验中 W"),
        },
        "en": {
            Reason.VALID: ("VALID", "BJ-A12345", "match car, then go"),
            Reason.EXPIRED: ("EXPIRED", "43 days", "06-20: by local rules"),
            Reason.SUSPENDED: ("HELD", "licence C1", "may not drive, verify"),
            Reason.BAD_SIGNATURE: ("CHECK", "bad signature", "read twice, verify"),
            Reason.WANTED: ("NO NET", "please wait", "checking W"),
        },
    }[language]
    for reason, lines in expected.items():
        words = text_for(BY_REASON[reason], POST, language)
        assert (words.headline, words.detail, words.footer) == lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [each for each in Reason if each.family in ("STOP", "ALERT", "UNSURE", "SERVICE")])
def test_a_kiosk_offers_the_manual_lane_on_every_refusal(reason: Reason, language: str) -> None:
    for facts in (Facts(), MARK, LICENCE, LENT, *(Facts(word=word) for word in Word)):
        footer = text_for(Verdict(reason.family, reason, facts=facts), GATE, language).footer
        assert {"zh": "人工通道", "en": "manual lane"}[language] in footer


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gate_shows_the_tail_of_a_plate_and_no_name(language: str) -> None:
    for verdict, _ in all_cases().values():
        words = text_for(verdict, GATE, language)
        told = sentence(verdict, language, GATE)
        for line in (words.headline, words.detail, words.footer, told):
            assert "A12345" not in line
            assert "AD12345" not in line
            assert "王" not in line
            assert "李" not in line
    assert text_for(BY_REASON[Reason.VALID], GATE, language).detail == {"zh": "京A·**345", "en": "BJ-A·**345"}[language]


def test_a_licence_shows_its_class_and_a_masked_name_and_asks_for_the_person() -> None:
    words = text_for(Verdict(Family.GO, Reason.VALID, facts=LICENCE), POST, "zh")
    assert (words.detail, words.footer) == ("C1 王*", "核对本人 准予放行")


def test_a_lent_vehicle_licence_shows_the_watermark_person_purpose_and_end() -> None:
    assert text_for(Verdict(Family.GO, Reason.VALID, facts=LENT), POST, "zh").footer == "授权李* 自驾 至06-20"


def test_a_phone_whose_clock_is_fast_is_told_so() -> None:
    words = text_for(Verdict(Family.RETRY, Reason.CODE_STALE, ages=Ages(code_s=-40.0)), POST, "zh")
    assert (words.detail, words.footer) == ("手机快40秒", "校准手机时间 再扫")


def test_a_vehicle_whose_use_is_stopped_is_named_as_a_vehicle() -> None:
    facts = replace(MARK, word=Word.USE_STOPPED, more=2)
    words = text_for(Verdict(Family.STOP, Reason.SUSPENDED, facts=facts), POST, "zh")
    assert (words.headline, words.detail) == ("停驶", "检验标志 +2")
    licence = replace(LICENCE, word=Word.USE_STOPPED)
    assert text_for(Verdict(Family.STOP, Reason.SUSPENDED, facts=licence), POST, "zh").headline == "停用"


@pytest.mark.parametrize(
    ("days", "detail"), [(1, "逾期1天"), (999, "逾期999天"), (1000, "逾期2年"), (12345, "逾期33年")]
)
def test_many_days_become_years(days: int, detail: str) -> None:
    facts = replace(MARK, ends=date(1992, 6, 20), days=days)
    assert text_for(Verdict(Family.STOP, Reason.EXPIRED, facts=facts), POST, "zh").detail == detail


@pytest.mark.parametrize(
    ("age_s", "detail"),
    [(59.9, "旧59秒"), (119, "旧119秒"), (120, "旧2分"), (3599, "旧59分"), (3600, "旧1小时"), (52 * 3600, "旧52小时"),
     (4 * 86400 - 1, "旧95小时"), (4 * 86400, "旧4天"), (400 * 86400, "旧400天")],
)  # fmt: skip
def test_ages_use_the_unit_that_people_would(age_s: float, detail: str) -> None:
    verdict = Verdict(Family.UNSURE, Reason.DATA_TOO_OLD, ages=Ages(status_s=age_s))
    assert text_for(verdict, POST, "zh").detail == detail


@pytest.mark.parametrize(
    ("plate", "shown"),
    [
        ("京A12345", "BJ-A12345"),
        ("粤Z1234港", "GD-Z1234-HK"),
        ("使014578", "EMB-014578"),
        ("WJ京12345", "WJ京12345"),
        ("", ""),
    ],
)
def test_english_plates_have_letters_for_provinces(plate: str, shown: str) -> None:
    assert LANGUAGES["en"].plate(plate) == shown


_FIELD = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="|"), max_size=64)


@settings(max_examples=150, deadline=None)
@given(
    reason=st.sampled_from(Reason),
    word=st.none() | st.sampled_from(Word),
    kind=st.none() | st.sampled_from(Kind),
    field=_FIELD,
    days=st.none() | st.integers(0, 10**6),
    age_s=st.none() | st.floats(-1e6, 1e9),
    language=st.sampled_from(sorted(LANGUAGES)),
    post=st.sampled_from((POST, GATE)),
)
def test_no_fact_however_long_pushes_a_line_out_of_its_box(
    reason, word, kind, field, days, age_s, language, post
) -> None:
    facts = Facts(
        kind=kind, way=Way.PRINTED, plate=field, classes=field, name=field, purpose=field, error=field, word=word, days=days,
        ends=date(2026, 6, 20), begins=date(2026, 6, 20), more=99, used_s=age_s and abs(age_s), used_lane=field,
    )  # fmt: skip
    verdict = Verdict(reason.family, reason, facts=facts, ages=Ages(age_s, age_s and abs(age_s), None))
    words = text_for(verdict, post, language)
    assert typeset.headline_font(words.headline) is not None
    assert typeset.detail_font(words.detail) is not None
    assert typeset.fits_footer(words.footer)
    assert words.headline
    assert words.detail
    assert words.footer


@pytest.mark.parametrize("reason", Reason)
def test_every_pair_of_reason_and_word_can_be_said(reason: Reason) -> None:
    for word, language in product(Word, LANGUAGES):
        words = text_for(Verdict(reason.family, reason, facts=Facts(word=word)), POST, language)
        assert typeset.detail_font(words.detail) is not None


def test_a_long_plate_keeps_both_ends() -> None:
    facts = replace(MARK, plate="粤Z1234567890港")
    assert text_for(Verdict(Family.GO, Reason.VALID, facts=facts), POST, "zh").detail == "粤Z123…890港"


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (BY_REASON[Reason.VALID], "有效 京A12345 检验标志(现场出示)"),
        (BY_REASON[Reason.EXPIRED], "过期 逾期43天 京A12345 检验标志(现场出示) - 06-20到期 按规处理"),
        (BY_REASON[Reason.SUSPENDED], "暂扣 驾驶证 C1 (现场出示) - 不得驾驶 联网复核"),
        (BY_REASON[Reason.UNKNOWN_ISSUER], "无密钥 未知签发 没有此签发机关的密钥 - 同步密钥 改人工核"),
        (Verdict(Family.GO, Reason.VALID, facts=replace(MARK, demo=True)), "有效 京A12345 检验标志(现场出示) [演示]"),
    ],
)
def test_a_sentence_says_the_verdict_in_one_line(verdict: Verdict, line: str) -> None:
    assert sentence(verdict, "zh") == line


def test_an_unknown_language_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(ValueError, match="zh, en"):
        language_for("fr")


def test_a_sentence_without_a_plate_names_the_document_once() -> None:
    """As a terminal's receipt says it, which keeps no plate."""
    verdict = Verdict(Family.GO, Reason.VALID, facts=Facts(kind=Kind.INSPECTION_MARK, way=Way.DOWNLOADED))
    assert sentence(verdict, "en") == "VALID inspection mark (downloaded)"
    assert sentence(verdict, "zh") == "有效 检验标志 (离线出示)"
