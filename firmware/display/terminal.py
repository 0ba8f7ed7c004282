"""A stage in a terminal window: the panel and the cues of a terminal that has none fitted. For demonstrations and for `make run`.

On a terminal it draws in the alternate screen, from one thread of its own, only what changed, so that a slow connection
never holds the loop up. On anything else (a pipe, a file) it writes one plain line an event and nothing else.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TextIO

from PIL import Image

from firmware.display import screens
from firmware.display.panel import Panel
from firmware.display.schedule import Levels
from firmware.display.schedule_player import Player
from firmware.display.stage_layout import Stage, compose
from firmware.display.terminal_canvas import Canvas, printable
from firmware.display.text import language_for
from firmware.model import Signal

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # alternate screen, hidden cursor, no wrapping at the right edge
_LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_FRAME_S = 1 / 30
_SIZE_POLL_S = 0.25
_KEPT_EVENTS = 50
_SMALLEST = os.terminal_size((80, 24))
Size = Callable[[], os.terminal_size]


class TerminalStage:
    """`panel` is a Panel, `pins` plays Signals; `relay`, `event` and `status` say the rest. Close it to give the window back."""

    def __init__(self, stream: TextIO, language: str, *, size: Size, colour: bool, live: bool) -> None:
        """`live`: the stream is a terminal that obeys control sequences. `size` is asked often and must be cheap."""
        self._stream = stream
        self._tables = language_for(language)
        self._size = size
        self._colour = colour
        self._live = live
        self._wake = threading.Condition()
        self._stage = Stage(screens.blank())
        self._events: deque[str] = deque(maxlen=_KEPT_EVENTS)
        self._closing = False
        self._ended = threading.Event()
        self._drawn: tuple[Stage, os.terminal_size, Canvas] | None = None
        self.panel = _StagePanel(self)
        self.pins = _StagePins(self)
        self._thread = threading.Thread(target=self._run, name="stage", daemon=True)
        if live:
            self._write(_ENTER)
            self._thread.start()

    def __enter__(self) -> TerminalStage:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def relay(self, on: bool) -> None:
        """The barrier's relay was switched."""
        words = self._tables.stage
        if not self._live:
            self._write_line(f"{words.relay} {words.opened if on else words.closed}")
        self.change(relay_on=on)

    def event(self, text: str) -> None:
        """Something to read happened: a verdict in words, a fault, a scene's caption."""
        if not self._live:
            self._write_line(text)
        with self._wake:
            self._events.append(text)
            self.change(events=tuple(self._events))

    def status(self, lines: Sequence[str]) -> None:
        """The lines that stand beside the picture: time, counts, source. Drawn on a terminal only."""
        self.change(status=tuple(lines))

    def close(self) -> None:
        """All off, and the window as it was before. Does nothing the second time."""
        self.pins.close()
        with self._wake:
            closed, self._closing = self._closing, True
            self._wake.notify()
        self._ended.set()
        if closed or not self._live:
            return
        self._thread.join(1.0)
        self._write(_LEAVE)

    def change(self, **changed: object) -> None:
        """Have these parts of the Stage drawn soon. Never blocks."""
        with self._wake:
            self._stage = replace(self._stage, **changed)  # type: ignore[arg-type]
            self._wake.notify()

    def _run(self) -> None:
        while not self._closing:
            with self._wake:
                stage = self._stage
            self._draw(stage)
            with self._wake:
                if not self._closing and self._stage is stage:
                    self._wake.wait(_SIZE_POLL_S)
            self._ended.wait(_FRAME_S)  # gather what changes together

    def _draw(self, stage: Stage) -> None:
        size = self._size()
        if self._drawn is not None and self._drawn[0] is stage and self._drawn[1] == size:
            return
        canvas = compose(stage, size.columns, size.lines, self._tables, colour=self._colour)
        self._write(canvas.changes_from(self._drawn[2] if self._drawn else None))
        self._drawn = (stage, size, canvas)

    def _write_line(self, text: str) -> None:
        self._write(printable(text) + "\n")

    def _write(self, text: str) -> None:
        """All or nothing of it; a reader that has gone away is no reason to stop judging codes."""
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except OSError:  # the pipe is broken, the connection gone
            self._closing = True


class _StagePanel(Panel):
    def __init__(self, stage: TerminalStage) -> None:
        super().__init__()
        self._stage = stage

    def _show(self, image: Image.Image) -> None:
        self._stage.change(image=image.copy())


class _StagePins:
    """The same play, quiet and close as Pins, shown beside the picture."""

    def __init__(self, stage: TerminalStage) -> None:
        self._stage = stage
        self._player = Player(self._apply, "stage-cues")

    def play(self, signal: Signal) -> None:
        self._stage.change(sound_ms=signal.sound_ms)
        self._player.play(signal)

    def torch(self, on: bool) -> None:
        self._stage.change(torch_on=on)

    def quiet(self) -> None:
        self.play(Signal())

    def close(self) -> None:
        self._player.close()

    def _apply(self, levels: Levels) -> None:
        self._stage.change(levels=levels)


def open_stage(stream: TextIO, language: str, environment: Mapping[str, str]) -> TerminalStage:
    """The stage for this stream: live on a terminal, plain lines elsewhere and on TERM=dumb; NO_COLOR is honoured."""
    live = stream.isatty() and environment.get("TERM", "dumb") != "dumb"

    def size() -> os.terminal_size:
        try:
            found = os.get_terminal_size(stream.fileno())
        except OSError:
            return _SMALLEST
        return found if found.columns and found.lines else _SMALLEST

    return TerminalStage(stream, language, size=size, colour=not environment.get("NO_COLOR"), live=live)
