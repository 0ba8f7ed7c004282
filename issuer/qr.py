"""Text -> a QR code as PNG, SVG or text for a terminal. Screens use error correction M, paper Q (creases, dirt)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from issuer.errors import bad_data

if TYPE_CHECKING:
    import segno

Symbol: TypeAlias = "segno.QRCode"

#: Limits of the profile: what a terminal's camera still reads well.
MAX_SCREEN_VERSION: Final = 16
MAX_PAPER_VERSION: Final = 12
QUIET_MODULES: Final = 4
_PNG_SCALE: Final = 8


class Carrier(Enum):
    """Where the code is shown: error correction, and the largest version allowed."""

    SCREEN = ("M", MAX_SCREEN_VERSION)
    PAPER = ("Q", MAX_PAPER_VERSION)

    @property
    def correction(self) -> str:
        return self.value[0]

    @property
    def max_version(self) -> int:
        return self.value[1]


class Ink(Enum):
    """Colours in which phones show codes: (dark modules, light modules)."""

    BLACK = ("#000000", "#ffffff")
    INVERTED = ("#ffffff", "#101418")  # a phone in dark mode
    GREEN = ("#000000", "#5fd38d")  # black on green
    RED = ("#c00000", "#ffffff")  # a state that is not normal


def code_of(text: bytes, carrier: Carrier) -> Symbol:
    """The symbol for this text. Paper falls back from Q to M before it grows past its limit. Raises OfficeError."""
    import segno

    for correction in dict.fromkeys((carrier.correction, "M")):
        code = segno.make_qr(text, error=correction, boost_error=False)
        if int(code.version) <= carrier.max_version:
            return code
    raise bad_data(
        f"a text of {len(text)} characters needs QR version {code.version}; "
        f"{carrier.name.lower()} allows at most {carrier.max_version}"
    )


def any_code(text: bytes) -> Symbol:
    """The symbol for any text, however large: for codes of other makers and for planted defects."""
    import segno

    return segno.make_qr(text, error="M", boost_error=False)


def png(code: Symbol, ink: Ink = Ink.BLACK, scale: int = _PNG_SCALE) -> bytes:
    out = io.BytesIO()
    dark, light = ink.value
    code.save(out, kind="png", scale=scale, border=QUIET_MODULES, dark=dark, light=light)
    return out.getvalue()


def svg(code: Symbol, ink: Ink = Ink.BLACK) -> bytes:
    """An SVG without a size of its own (the page decides) and without styles (the page's policy forbids them)."""
    out = io.BytesIO()
    dark, light = ink.value
    code.save(out, kind="svg", border=QUIET_MODULES, dark=dark, light=light, omitsize=True, xmldecl=False, nl=False)
    return out.getvalue()


def rows(code: Symbol) -> list[list[bool]]:
    """True where a module is dark, quiet zone included."""
    return [[bool(cell) for cell in row] for row in code.matrix_iter(border=QUIET_MODULES)]


def half_blocks(matrix: Sequence[Sequence[bool]]) -> list[str]:
    """Two rows of modules to a line of characters, dark modules as the background shows through white blocks."""
    padded = [*matrix, [False] * len(matrix[0])] if len(matrix) % 2 else list(matrix)
    glyphs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return [
        "".join(glyphs[upper, lower] for upper, lower in zip(padded[at], padded[at + 1], strict=True))
        for at in range(0, len(padded), 2)
    ]
