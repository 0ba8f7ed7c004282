"""Pictures from disk, which are strangers: PNG, JPEG, WebP, TIFF, BMP, GIF (first frame) and pages of a PDF.

Every size is checked from the header before pixels are allocated, so that a small file cannot ask for a large memory.
"""

from __future__ import annotations

import io
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from firmware.scanner.codes import MAX_SIDE_PX, Gray, Picture
from firmware.scanner.planes import gray_of, is_coloured

FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".pdf"})
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_PIXELS: Final = 64_000_000
#: A larger picture, or PDF in all, is looked at in grey only: colour needs three times the memory.
MAX_COLOURED_PIXELS: Final = 4096 * 4096
MAX_PDF_PAGES: Final = 20
#: At 200 dpi a module of 0.33 mm (a v12 code of 25 mm) has 2.6 pixels; A4 becomes 1654 x 2339.
PDF_DPI: Final = 200
_POINTS_PER_INCH: Final = 72


class PictureError(Exception):
    """A picture cannot be looked at. `what` is wrong with it, `next_step` what a person does about it."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what}; {next_step}")
        self.what = what
        self.next_step = next_step


def read_picture(source: str | Path | NDArray[np.uint8]) -> list[tuple[str, Gray]]:
    """The grey pictures of one file, each with a label ("mark.png", "marks.pdf page 2").

    An array is taken as grey (height, width), BGR or BGRA. A picture larger than 4096 a side is made smaller to fit.
    Raises PictureError when it is no picture, is cut off, is too large, or cannot be opened.
    """
    return [(label, gray_of(picture)) for label, picture in read_coloured(source)]


def read_coloured(source: str | Path | NDArray[np.uint8]) -> list[tuple[str, Picture]]:
    """As read_picture, with BGR pictures where there is colour in them: what planes.read_picture_codes looks at."""
    if isinstance(source, np.ndarray):
        return [("picture", _fitted(_checked(source)))]
    path = Path(source)
    content = _content(path)
    if content[:1024].find(b"%PDF-") >= 0:
        return _pages(content, path.name)
    return [(path.name, _image(content, path.name))]


def _content(path: Path) -> bytes:
    try:
        if not path.exists():
            raise PictureError(f"there is no file {path}", "check the path")
        if not path.is_file():
            raise PictureError(f"{path} is not a file", "name one picture or PDF")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PictureError(f"{path} cannot be opened ({error.strerror})", "check that you may read it") from error
    if len(content) > MAX_FILE_BYTES:
        raise PictureError(f"{path.name} is larger than {MAX_FILE_BYTES // 2**20} MB", "save it smaller")
    if not content:
        raise PictureError(f"{path.name} is empty", "copy it again")
    return content


def _image(content: bytes, name: str) -> Picture:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are refused below, and of odd metadata
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _require_size(image.width, image.height, name)
                image.load()
                upright = ImageOps.exif_transpose(image)
                return _fitted(_flat(upright))
    except UnidentifiedImageError as error:
        raise PictureError(f"{name} is not a picture", f"use {', '.join(FORMATS)} or PDF") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name} unpacks to too many pixels", "save it smaller") from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, IndexError, KeyError, TypeError) as error:
        # Pillow's readers raise any of these on a damaged file; which one says nothing to a person.
        raise PictureError(f"{name} is damaged or cut off ({error})", "copy or save it again") from error


def _flat(image: Image.Image) -> Picture:
    """On white paper: what is transparent is white, as a viewer would show it. Grey when no colour is in it."""
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        colour = image.convert("RGBA")
        paper = Image.new("RGBA", colour.size, "white")
        image = Image.alpha_composite(paper, colour)
    if image.mode.startswith("I") or image.mode == "F":
        return _stretched(np.asarray(image, dtype=np.float64))
    if image.mode in ("1", "L") or image.width * image.height > MAX_COLOURED_PIXELS:
        return np.array(image.convert("L"), dtype=np.uint8)
    return _plain(np.array(image.convert("RGB"), dtype=np.uint8)[:, :, ::-1])


def _plain(picture: Picture) -> Picture:
    """A picture without colour as grey, which is a third of it."""
    return np.ascontiguousarray(picture) if is_coloured(picture) else gray_of(np.ascontiguousarray(picture))


def _stretched(values: NDArray[np.float64]) -> Gray:
    """16-bit and float pictures: the range that is used becomes 0 to 255."""
    low, high = float(values.min()), float(values.max())
    return ((values - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)


def _pages(content: bytes, name: str) -> list[tuple[str, Picture]]:
    pdfium: Any = import_module("pypdfium2")  # untyped, and needed only for a PDF
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise PictureError(f"{name} does not open as a PDF ({error})", "save it again, without a password") from error
    try:
        count = len(document)
        if not 0 < count <= MAX_PDF_PAGES:
            raise PictureError(f"{name} has {count} pages", f"use a PDF of 1 to {MAX_PDF_PAGES} pages")
        # Many posters in one file share what one picture may have.
        side_px = min(MAX_SIDE_PX, int((MAX_PIXELS / count) ** 0.5))
        return [(f"{name} page {number + 1}", _page(document[number], side_px, count)) for number in range(count)]
    except (pdfium.PdfiumError, ValueError, MemoryError) as error:
        raise PictureError(f"{name} cannot be drawn ({error})", "save the PDF again") from error
    finally:
        document.close()


def _page(page: Any, side_px: int, count: int) -> Picture:
    """One page of `count` at 200 dpi, or coarser when it would be larger than `side_px` a side."""
    try:
        width, height = (side / _POINTS_PER_INCH for side in page.get_size())
        dpi = min(PDF_DPI, (side_px - 1) / max(width, height, 0.01))
        too_many = width * height * dpi**2 * count > MAX_COLOURED_PIXELS
        bitmap = page.render(scale=dpi / _POINTS_PER_INCH, grayscale=too_many)
        picture = np.array(bitmap.to_numpy(), dtype=np.uint8)
        bitmap.close()
    finally:
        page.close()
    return _fitted(_plain(_checked(picture)))


def _checked(picture: NDArray[np.uint8]) -> Picture:
    channels = picture.shape[2] if picture.ndim == 3 else 1
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.size == 0 or channels not in _CHANNELS:
        raise PictureError(
            f"an array of {picture.dtype} and shape {picture.shape} is no picture",
            "use uint8 of (height, width), (height, width, 3) or (height, width, 4)",
        )
    _require_size(picture.shape[1], picture.shape[0], "the picture")
    return picture.reshape(picture.shape[:2]) if channels == 1 else picture


#: How many values a pixel may have: grey, BGR, BGRA.
_CHANNELS: Final = (1, 3, 4)


def _require_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{name} has {width} x {height} pixels, more than {MAX_PIXELS // 10**6} million", "save it smaller"
        )


def _fitted(picture: Picture) -> Picture:
    longest = max(picture.shape[:2])
    if longest <= MAX_SIDE_PX:
        return picture
    scale = MAX_SIDE_PX / longest
    size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
