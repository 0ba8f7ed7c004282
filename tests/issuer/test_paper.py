from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from firmware.model import Kind, Reason
from firmware.verify.trust import TrustView
from issuer import world
from issuer.cose import text_of
from issuer.errors import OfficeError
from issuer.make import Order, make
from issuer.office import Form, Office, Wish
from issuer.paper import PLATE_CLASS_ZH, glyphs, mark_page, page_lines
from issuer.people import VEHICLES
from tests.issuer.common import judge, read_code


@pytest.fixture
def order(shared_office: Office, now_s: int) -> Order:
    return shared_office.order(Wish(Kind.INSPECTION_MARK, Form.PRINTED, VEHICLES["good"]), now_s)


def render(pdf: bytes, dpi: int) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        assert document[0].get_size() == pytest.approx((595.3, 841.9), abs=0.2)
        return document[0].render(scale=dpi / 72).to_pil()
    finally:
        document.close()


@pytest.mark.parametrize("dpi", [110, 300])
def test_the_code_on_the_page_is_believed_by_the_terminal(order: Order, trust: TrustView, now_s: int, dpi: int) -> None:
    text = text_of(make(order))
    read = read_code(render(mark_page(order, text, "北京交管（演示）"), dpi))
    assert read.bytes == text
    assert judge(read.bytes, trust, now_s).reason is Reason.VALID


def test_the_code_is_about_six_centimetres_wide(order: Order) -> None:
    read = read_code(render(mark_page(order, text_of(make(order)), "北京交管（演示）"), 254))
    width_mm = (read.position.top_right.x - read.position.top_left.x) / 10
    assert 45 < width_mm < 58


def test_the_same_order_gives_the_same_page(order: Order) -> None:
    text = text_of(make(order))
    assert mark_page(order, text, "北京交管（演示）") == mark_page(order, text, "北京交管（演示）")


def test_the_page_says_the_facts_and_that_it_is_a_demo(order: Order) -> None:
    said = " ".join(line.text for line in page_lines(order, "北京交管（演示）"))
    for expected in ("京A12345", "小型汽车", "2027年1月17日", "演示样张", "打印出示", order.document.vin[-6:]):
        assert expected in said
    assert order.document.vin not in said


def test_a_character_without_a_glyph_is_refused_and_named(order: Order) -> None:
    strange = replace(order, document=replace(order.document, plate="龘A12345"))
    with pytest.raises(OfficeError, match="龘"):
        page_lines(strange, "北京交管（演示）")


@pytest.mark.parametrize("vehicle", VEHICLES)
@pytest.mark.parametrize("office", [plan.name_zh for plan in world.KEY_PLANS])
def test_every_plate_and_office_of_the_demo_can_be_printed(
    shared_office: Office, now_s: int, vehicle: str, office: str
) -> None:
    order = shared_office.order(Wish(Kind.INSPECTION_MARK, Form.PRINTED, VEHICLES[vehicle]), now_s)
    assert len(page_lines(order, office)) > 12


def test_every_province_can_be_printed() -> None:
    assert set("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领警学挂港澳") <= glyphs()
    assert set("".join(PLATE_CLASS_ZH.values())) <= glyphs()


@pytest.mark.parametrize("name", ["paper-regular.otf", "paper-bold.otf"])
def test_the_fonts_have_every_glyph_of_their_list(name: str) -> None:
    font = ImageFont.truetype(str(files("issuer") / "fonts" / name), 40)

    def drawn(character: str) -> bytes:
        picture = Image.new("L", (60, 60))
        ImageDraw.Draw(picture).text((5, 5), character, font=font, fill=255)
        return picture.tobytes()

    missing = drawn("\ue000")
    assert [character for character in sorted(glyphs() - {" "}) if drawn(character) == missing] == []
