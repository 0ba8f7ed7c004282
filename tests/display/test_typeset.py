"""Measuring and drawing text."""

from __future__ import annotations

from PIL import Image

from firmware.display import fonts, typeset


def _inked(text: str, width: int = 128) -> Image.Image:
    target = Image.new("1", (width, 16))
    typeset.draw(target, (0, 0), text, fonts.small())
    return target


def test_measure_agrees_with_the_ink_that_is_drawn() -> None:
    for text in ("核对车身 准予放行", "match car", "京A12345", "䶮*", ""):
        box = _inked(text).getbbox()
        assert typeset.measure(text, fonts.small()) == (box[2] if box else 0)


def test_a_character_without_a_glyph_becomes_a_box_with_its_code_point() -> None:
    rare, other = _inked("\U00020bb7"), _inked("\U00020bb6")
    assert "\U00020bb7" not in fonts.small()
    assert rare.getbbox() is not None
    assert rare.tobytes() != other.tobytes()
    assert typeset.measure("䶮", fonts.small()) == 19  # four digits in a frame


def test_shortening_keeps_the_beginning_and_says_that_it_did() -> None:
    font = fonts.small()
    short = typeset.shorten("核对车身准予放行核对车身准予放行", font, 79)
    assert short.startswith("核对车身")
    assert short.endswith("…")
    assert typeset.measure(short, font) <= 79
    assert typeset.shorten("放行", font, 79) == "放行"


def test_the_box_of_79_px_decides_between_the_sizes() -> None:
    assert typeset.detail_font("超7工作日") is fonts.detail()
    assert typeset.detail_font("检验标志 C1") is fonts.small()
    assert typeset.detail_font("联网复核后依法处理") is None


def test_five_han_characters_fill_the_detail_box_and_six_do_not() -> None:
    assert typeset.measure("违法未处理", fonts.detail()) <= typeset.DETAIL_WIDTH
    assert typeset.measure("违法未处理了", fonts.detail()) > typeset.DETAIL_WIDTH
