"""A question to the person before the terminal: NEXT says yes and MODE no; so do y and n on a keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Protocol

from firmware.model import Key, KeyPress
from firmware.ports import Keys
from firmware.selftest.pace import Pace

#: A keyboard's letters as the two keys: capitals are held long.
ANSWERS: Final[Mapping[str, KeyPress]] = {
    "y": KeyPress(Key.NEXT),
    "Y": KeyPress(Key.NEXT, long=True),
    "n": KeyPress(Key.MODE),
    "N": KeyPress(Key.MODE, long=True),
}
_LOOK_EACH_S: Final = 0.02


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    SILENCE = "silence"  # somebody was asked and did not answer in time
    NOBODY = "nobody"  # there is nobody to ask


class Person(Protocol):
    """Who answers. A question is lines for the screen; `until_s` is the time at which silence is the answer."""

    @property
    def there(self) -> bool: ...

    def confirm(self, question: Sequence[str], until_s: float) -> Answer: ...

    def insist(self, question: Sequence[str], until_s: float) -> Answer: ...

    def pressed(self) -> bool: ...


class Nobody:
    """An unattended self-test: no question is put, and none is answered."""

    there: Final = False

    def confirm(self, question: Sequence[str], until_s: float) -> Answer:
        return Answer.NOBODY

    def insist(self, question: Sequence[str], until_s: float) -> Answer:
        return Answer.NOBODY

    def pressed(self) -> bool:
        return False


class Asked:
    """Somebody with keys. `put` brings a question before their eyes, and says whether a key must be held to answer it."""

    there: Final = True

    def __init__(self, keys: Sequence[Keys], put: Callable[[Sequence[str], bool], None], pace: Pace) -> None:
        self._keys = keys
        self._put = put
        self._pace = pace

    def confirm(self, question: Sequence[str], until_s: float) -> Answer:
        """A press is enough. What was pressed before the question is no answer to it."""
        return self._answer(question, until_s, hold=False)

    def insist(self, question: Sequence[str], until_s: float) -> Answer:
        """Yes only with a key held long (a capital Y): for what can hurt somebody. A short press of NEXT says nothing."""
        return self._answer(question, until_s, hold=True)

    def pressed(self) -> bool:
        """Whether the person wants to go on: NEXT, since the last look."""
        return any(press.key is Key.NEXT for press in self._presses())

    def _answer(self, question: Sequence[str], until_s: float, *, hold: bool) -> Answer:
        self._presses()
        self._put(question, hold)
        while self._pace.now_s() < until_s:
            for press in self._presses():
                if press.key is Key.MODE:
                    return Answer.NO
                if press.long or not hold:
                    return Answer.YES
            self._pace.pause(_LOOK_EACH_S)
        return Answer.SILENCE

    def _presses(self) -> list[KeyPress]:
        return [press for keys in self._keys for press in keys.presses()]
