from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware.model import SecondOpinion
from firmware.scanner import CODE_128, Code, confirm, read_codes, second_opinion, zbar
from tests.scanner.conftest import draw_qr

FRAME = (480, 640)


def read_one(gray: np.ndarray) -> Code:
    (code,) = read_codes(gray)
    return code


def test_the_second_decoder_agrees_with_an_ascii_payload() -> None:
    gray = draw_qr("JZ1:ABC 123", frame=FRAME)
    assert second_opinion(gray, read_one(gray)) is SecondOpinion.AGREES


def test_a_payload_with_one_bit_flipped_is_contradicted() -> None:
    gray = draw_qr("JZ1:ABC 123", frame=FRAME)
    flipped = replace(read_one(gray), payload=b"JZ1:ABC 122")
    assert second_opinion(gray, flipped) is SecondOpinion.DIFFERS
    assert confirm(gray, flipped) == (1, SecondOpinion.DIFFERS)


@pytest.mark.parametrize("payload", [b"\xb0\xa2\x00\xff", "检验标志".encode(), "检验标志".encode("gb18030")])
def test_payloads_that_pyzbar_alters_are_not_compared(payload: bytes) -> None:
    gray = draw_qr(payload, frame=FRAME)
    assert second_opinion(gray, read_one(gray)) is SecondOpinion.SILENT


def test_a_second_decoder_that_reads_nothing_is_silent() -> None:
    gray = draw_qr("HELLO", frame=FRAME)
    code = read_one(gray)
    assert second_opinion(np.full_like(gray, 128), code) is SecondOpinion.SILENT
    assert second_opinion(gray, code, second=lambda gray, wanted, stage: []) is SecondOpinion.SILENT


def test_the_first_reader_is_never_asked_for_a_second_opinion_of_itself() -> None:
    gray = draw_qr("HELLO", frame=FRAME)
    assert second_opinion(gray, replace(read_one(gray), decoder=zbar.NAME)) is SecondOpinion.SILENT


def test_a_missing_library_says_what_to_install() -> None:
    library, why = zbar.load("no_such_module_here")
    assert library is None
    assert why is not None
    assert "libzbar0" in why


def test_a_still_picture_counts_as_two_reads_and_an_opinion() -> None:
    gray = draw_qr("JZ1:" + "A1B2C3" * 60, scale=4, frame=(720, 1280))
    assert confirm(gray, read_one(gray)) == (2, SecondOpinion.AGREES)


@pytest.mark.parametrize("size", [(300, 300), (640, 480), (2000, 1500)])
@pytest.mark.parametrize("scale", [3, 8])
def test_the_second_reading_works_at_every_size(size: tuple[int, int], scale: int) -> None:
    gray = draw_qr("SIZE", scale=scale, frame=size)
    assert confirm(gray, read_one(gray))[0] == 2


def test_a_second_reading_of_other_bytes_does_not_count() -> None:
    gray = draw_qr("ONE", frame=FRAME)
    other = draw_qr("TWO", frame=FRAME)
    assert confirm(other, read_one(gray)) == (1, SecondOpinion.DIFFERS)


WILD_CORNERS = {
    "all above and left": np.full((4, 2), -900.0),
    "all below and right": np.full((4, 2), 9000.0),
    "a point": np.zeros((4, 2)),
    "a square elsewhere": np.array([(5000.0, 5000.0), (9000.0, 5000.0), (9000.0, 9000.0), (5000.0, 9000.0)]),
}


@pytest.mark.parametrize("where", WILD_CORNERS)
def test_corners_that_say_nothing_make_the_whole_frame_the_view(where: str) -> None:
    gray = draw_qr("FAR", frame=FRAME)
    assert confirm(gray, replace(read_one(gray), corners=WILD_CORNERS[where])) == (2, SecondOpinion.AGREES)


def test_a_frame_too_small_for_any_code_is_survived() -> None:
    code = read_one(draw_qr("SMALL", frame=FRAME))
    assert confirm(np.zeros((0, 0), np.uint8), code) == (1, SecondOpinion.SILENT)
    assert confirm(np.zeros((1, 5), np.uint8), code) == (1, SecondOpinion.SILENT)


def test_a_code_cut_out_without_its_quiet_zone_is_confirmed() -> None:
    gray = draw_qr("JZ1:" + "A1B2C3" * 20, scale=4, border=0)
    assert confirm(gray, read_one(gray)) == (2, SecondOpinion.AGREES)


def test_a_light_code_on_a_dark_ground_is_confirmed() -> None:
    gray = 255 - draw_qr("INVERTED", frame=FRAME)
    (code,) = read_codes(gray, effort="full")
    assert confirm(gray, code) == (2, SecondOpinion.SILENT)


def test_bars_are_confirmed(make_code128: Callable[..., np.ndarray]) -> None:
    gray = make_code128("440106200001")
    (code,) = read_codes(gray, formats=(CODE_128,))
    assert confirm(gray, code) == (2, SecondOpinion.AGREES)


def test_a_neighbouring_code_is_no_contradiction() -> None:
    gray = np.hstack([draw_qr("MINE", scale=6), draw_qr("OTHER", scale=6)])
    mine = next(code for code in read_codes(gray) if code.payload == b"MINE")
    covered = gray.copy()
    covered[:, : gray.shape[1] // 2] = 255
    assert second_opinion(gray, mine) is SecondOpinion.AGREES
    assert second_opinion(covered, mine) is SecondOpinion.SILENT
