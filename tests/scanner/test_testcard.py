"""The test card: its code is that of its text, and its size in a frame is measured."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from firmware.scanner.testcard import CARD_TEXT, card_modules, read_card
from firmware.verify.wire import PREFIX
from tests.scanner.conftest import draw_qr
from tools.draw_test_card import modules

FRAME = (720, 1280)


def held_up(module_px: float) -> np.ndarray:
    code = np.kron(np.pad(card_modules(), 4, constant_values=255), np.ones((8, 8), np.uint8))
    side = round(module_px * code.shape[0] / 8)
    view = np.full(FRAME, 128, np.uint8)
    view[10 : 10 + side, 20 : 20 + side] = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
    return view


def test_the_file_is_the_code_of_the_cards_text() -> None:
    assert np.array_equal(card_modules(), modules())


def test_the_card_is_no_credential() -> None:
    assert not CARD_TEXT.encode().startswith(PREFIX)


@pytest.mark.parametrize("module_px", [2.0, 3.0, 5.0, 9.0])
def test_the_size_of_its_modules_is_told(module_px: float) -> None:
    found = read_card(held_up(module_px))
    assert found is not None
    assert abs(found.module_px - module_px) < 0.1


def test_another_code_is_not_the_card() -> None:
    assert read_card(draw_qr(CARD_TEXT[:-1], scale=6, frame=FRAME)) is None
    assert read_card(np.full(FRAME, 128, np.uint8)) is None
