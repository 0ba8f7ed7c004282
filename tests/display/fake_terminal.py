"""A terminal made of Python: obeys the control sequences that the stage sends, and refuses all others."""

from __future__ import annotations

import re

from firmware.display.terminal_canvas import width_of

_SEQUENCE = re.compile(r"\x1b\[(\?)?([0-9;]*)([A-Za-z])")


class FakeTerminal:
    """Feed it text; read its rows. `alternate`, `cursor` and `wrapping` are the modes a stage must give back."""

    def __init__(self, columns: int, rows: int) -> None:
        self.resize(columns, rows)
        self.alternate = False
        self.cursor = True
        self.wrapping = True
        self.styles: set[str] = set()

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.lines = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    def feed(self, text: str) -> None:
        position = 0
        while position < len(text):
            found = _SEQUENCE.match(text, position)
            if found:
                self._obey(*found.groups())
                position = found.end()
            else:
                self._put(text[position])
                position += 1

    def _obey(self, private: str | None, numbers: str, letter: str) -> None:
        if private:
            mode = {"1049": "alternate", "25": "cursor", "7": "wrapping"}[numbers]
            setattr(self, mode, letter == "h")
        elif letter == "H":
            self.row, self.column = (int(part) - 1 for part in numbers.split(";"))
        elif (letter, numbers) == ("J", "2"):
            self.cells = [[" "] * self.columns for _ in range(self.lines)]
        elif letter == "m":
            self.styles.add(numbers)
        else:
            raise AssertionError(f"a sequence that no stage should send: {numbers}{letter}")

    def _put(self, character: str) -> None:
        if character == "\n":
            self.row, self.column = self.row + 1, 0
            return
        assert character.isprintable(), f"control character {character!r}"
        assert self.row < self.lines, f"wrote below the window: {character!r}"
        assert self.column + width_of(character) <= self.columns, f"wrote beyond the right edge: {character!r}"
        self.cells[self.row][self.column] = character
        if width_of(character) == 2:
            self.cells[self.row][self.column + 1] = ""
        self.column += width_of(character)

    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.cells)
