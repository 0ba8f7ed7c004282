"""How far a long work has come, on standard error: a line that renews itself for a person, a line now and then for a log."""

from __future__ import annotations

from typing import Final, TextIO

#: Where nobody knows how much will come, a line is said each so many.
_EACH: Final = 1_000_000


class Progress:
    """So much done, of `total` if that is known (0: it is not), in `unit`. A work that is over at once is one line at most."""

    def __init__(self, what: str, total: int, unit: str, out: TextIO) -> None:
        self._what, self._total, self._unit, self._out = what, total, unit, out
        self._line = out.isatty()
        self._said = 0

    def at(self, done: int) -> None:
        share = done // _EACH if not self._total else (100 if self._line else 10) * done // self._total
        if share == self._said:
            return
        self._said = share
        text = f"{self._what}: {done:,}" + (f" of {self._total:,}" if self._total else "") + f" {self._unit}"
        self._out.write(f"\r{text}" if self._line else f"{text}\n")
        if self._line and done == self._total:
            self._out.write("\n")
        self._out.flush()
