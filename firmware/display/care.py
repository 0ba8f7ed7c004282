"""The display's life: counts what is lit, and draws what stands for hours where the display is least worn. No device, no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image

from firmware.display.idle import fault_pieces, idle_pieces
from firmware.display.nudge import nudged
from firmware.display.pieces import Piece, draw_pieces
from firmware.display.screens import draw_notice
from firmware.display.swim import SWIM_EACH_S, Swimmer
from firmware.display.wear import WearMap, WearMeter
from firmware.model import Family, Idle, Light, Notice

KNOWN_EACH_S: Final = 3600.0


class Care:
    """Everything that is shown goes through here, from one thread. `monotonic_s` is asked at each picture."""

    def __init__(self, wear: WearMap, contrast: int, monotonic_s: Callable[[], float]) -> None:
        self._meter = WearMeter(wear, contrast)
        self._monotonic_s = monotonic_s
        self._swimmer = Swimmer()
        self._swims = False  # whether a picture that swims is on the screen
        self._turn = 0  # verdicts so far
        self._fault: tuple[Notice, float] | None = None  # the notice of a fault that stands, and since when

    def idle(self, idle: Idle, language: str) -> Image.Image:
        return self._swum(idle_pieces(idle, language))

    def notice(self, notice: Notice) -> Image.Image:
        """The notice as everybody knows it, a pixel to some side; a fault that has stood for a minute swims.

        The known notice comes back for a minute each hour: behind it the pieces are set out anew.
        """
        now_s = self._monotonic_s()
        if notice.family is Family.SERVICE:
            if self._fault is None or self._fault[0] != notice:
                self._fault = (notice, now_s)
            elif (now_s - self._fault[1]) % KNOWN_EACH_S >= SWIM_EACH_S:
                return self._swum(fault_pieces(notice))
            return self.still(draw_notice(notice), fault=True)
        self._turn += 1
        return self.still(nudged(draw_notice(notice), self._turn, band=notice.lit))

    def still(self, picture: Image.Image, *, fault: bool = False) -> Image.Image:
        """Count a picture that has its place."""
        self._swims = False
        if not fault:
            self._fault = None
        self._meter.show(picture, self._monotonic_s())
        return picture

    def lighten(self, light: Light) -> None:
        self._meter.lighten(light, self._monotonic_s())
        self._swims = self._swims and light is not Light.DARK

    def brighten(self, step: int) -> None:
        self._meter.brighten(step, self._monotonic_s())

    def settled(self) -> WearMap:
        """The map with all that was lit until now."""
        self._meter.settle(self._monotonic_s())
        return self._meter.wear

    def _swum(self, pieces: Sequence[Piece]) -> Image.Image:
        now_s = self._monotonic_s()
        wear = self.settled().seconds
        picture = draw_pieces(pieces, self._swimmer.place(pieces, wear, now_s, unseen=not self._swims))
        self._swims = True
        self._meter.show(picture, now_s)
        return picture
