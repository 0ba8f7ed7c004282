"""One vector of a suite, its fields read with care, and the three answers that there are to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class State(StrEnum):
    AGREED = "agreed"
    DISAGREED = "disagreed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one vector; `why` is empty when all agreed."""

    state: State
    why: str = ""


AGREED: Final = Answer(State.AGREED)


class RefusedError(Exception):
    """The product does not take this input. The text says at which step."""


class UnsupportedError(Exception):
    """Nothing here can judge this vector: an algorithm, a form or a suite that the product does not have."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One entry of a file's `vectors`. `folder` is where the file lies; `borrowed_key` that of the same id in another suite."""

    suite: str
    id: str
    fields: Mapping[str, Any]
    folder: Path = Path()
    borrowed_key: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def expected(self) -> Any:
        return self.fields.get("expected")

    @property
    def input(self) -> bytes:
        """The bytes under test. Raises UnsupportedError where the vector has none that are read here."""
        data = self.bytes_of("input_hex")
        if data is not None:
            return data
        text = self.fields.get("input_text")
        if not isinstance(text, str):
            raise UnsupportedError("the vector has neither input_hex nor input_text")
        return text.encode()

    @property
    def key(self) -> Mapping[str, Any] | None:
        own = self.fields.get("key")
        return own if isinstance(own, Mapping) else self.borrowed_key

    def bytes_of(self, name: str) -> bytes | None:
        """The bytes of a hexadecimal field, None when it is not there. Raises UnsupportedError when it is no hexadecimal."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            return bytes.fromhex(value)
        except (TypeError, ValueError):
            raise UnsupportedError(f"the field {name} is not hexadecimal") from None


Runner = Callable[[Vector], Answer]

_WANTS: Final[Mapping[Any, bool]] = {"valid": True, "invalid": False, "not_sign1": False, "parse": True}
_EITHER: Final = "acceptable"


def judge(vector: Vector, attempt: Callable[[Vector], object]) -> Answer:
    """The answer to a vector that is to be taken or refused; `attempt` raises RefusedError for a refusal."""
    wanted = vector.expected if isinstance(vector.expected, str) else None
    if wanted != _EITHER and wanted not in _WANTS:
        raise UnsupportedError(f"expects {vector.expected!r}, which has no meaning here")
    try:
        attempt(vector)
    except RefusedError as refusal:
        taken, why = False, f"refused: {refusal}"
    else:
        taken, why = True, "accepted"
    if wanted == _EITHER or taken is _WANTS[wanted]:
        return AGREED
    return Answer(State.DISAGREED, f"expected {wanted}, {why}")
