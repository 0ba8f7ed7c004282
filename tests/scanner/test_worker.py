from __future__ import annotations

from multiprocessing import Pipe

import cv2
import numpy as np

from firmware.model import Alive, Word
from firmware.scanner.exposure import BRACKET_AFTER_S, LIGHT_PLANS
from firmware.scanner.outbox import Outbox
from firmware.scanner.reader import Reader
from firmware.scanner.source import Frame, FrameSource
from firmware.scanner.wire import decode
from firmware.scanner.worker import Stop, run
from tests.scanner.conftest import draw_qr

PACE_S = 0.1


class Reel(FrameSource):
    """Frames of a film, each a tenth of a second after the one before, and the plans under which they were asked for."""

    def __init__(self, *pictures: np.ndarray) -> None:
        self._pictures = pictures
        self._seq = 0
        self.plans = [self.plan]

    @property
    def ended(self) -> bool:
        return self._seq == len(self._pictures)

    def read(self, timeout_s: float) -> Frame | None:
        if self.ended:
            return None
        self.plans.append(self.plan)
        frame = Frame(self._pictures[self._seq], self._seq, self._seq * PACE_S)
        self._seq += 1
        return frame

    def close(self) -> None:
        return


def played(*pictures: np.ndarray) -> Reel:
    reel = Reel(*pictures)
    ours, theirs = Pipe(duplex=False)
    run(reel, Reader(), Outbox(theirs), Stop(), live=False)
    theirs.close()
    said = []
    while ours.poll():
        try:
            said.append(decode(ours.recv_bytes()))
        except EOFError:
            break
    assert any(isinstance(message, Alive) for message in said)
    ours.close()
    return reel


def clipped() -> np.ndarray:
    """A code so overexposed that no decoder reads it, though one sees that it is there."""
    gray = cv2.GaussianBlur(draw_qr("TOO BRIGHT " * 12, scale=4, frame=(480, 640)), (0, 0), 3.2)
    return np.asarray(np.clip(gray.astype(np.int16) + 118, 0, 255), np.uint8)


def test_a_code_that_stays_unread_has_its_light_changed() -> None:
    reader = Reader()
    for n in range(7):
        reader.read(Frame(clipped(), n, n * PACE_S))
    trouble = reader.trouble(7 * PACE_S)
    assert trouble is not None
    assert isinstance(trouble.cause, Word)
    frames = int(BRACKET_AFTER_S / PACE_S) + 25
    plans = played(*[clipped()] * frames).plans
    assert plans[: int(BRACKET_AFTER_S / PACE_S)] == [LIGHT_PLANS[0]] * int(BRACKET_AFTER_S / PACE_S)
    assert len({plan.bias_ev for plan in plans}) >= 3


def test_light_stays_as_it_is_while_codes_are_read_and_while_nothing_is_in_view() -> None:
    code, empty = draw_qr("GOOD", scale=6, frame=(480, 640)), np.full((480, 640), 120, np.uint8)
    assert set(played(*[code] * 12, *[empty] * 12).plans) == {LIGHT_PLANS[0]}
