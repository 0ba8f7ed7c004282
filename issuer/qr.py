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
#: Of the bar code, in thinnest bars: its height, and the quiet zone at either side (Code 128 asks for ten).
_BAR_HEIGHT: Final = 40
_BAR_QUIET: Final = 10
_HALF_LIGHT: Final = 128


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


def any_code(text: bytes, mask: int | None = None) -> Symbol:
    """The symbol for any text, however large: for codes of other makers and for planted defects.

    With a `mask` the search for the best of the eight, which takes most of the time, is left out.
    """
    import segno

    return segno.make_qr(text, error="M", boost_error=False, mask=mask)


def png(code: Symbol, ink: Ink = Ink.BLACK, scale: int = _PNG_SCALE, bar_code: str | None = None) -> bytes:
    """The picture of the code, with the bar code below it where the document has one."""
    out = io.BytesIO()
    dark, light = ink.value
    if bar_code is None:
        code.save(out, kind="png", scale=scale, border=QUIET_MODULES, dark=dark, light=light)
        return out.getvalue()
    from PIL import Image

    cells = with_bars(rows(code), bar_code)
    picture = Image.new("RGB", (len(cells[0]), len(cells)), light)
    black = Image.new("L", picture.size)
    black.putdata([255 * cell for row in cells for cell in row])
    picture.paste(dark, (0, 0), black)
    big = picture.resize((picture.width * scale // 2, picture.height * scale // 2), Image.Resampling.NEAREST)
    big.save(out, "PNG")
    return out.getvalue()


def svg(code: Symbol, ink: Ink = Ink.BLACK, bar_code: str | None = None) -> bytes:
    """An SVG without a size of its own (the page decides) and without styles (the page's policy forbids them)."""
    if bar_code is not None:
        return _svg_of_cells(with_bars(rows(code), bar_code), ink)
    out = io.BytesIO()
    dark, light = ink.value
    code.save(out, kind="svg", border=QUIET_MODULES, dark=dark, light=light, omitsize=True, xmldecl=False, nl=False)
    return out.getvalue()


def rows(code: Symbol) -> list[list[bool]]:
    """True where a module is dark, quiet zone included."""
    return [[bool(cell) for cell in row] for row in code.matrix_iter(border=QUIET_MODULES)]


def with_bars(
    matrix: Sequence[Sequence[bool]], bar_code: str, *, module_cells: int = 2, bar_cells: int = 1
) -> list[list[bool]]:
    """The code with a Code 128 below it: so many cells to a module of the code, and to the thinnest bar."""
    bars = [cell for cell in _bars(bar_code) for _ in range(bar_cells)]
    wide = [[cell for cell in row for _ in range(module_cells)] for row in matrix]
    width = max(len(wide[0]), len(bars) + 2 * _BAR_QUIET * bar_cells)
    below = [_centred(bars, width)] * (_BAR_HEIGHT * bar_cells) + [[False] * width] * (module_cells * QUIET_MODULES)
    centred = (_centred(row, width) for row in wide)
    return [*(row for row in centred for _ in range(module_cells)), *below]


def _bars(text: str) -> list[bool]:
    """The bars and gaps of a Code 128, True where it is dark."""
    import numpy as np
    import zxingcpp

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    picture = np.asarray(zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False))
    return [bool(dot < _HALF_LIGHT) for dot in picture[0]]


def _centred(row: Sequence[bool], width: int) -> list[bool]:
    left = (width - len(row)) // 2
    return [*[False] * left, *row, *[False] * (width - len(row) - left)]


def _svg_of_cells(cells: Sequence[Sequence[bool]], ink: Ink) -> bytes:
    dark, light = ink.value
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(cells) for x, cell in enumerate(row) if cell)
    size = f"{len(cells[0])} {len(cells)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" shape-rendering="crispEdges">'
        f'<path fill="{light}" d="M0 0h{len(cells[0])}v{len(cells)}h-{len(cells[0])}z"/>'
        f'<path fill="{dark}" d="{path}"/></svg>'
    ).encode()


def half_blocks(matrix: Sequence[Sequence[bool]]) -> list[str]:
    """Two rows of modules to a line of characters, dark modules as the background shows through white blocks."""
    padded = [*matrix, [False] * len(matrix[0])] if len(matrix) % 2 else list(matrix)
    glyphs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return [
        "".join(glyphs[upper, lower] for upper, lower in zip(padded[at], padded[at + 1], strict=True))
        for at in range(0, len(padded), 2)
    ]
