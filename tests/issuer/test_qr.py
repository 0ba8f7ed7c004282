from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from issuer import qr
from issuer.errors import Exit, OfficeError
from tests.issuer.common import read_code

TEXT = b"JZ1:" + b"ABC123" * 44


@pytest.mark.parametrize("ink", qr.Ink)
def test_a_picture_reads_back_in_every_ink(ink: qr.Ink) -> None:
    read = read_code(Image.open(io.BytesIO(qr.png(qr.code_of(TEXT, qr.Carrier.SCREEN), ink))))
    assert read.bytes == TEXT


def test_the_picture_has_a_quiet_zone_of_four_modules() -> None:
    picture = Image.open(io.BytesIO(qr.png(qr.code_of(TEXT, qr.Carrier.SCREEN), scale=1))).convert("L")
    assert min(picture.crop((0, 0, picture.width, 4)).tobytes()) == 255
    assert picture.getpixel((4, 4)) == 0


def test_paper_takes_stronger_correction_and_gives_it_up_before_it_grows_too_large() -> None:
    assert qr.code_of(TEXT, qr.Carrier.PAPER).error == "Q"
    longer = TEXT + b"A" * 60
    assert qr.code_of(longer, qr.Carrier.PAPER).error == "M"


@pytest.mark.parametrize(
    ("carrier", "version", "capacity"), [(qr.Carrier.PAPER, 12, 419), (qr.Carrier.SCREEN, 16, 656)]
)
def test_a_code_larger_than_its_carrier_allows_is_refused(carrier: qr.Carrier, version: int, capacity: int) -> None:
    assert int(qr.code_of(b"A" * capacity, carrier).version) == version
    with pytest.raises(OfficeError, match=f"at most {version}") as caught:
        qr.code_of(b"A" * (capacity + 1), carrier)
    assert caught.value.exit_code is Exit.BAD_DATA


def test_the_text_is_written_in_alphanumeric_mode() -> None:
    assert qr.code_of(TEXT, qr.Carrier.SCREEN).mode == "alphanumeric"


def test_an_svg_carries_no_style_and_no_script() -> None:
    svg = qr.svg(qr.code_of(TEXT, qr.Carrier.SCREEN)).decode()
    assert svg.startswith("<svg ")
    assert "style" not in svg
    assert "script" not in svg


@pytest.mark.parametrize("height", [2, 3])
def test_half_blocks_show_two_rows_of_modules_in_one_line(height: int) -> None:
    matrix = [[True, True, False, False], [True, False, True, False], [True, True, True, True]][:height]
    lines = qr.half_blocks(matrix)
    assert lines[0] == " ▄▀█"
    assert lines[1:] == (["▄▄▄▄"] if height == 3 else [])


def test_a_drawing_in_half_blocks_reads_back() -> None:
    lines = qr.half_blocks(qr.rows(qr.code_of(TEXT, qr.Carrier.SCREEN)))
    upper = {"█": 255, "▀": 255, "▄": 0, " ": 0}
    lower = {"█": 255, "▀": 0, "▄": 255, " ": 0}
    pixels = bytes(level for line in lines for table in (upper, lower) for level in map(table.__getitem__, line))
    picture = Image.frombytes("L", (len(lines[0]), 2 * len(lines)), pixels)
    read = read_code(picture.resize((4 * picture.width, 4 * picture.height), Image.Resampling.NEAREST))
    assert read.bytes == TEXT


def test_the_bar_code_stands_below_the_code_and_both_read_back() -> None:
    picture = Image.open(io.BytesIO(qr.png(qr.code_of(TEXT, qr.Carrier.SCREEN), bar_code="110100004001")))
    read = {code.format.name: code.text for code in zxingcpp.read_barcodes(picture)}
    assert read == {"QRCode": TEXT.decode(), "Code128": "110100004001"}


def test_a_drawing_with_a_bar_code_has_the_size_of_its_cells_and_nothing_inline() -> None:
    drawing = qr.svg(qr.code_of(TEXT, qr.Carrier.SCREEN), qr.Ink.GREEN, "110100004001").decode()
    assert drawing.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    assert "#5fd38d" in drawing
    assert "style" not in drawing


def test_a_narrow_code_is_centred_over_a_wide_bar_code() -> None:
    cells = qr.with_bars([[True]], "110100004001", module_cells=3, bar_cells=2)
    assert {len(row) for row in cells} == {len(cells[0])}
    (left,) = {row.index(True) for row in cells[:3]}
    assert left == (len(cells[0]) - 3) // 2
    assert cells[3].index(True) == 20
