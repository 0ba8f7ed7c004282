"""The screen as the loop has it: words and states in, pictures onto a panel or into a window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from firmware.display import panel, screens
from firmware.display.care import Care
from firmware.display.focus import draw_focus
from firmware.display.terminal import TerminalStage
from firmware.model import Focus, Idle, Light, Notice

if TYPE_CHECKING:
    from PIL import Image


class DrawnScreen:
    """Notices as pictures on a panel that never blocks."""

    def __init__(self, sink: panel.Screen, language: str, care: Care) -> None:
        self._sink = sink
        self._language = language
        self.care = care

    def show(self, notice: Notice) -> None:
        self._sink.show(self.care.notice(notice))

    def idle(self, idle: Idle) -> None:
        self._sink.show(self.care.idle(idle, self._language))

    def starting(self) -> None:
        self._sink.show(self.care.still(screens.draw_starting(self._language)))

    def lines(self, lines: Sequence[str]) -> None:
        self._sink.show(self.care.still(screens.draw_lines(lines)))

    def stopping(self) -> None:
        self._sink.show(self.care.still(screens.draw_stopping(self._language)))

    def picture(self, image: Image.Image) -> None:
        """A pattern of the self-test."""
        self._sink.show(self.care.still(image))

    def focus(self, focus: Focus) -> None:
        self._sink.show(self.care.still(draw_focus(focus, self._language)))

    @property
    def drawn_here(self) -> bool:
        """Whether it is drawn in the window that words would go to."""
        return False

    def lighten(self, light: Light) -> None:
        self.care.lighten(light)
        self._sink.dim(light is not Light.FULL)
        if light is Light.DARK:
            self._sink.blank()

    def brighten(self, step: int) -> None:
        self.care.brighten(step)
        self._sink.brighten(step)

    def refresh(self) -> None:
        self._sink.reinit()

    def close(self) -> None:
        self._sink.close()


class StageScreen(DrawnScreen):
    """The same pictures in a terminal window, which is given back at the end."""

    def __init__(self, stage: TerminalStage, language: str, care: Care) -> None:
        super().__init__(stage.panel, language, care)
        self._stage = stage

    @property
    def drawn_here(self) -> bool:
        return True

    def close(self) -> None:
        self._stage.close()
