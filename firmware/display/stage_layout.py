"""Where everything stands on the terminal stage, for every window size: pure, from what is to be shown to a canvas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from firmware.display import screens
from firmware.display.blocks import BRAILLE, HALF, QUADRANT, Blocks
from firmware.display.language import Language
from firmware.display.schedule import OFF, Levels
from firmware.display.terminal_canvas import Canvas, columns_of, wrap
from firmware.model import LampColour

SIDE_COLUMNS = 42
FULL_SIZE = (screens.WIDTH + 2 + SIDE_COLUMNS, screens.HEIGHT // 2)

_DIM, _BOLD = "2", "1"
_OLED = "38;5;159;40"
_OLED_PLAIN = ""
_LAMP_STYLES = {LampColour.GREEN: "1;32", LampColour.AMBER: "1;33", LampColour.RED: "1;31"}


@dataclass(frozen=True, slots=True)
class Stage:
    """All that the stage shows at one instant."""

    image: Image.Image
    levels: Levels = OFF
    sound_ms: tuple[int, ...] = ()
    relay_on: bool = False
    torch_on: bool = False
    status: tuple[str, ...] = ()
    events: tuple[str, ...] = ()  # newest last


@dataclass(frozen=True, slots=True)
class Layout:
    """How the picture is drawn, None when there is no room for it, and where the words begin."""

    blocks: Blocks | None
    words_column: int
    words_row: int
    words_columns: int


def layout_for(columns: int, rows: int) -> Layout:
    """The largest picture that leaves room for words beside it, else below it."""
    for blocks in (HALF, QUADRANT, BRAILLE):
        width, height = screens.WIDTH // blocks.width, screens.HEIGHT // blocks.height
        if columns >= width + 2 + SIDE_COLUMNS and rows >= height:
            return Layout(blocks, width + 2, 0, columns - width - 2)
        if columns >= width and rows >= height + 7:
            return Layout(blocks, 0, height, columns)
    return Layout(None, 0, 0, columns)


def compose(stage: Stage, columns: int, rows: int, tables: Language, *, colour: bool) -> Canvas:
    """The whole window."""
    canvas = Canvas(columns, rows)
    layout = layout_for(columns, rows)
    if layout.blocks is not None:
        for row, line in enumerate(layout.blocks.lines(stage.image)):
            canvas.write(0, row, line, _OLED if colour else _OLED_PLAIN)
    row = layout.words_row
    for line, style in _words(stage, layout, rows - layout.words_row, tables):
        canvas.write(layout.words_column, row, line, style if colour else "")
        row += 1
    return canvas


def _words(stage: Stage, layout: Layout, rows: int, tables: Language) -> Iterator[tuple[str, str]]:
    """Cues, then the status, then as many of the latest events as there is room for, newest first."""
    words = tables.stage
    head = list(_cue_lines(stage, layout, tables))
    head += [(line, "") for text in stage.status for line in wrap(text, layout.words_columns)]
    if layout.blocks is not HALF:
        columns, lines = FULL_SIZE
        head.append((words.too_small.format(columns=columns, rows=lines), _DIM))
    head.append((f"{words.recent} ".ljust(min(24, layout.words_columns), "─"), _DIM))
    yield from head[:rows]
    left = rows - len(head)
    for place, event in enumerate(reversed(stage.events)):
        for line in wrap(event, layout.words_columns):
            if left <= 0:
                return
            left -= 1
            yield line, "" if place == 0 else _DIM


def _cue_lines(stage: Stage, layout: Layout, tables: Language) -> Iterator[tuple[str, str]]:
    """Lamp, buzzer, vibration and relay: one a line when there is room beside, all on one line below."""
    words, levels = tables.stage, stage.levels
    lamp = f"{words.lamp} ● {words.colours[levels.lamp]}" if levels.lamp else f"{words.lamp} ○ {words.off}"
    rhythm = " ".join(map(str, stage.sound_ms))
    buzzer = f"{words.buzzer} {'♪ ' + words.on if levels.buzzer else '- ' + words.off}"
    buzzer = f"{buzzer}  {rhythm} ms" if rhythm else buzzer
    vibration = f"{words.vibration} {'≈ ' + words.on if levels.vibration else '- ' + words.off}"
    relay = f"{words.relay} {'▲ ' + words.opened if stage.relay_on else '▬ ' + words.closed}"
    lamp_style = _LAMP_STYLES[levels.lamp] if levels.lamp else ""
    if layout.words_column:
        yield lamp, lamp_style
        yield buzzer, _BOLD if levels.buzzer else ""
        yield vibration, _BOLD if levels.vibration else ""
        yield relay, _BOLD if stage.relay_on else ""
        yield (f"{words.torch} ☀ {words.lit}", _BOLD) if stage.torch_on else ("", "")
    else:
        together = "   ".join((lamp, buzzer, vibration, relay))
        yield together if columns_of(together) <= layout.words_columns else "   ".join((lamp, relay)), lamp_style
