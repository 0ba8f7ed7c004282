"""A grid of terminal cells, and the shortest way from one grid to the next: only what changed is sent. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Styles are SGR parameters ("1;32"); the empty style is the terminal's own.
PLAIN = ""
_CONTINUES = ""  # the second column of a wide character


def width_of(character: str) -> int:
    """Columns that a terminal gives the character: Han is two wide, a combining mark none."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def columns_of(text: str) -> int:
    return sum(map(width_of, text))


def printable(text: str) -> str:
    """Control characters made harmless: a text from outside must not steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def wrap(text: str, columns: int) -> Iterator[str]:
    """The text in lines of at most `columns` columns, broken anywhere, as Chinese is."""
    line, used = "", 0
    for character in printable(text):
        if used + width_of(character) > columns:
            yield line
            line, used = "", 0
        line, used = line + character, used + width_of(character)
    yield line


@dataclass(slots=True)
class Canvas:
    """Cells of (character, style). Writing outside is clipped."""

    columns: int
    rows: int
    cells: list[list[tuple[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = [[(" ", PLAIN)] * self.columns for _ in range(self.rows)]

    def write(self, column: int, row: int, text: str, style: str = PLAIN) -> None:
        if not 0 <= row < self.rows:
            return
        for character in printable(text):
            width = width_of(character)
            if width == 0:
                continue
            if column + width > self.columns:
                return
            self._put(self.cells[row], column, width, (character, style))
            column += width

    @staticmethod
    def _put(cells: list[tuple[str, str]], column: int, width: int, cell: tuple[str, str]) -> None:
        """One character; a wide one that loses a half by it becomes blank."""
        end = column + width
        if cells[column][0] == _CONTINUES:
            cells[column - 1] = (" ", PLAIN)
        if end < len(cells) and cells[end][0] == _CONTINUES:
            cells[end] = (" ", PLAIN)
        cells[column] = cell
        if width == 2:
            cells[column + 1] = (_CONTINUES, cell[1])

    def changes_from(self, old: Canvas | None) -> str:
        """Control sequences that turn a terminal showing `old` (None: cleared, or of another size) into this."""
        if old is None or (old.columns, old.rows) != (self.columns, self.rows):
            old = Canvas(self.columns, self.rows)
            return "\x1b[2J" + self.changes_from(old)
        return "".join(self._row_change(row, old.cells[row]) for row in range(self.rows))

    def _row_change(self, row: int, old: list[tuple[str, str]]) -> str:
        new = self.cells[row]
        changed = [column for column in range(self.columns) if new[column] != old[column]]
        if not changed:
            return ""
        first, last = changed[0], changed[-1]
        while first and new[first][0] == _CONTINUES:
            first -= 1
        out, style = [f"\x1b[{row + 1};{first + 1}H"], PLAIN
        for character, wanted in new[first : last + 1]:
            if character != _CONTINUES and wanted != style:
                out.append(f"\x1b[0;{wanted}m" if wanted else "\x1b[0m")
                style = wanted
            out.append(character)
        return "".join(out) + ("\x1b[0m" if style else "")
