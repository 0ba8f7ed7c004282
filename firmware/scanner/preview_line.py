"""A preview as bytes between child and parent: one byte of focus score, then a JPEG. Light: the parent loads no picture library.

The child looks at what strangers show, so what it sends is checked, and never decoded on this side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_JPEG_BYTES: Final = 60_000
ASK: Final = b"?"
_START, _END = b"\xff\xd8", b"\xff\xd9"


class PreviewError(ValueError):
    """Not a preview."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A small JPEG and its focus score, 0 to 100."""

    focus: int
    jpeg: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.focus <= 100 or not 4 <= len(self.jpeg) <= MAX_JPEG_BYTES:
            raise PreviewError("a preview has a score of 0 to 100 and at most 60,000 bytes")
        if not (self.jpeg.startswith(_START) and self.jpeg.endswith(_END)):
            raise PreviewError("a preview is a JPEG")


def encode(preview: Preview) -> bytes:
    return bytes((preview.focus,)) + preview.jpeg


def decode(message: bytes) -> Preview:
    """Raises PreviewError."""
    if not message:
        raise PreviewError("an empty preview")
    return Preview(message[0], message[1:])
