"""Whether a payload is what a picture's list of texts says. Old codes do not name their encoding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ENCODINGS: Final = ("utf-8", "cp932", "gb18030", "latin-1")


def right_and_wrong(payloads: Iterable[bytes], texts: Iterable[str]) -> tuple[bool, int]:
    """Whether one of the texts was read, and how many payloads are none of them."""
    wanted = {_plain(text) for text in texts}
    matches = [bool(_said(payload) & wanted) for payload in payloads]
    return any(matches), matches.count(False)


def _said(payload: bytes) -> set[str]:
    texts = set()
    for encoding in _ENCODINGS:
        try:
            texts.add(_plain(payload.decode(encoding)))
        except UnicodeDecodeError:
            continue
    return texts


def _plain(text: str) -> str:
    """Spaces aside: lists of texts lose doubled ones."""
    return "".join(text.split())
