"""LIGHT -> BYTES. Frames come in, payload bytes go out; a frame never leaves this room.

Must not import: display, gate, ledger, verify, sync, app. Heavy imports (cv2, numpy, zxingcpp, picamera2) stay in here,
and are loaded with the name that needs them: the parent process, which only watches the child, never loads them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firmware.scanner.codes import CODE_128, QR, Code
    from firmware.scanner.decoders import read_codes
    from firmware.scanner.opinion import confirm, second_opinion
    from firmware.scanner.picture import PictureError, read_coloured, read_picture
    from firmware.scanner.planes import read_picture_codes
    from firmware.scanner.source import SourceError, SourceSpec, parse_source
    from firmware.scanner.supervisor import Scanner

__all__ = [
    "CODE_128",
    "QR",
    "Code",
    "PictureError",
    "Scanner",
    "SourceError",
    "SourceSpec",
    "confirm",
    "parse_source",
    "read_codes",
    "read_coloured",
    "read_picture",
    "read_picture_codes",
    "second_opinion",
]

_HOMES = {
    "CODE_128": "codes",
    "QR": "codes",
    "Code": "codes",
    "PictureError": "picture",
    "Scanner": "supervisor",
    "SourceError": "source",
    "SourceSpec": "source",
    "confirm": "opinion",
    "parse_source": "source",
    "read_codes": "decoders",
    "read_coloured": "picture",
    "read_picture": "picture",
    "read_picture_codes": "planes",
    "second_opinion": "opinion",
}


def __getattr__(name: str) -> Any:
    """The door of the room: each name is loaded from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"the scanner room has no {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
