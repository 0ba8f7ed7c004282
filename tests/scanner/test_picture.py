from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from firmware.scanner import PictureError, read_codes, read_picture
from firmware.scanner.picture import MAX_PDF_PAGES
from tests.scanner.conftest import draw_qr


def save(path: Path, gray: np.ndarray, **options: object) -> Path:
    Image.fromarray(gray).save(path, **options)  # type: ignore[arg-type]
    return path


def look_at(path: Path) -> str:
    """Raises whatever is no PictureError."""
    try:
        pictures = read_picture(path)
    except PictureError as refused:
        return "refused" if refused.what and refused.next_step else "refused without a word"
    return "read" if all(gray.dtype == np.uint8 and gray.ndim == 2 for _, gray in pictures) else "misread"


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff", "bmp", "gif"])
def test_every_picture_format_is_read(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"mark.{suffix}", draw_qr("FORMAT"))
    ((label, gray),) = read_picture(path)
    assert label == f"mark.{suffix}"
    assert [code.payload for code in read_codes(gray)] == [b"FORMAT"]


def test_each_page_of_a_pdf_is_a_picture_with_its_label(tmp_path: Path) -> None:
    pages = [Image.fromarray(draw_qr(text, scale=10)) for text in ("PAGE1", "PAGE2")]
    path = tmp_path / "marks.pdf"
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=150)
    read = read_picture(path)
    assert [label for label, _ in read] == ["marks.pdf page 1", "marks.pdf page 2"]
    assert [read_codes(gray)[0].payload for _, gray in read] == [b"PAGE1", b"PAGE2"]


def test_a_pdf_of_too_many_pages_is_refused(tmp_path: Path) -> None:
    pages = [Image.new("L", (20, 20))] * (MAX_PDF_PAGES + 1)
    path = tmp_path / "book.pdf"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with pytest.raises(PictureError, match="21 pages"):
        read_picture(path)


def test_a_poster_of_a_pdf_is_drawn_no_larger_than_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "poster.pdf"
    Image.new("L", (2000, 1000), 255).save(path, resolution=10)  # 200 x 100 inches
    ((_, gray),) = read_picture(path)
    assert max(gray.shape) <= 4096


def test_the_first_picture_of_an_animation_counts(tmp_path: Path) -> None:
    frames = [Image.fromarray(draw_qr(text)) for text in ("FIRST", "OTHER")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    ((_, gray),) = read_picture(tmp_path / "a.gif")
    assert read_codes(gray)[0].payload == b"FIRST"


def test_a_transparent_ground_is_white_paper(tmp_path: Path) -> None:
    code = draw_qr("CLEAR")
    rgba = np.zeros((*code.shape, 4), np.uint8)
    rgba[..., 3] = 255 - code
    Image.fromarray(rgba).save(tmp_path / "clear.png")
    ((_, gray),) = read_picture(tmp_path / "clear.png")
    assert np.array_equal(gray, code)


def test_sixteen_bit_grey_keeps_its_contrast(tmp_path: Path) -> None:
    deep = (draw_qr("DEEP").astype(np.uint16) // 255) * 3000 + 100
    Image.fromarray(deep).save(tmp_path / "deep.png")
    ((_, gray),) = read_picture(tmp_path / "deep.png")
    assert read_codes(gray)[0].payload == b"DEEP"


def test_a_photograph_taken_sideways_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((30, 60), np.uint8)).save(tmp_path / "side.jpg", exif=exif)
    ((_, gray),) = read_picture(tmp_path / "side.jpg")
    assert gray.shape == (60, 30)


@pytest.mark.parametrize("shape", [(50, 60), (50, 60, 1), (50, 60, 3), (50, 60, 4)])
def test_arrays_are_taken_as_grey_or_colour(shape: tuple[int, ...]) -> None:
    ((_, gray),) = read_picture(np.full(shape, 200, np.uint8))
    assert gray.shape == (50, 60)
    assert gray[0, 0] == 200


@pytest.mark.parametrize("shape", [(0, 0), (5, 0, 3), (5, 5, 2), (5,)])
def test_an_array_that_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError):
        read_picture(np.zeros(shape, np.uint8))


def test_a_large_picture_is_made_to_fit(tmp_path: Path) -> None:
    ((_, gray),) = read_picture(save(tmp_path / "wide.png", np.zeros((100, 8000), np.uint8)))
    assert gray.shape == (51, 4096)


def test_a_small_file_that_claims_many_pixels_is_refused_before_they_are_made(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(PictureError) as refused:
        read_picture(tmp_path / "bomb.png")
    assert refused.value.next_step == "save it smaller"


def test_what_is_no_picture_says_what_to_use(tmp_path: Path) -> None:
    (tmp_path / "note.png").write_text("not a picture at all")
    with pytest.raises(PictureError, match="not a picture; use PNG"):
        read_picture(tmp_path / "note.png")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff", "gif", "pdf"])
def test_a_file_cut_off_is_refused_or_read_but_never_worse(tmp_path: Path, suffix: str, share: float) -> None:
    whole = io.BytesIO()
    Image.fromarray(draw_qr("CUT" * 30)).save(whole, format={"jpg": "JPEG", "tiff": "TIFF"}.get(suffix, suffix.upper()))
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * share)])
    assert look_at(path) in ("read", "refused")


@pytest.mark.parametrize("name", ["missing.png", "folder", "empty.png", "pipe.png"])
def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError) as refused:
        read_picture(tmp_path / name)
    assert refused.value.what
    assert refused.value.next_step


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"II*\x00", b"%PDF-1.4\n", b"RIFF"]
    ),
    rest=st.binary(max_size=300),
)
def test_random_bytes_give_a_picture_or_a_picture_error(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.png"
    path.write_bytes(start + rest)
    assert look_at(path) in ("read", "refused")
