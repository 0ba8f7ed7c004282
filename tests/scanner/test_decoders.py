from __future__ import annotations

import random
import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.degrader import Shot, shoot
from bench.degrader.symbols import usual_symbol
from firmware.scanner import CODE_128, QR, read_codes
from firmware.scanner.decoders import EXTRAS, FIRST, LAST, run_stage
from tests.scanner.conftest import draw_qr
from tests.shared_data import pictures

BASE45 = "JZ1:" + "".join(random.Random(7).choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", k=300))


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_every_binary_payload_comes_back_byte_for_byte(payload: bytes) -> None:
    assert [code.payload for code in read_codes(draw_qr(payload, scale=4))] == [payload]


@pytest.mark.parametrize(
    "payload",
    [
        "机动车检验合格标志".encode("gb18030"),
        "机动车检验合格标志".encode(),
        b"\x00\x01\xff\xfe",
        b"  spaces at both ends  ",
        b"line\r\nend\r\n",
        BASE45.encode(),
    ],
)
def test_nothing_is_stripped_or_recoded(payload: bytes) -> None:
    assert [code.payload for code in read_codes(draw_qr(payload, scale=4))] == [payload]


VIEWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a slice of a wider buffer": lambda gray: np.pad(gray, ((0, 40), (0, 56)))[: gray.shape[0], : gray.shape[1]],
    "every second pixel": lambda gray: np.kron(gray, np.ones((2, 2), np.uint8))[::2, ::2],
    "one channel of a colour picture": lambda gray: np.dstack([gray, gray, gray])[:, :, 1],
    "upside down by negative strides": lambda gray: gray[::-1, ::-1],
    "mirrored": lambda gray: gray[:, ::-1],
    "transposed": lambda gray: gray.T,
    "column-major": lambda gray: np.asfortranarray(gray),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("effort", ["first", "full"])
def test_a_view_of_other_memory_is_read_without_a_copy_and_left_untouched(name: str, effort: str) -> None:
    view = VIEWS[name](draw_qr("HELLO", frame=(360, 640)))
    before = view.copy()
    view.flags.writeable = False
    assert [code.payload for code in read_codes(view, effort=effort)] == [b"HELLO"]  # type: ignore[arg-type]
    assert np.array_equal(view, before)


def test_corners_are_the_codes_own_in_order_from_its_top_left() -> None:
    gray = draw_qr("CORNERS", scale=10, border=0)
    view = np.full((400, 600), 255, np.uint8)
    view[100 : 100 + gray.shape[0], 200 : 200 + gray.shape[1]] = gray
    (code,) = read_codes(view)
    side = gray.shape[0]
    expected = np.array([(200, 100), (200 + side, 100), (200 + side, 100 + side), (200, 100 + side)])
    assert code.corners.shape == (4, 2)
    assert np.abs(code.corners - expected).max() <= 3
    (turned,) = read_codes(np.ascontiguousarray(view[::-1, ::-1]))
    assert np.abs(turned.corners[0] - (600 - 200, 400 - 100)).max() <= 3


@pytest.mark.parametrize("name", ["double", "wide", "tall", "triple"])
def test_corners_of_a_code_read_in_an_enlarged_picture_are_in_pixels_of_the_frame(name: str) -> None:
    stage = next(stage for stage in EXTRAS if stage.name == name)
    gray = draw_qr("SCALE", scale=6, border=4)
    (code,) = run_stage(gray, stage)
    assert np.abs(code.corners[0] - 24).max() <= 2
    assert np.abs(code.corners[2] - (gray.shape[0] - 24)).max() <= 2


def test_a_code_of_1_3_pixels_a_module_is_read_where_it_is_made_crisp_and_larger() -> None:
    gray = shoot(usual_symbol(320), Shot(module_px=1.3), 320)[0]
    assert read_codes(gray) == []
    (code,) = read_codes(gray, effort="full")
    assert (code.payload, code.stage) == (usual_symbol(320).payload, "triple")


def test_a_code_turned_far_to_the_side_is_read_where_it_is_stretched() -> None:
    gray = shoot(usual_symbol(302), Shot(yaw_deg=65.0), 302)[0]
    assert read_codes(gray) == []
    (code,) = read_codes(gray, effort="full")
    assert (code.payload, code.stage) == (usual_symbol(302).payload, "wide")
    wide, high = np.ptp(code.corners, axis=0)
    assert wide < high / 2


def test_two_codes_in_one_frame_are_both_read() -> None:
    view = np.hstack([draw_qr("ONE", scale=6), draw_qr("TWO", scale=6)])
    assert {code.payload for code in read_codes(view)} == {b"ONE", b"TWO"}


def test_the_same_code_shown_twice_in_one_frame_is_one_code() -> None:
    view = np.hstack([draw_qr("SAME", scale=6), draw_qr("SAME", scale=6)])
    assert [code.payload for code in read_codes(view)] == [b"SAME"]


def test_a_light_code_on_a_dark_ground_is_read_with_full_effort() -> None:
    inverted = 255 - draw_qr("INVERTED", frame=(360, 640))
    assert [code.payload for code in read_codes(inverted, effort="full")] == [b"INVERTED"]
    assert read_codes(inverted, effort="full")[0].stage == "inverted"


def test_a_noisy_dotted_code_is_read_with_full_effort_only() -> None:
    rng = np.random.default_rng(5)
    gray = draw_qr("NOISE", scale=12, frame=(480, 640))
    noisy = np.where(rng.random(gray.shape) < 0.22, rng.integers(0, 256, gray.shape), gray).astype(np.uint8)
    assert b"NOISE" in {code.payload for code in read_codes(noisy, effort="full")}


def test_a_micro_qr_code_is_not_reported() -> None:
    symbol = segno.make_micro("12345")
    rows = np.array([[0 if dark else 255 for dark in row] for row in symbol.matrix], np.uint8)
    gray = np.kron(np.pad(rows, 4, constant_values=255), np.ones((8, 8), np.uint8))
    assert zxingcpp.read_barcodes(gray)[0].format == zxingcpp.BarcodeFormat.MicroQRCode
    assert read_codes(gray, effort="full") == []


def test_bar_codes_are_read_only_when_asked_for(make_code128: Callable[..., np.ndarray]) -> None:
    gray = make_code128("440106200001010012")
    assert read_codes(gray) == []
    (code,) = read_codes(gray, formats=(QR, CODE_128))
    assert (code.payload, code.format) == (b"440106200001010012", "Code128")


def test_a_bar_code_standing_upright_is_read_with_full_effort(make_code128: Callable[..., np.ndarray]) -> None:
    upright = np.ascontiguousarray(np.rot90(make_code128("ABC-1234", frame=(640, 640))))
    assert read_codes(upright, formats=(CODE_128,)) == []
    assert [code.payload for code in read_codes(upright, effort="full", formats=(CODE_128,))] == [b"ABC-1234"]


@pytest.mark.parametrize(
    "shape", [(0, 0), (0, 9), (9, 0), (1, 1), (1, 4096), (4096, 1), (20, 20), (21, 21), (22, 4096), (4096, 25)]
)
def test_a_frame_of_any_shape_is_survived(shape: tuple[int, int]) -> None:
    for value in (0, 255):
        assert read_codes(np.full(shape, value, np.uint8), effort="full", formats=(QR, CODE_128)) == []


def test_the_largest_frame_is_read() -> None:
    assert [code.payload for code in read_codes(draw_qr("LARGE", frame=(4096, 4096)))] == [b"LARGE"]


def hostile_frames() -> dict[str, np.ndarray]:
    finder = np.pad(np.pad(np.pad(np.zeros((3, 3)), 1, constant_values=255), 1), 1, constant_values=255).astype(
        np.uint8
    )
    tile = np.kron(finder, np.ones((2, 2), np.uint8))
    rng = np.random.default_rng(1)
    return {
        "finder patterns everywhere": np.tile(tile, (40, 70))[:720, :1280],
        "noise": rng.integers(0, 256, (720, 1280), dtype=np.uint8),
        "stripes": np.tile(np.array([0, 0, 255, 255], np.uint8), (720, 320)),
        "a checker board": np.kron(np.indices((90, 160)).sum(0) % 2 * 255, np.ones((8, 8))).astype(np.uint8),
        "black": np.zeros((720, 1280), np.uint8),
    }


@pytest.mark.parametrize("name", hostile_frames())
def test_a_hostile_frame_gives_no_code_no_exception_and_ends_soon(name: str) -> None:
    gray = hostile_frames()[name]
    began_s = time.process_time()
    assert read_codes(gray) == []
    assert time.process_time() - began_s < 2.0


@pytest.mark.parametrize("gray", [np.zeros((4, 4, 3), np.uint8), np.zeros((40, 40)), np.zeros((40, 4097), np.uint8)])
def test_what_is_no_frame_is_refused_as_the_callers_fault(gray: np.ndarray) -> None:
    with pytest.raises(ValueError, match="frame"):
        read_codes(gray)


def test_no_stage_begins_after_the_budget() -> None:
    assert read_codes(draw_qr("LATE"), budget_s=0.0) == []


def test_stage_names_are_unique_so_that_timings_can_be_told_apart() -> None:
    names = [stage.name for stage in FIRST + EXTRAS + LAST]
    assert len(names) == len(set(names))


#: No library here writes model 1 codes; the public pictures have two of them.
_WRITABLE = [stage for stage in FIRST + EXTRAS + LAST if stage.name != "model-1"]


def test_model_1_codes_of_the_public_pictures_are_read_from_still_pictures_alone() -> None:
    for name, payload in (("qr-model-1.jpg", b"QR Code Model 1 "), ("#940.jpg", b"N023X-")):
        path = next(pictures().rglob(name), None)
        if path is None:
            pytest.skip(f"{name} is not among the pictures")
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert read_codes(gray, effort="full")[0].payload.startswith(payload)
        assert read_codes(gray) == []


@pytest.mark.parametrize("stage", _WRITABLE, ids=lambda stage: stage.name)
def test_every_stage_reads_an_easy_code(stage: object, make_code128: Callable[..., np.ndarray]) -> None:
    # The one stage that is for small modules alone sees the middle of a large one as its own surroundings.
    scale = 4 if stage.name == "double-threshold" else 10  # type: ignore[attr-defined]
    easy = draw_qr("EASY", scale=scale) if stage.format == QR else make_code128("EASY")  # type: ignore[attr-defined]
    (code,) = run_stage(easy, stage)  # type: ignore[arg-type]
    assert (code.payload, code.stage) == (b"EASY", stage.name)  # type: ignore[attr-defined]


def test_a_blurred_code_is_read_by_sharpening_where_the_first_stages_fail() -> None:
    stage = next(stage for stage in EXTRAS if stage.name == "sharpen")
    for sigma in np.arange(2.0, 5.0, 0.1):
        blurred = np.asarray(cv2.GaussianBlur(draw_qr(BASE45, scale=5), (0, 0), float(sigma)), np.uint8)
        if not read_codes(blurred):
            assert run_stage(blurred, stage)
            return
    pytest.fail("no blur was too strong")
