"""The keyboard of a terminal window as the two keys: n is NEXT and m is MODE; in capitals they are held long."""

from __future__ import annotations

import os
import select
import termios
import tty
from collections.abc import Mapping
from typing import Final

from firmware.model import Key, KeyPress

LETTERS: Final[Mapping[str, KeyPress]] = {
    "n": KeyPress(Key.NEXT),
    "N": KeyPress(Key.NEXT, long=True),
    "m": KeyPress(Key.MODE),
    "M": KeyPress(Key.MODE, long=True),
}
_MOST_BYTES: Final = 64


class Keyboard:
    """Reads letters as they are struck, without an echo; Ctrl-C still ends the program. `close` gives the terminal back."""

    def __init__(self, descriptor: int, letters: Mapping[str, KeyPress] = LETTERS) -> None:
        """Raises termios.error when the descriptor is no terminal."""
        self._descriptor = descriptor
        self._letters = letters
        self._before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor, termios.TCSANOW)
        self._open = True

    def presses(self) -> list[KeyPress]:
        """What was struck since the last call. Letters that mean nothing are passed over; never blocks."""
        if not self._open or not select.select((self._descriptor,), (), (), 0)[0]:
            return []
        try:
            struck = os.read(self._descriptor, _MOST_BYTES)
        except OSError:  # the terminal has gone
            struck = b""
        if not struck:
            self.close()
        return [self._letters[letter] for letter in struck.decode("ascii", "ignore") if letter in self._letters]

    def close(self) -> None:
        """Give the terminal back as it was. Does nothing the second time, or when it has gone."""
        if not self._open:
            return
        self._open = False
        try:
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)
        except termios.error:
            return
