"""How an act says what it was acknowledged: one word a line on standard output, written at once."""

from __future__ import annotations

import os
from collections.abc import Sequence

#: What was acknowledged by an act before the cut.
Said = Sequence[str]


def say(word: object) -> None:
    os.write(1, f"{word}\n".encode())
